/** Ways for files to come in: dropped anywhere on the page, or chosen in a dialog. */

import { h, icon } from "../dom.js";
import { pageOf } from "../router.js";
import { mayWrite } from "../session.js";
import { texts } from "../texts.js";
import { toast } from "../toast.js";
import { choose, chosenFiles, droppedFiles } from "./choice.js";
import { queue } from "./queue.js";

/** Take files and folders that are dropped anywhere, on any page, until the signal aborts. */
export function takeDrops({ signal }) {
  const hint = h("div.drop-hint", { hidden: true }, h("div", null, icon("upload"), h("strong", null, texts.upload.dropHere), h("span", null, texts.upload.dropWhat)));
  document.body.append(hint);
  signal.addEventListener("abort", () => hint.remove(), { once: true });
  const show = (shown) => { hint.hidden = !shown; };
  const hear = (kind, act) => addEventListener(kind, (event) => hasFiles(event) && act(event), { signal });
  hear("dragover", (event) => {
    event.preventDefault(); // without it the browser would open the file instead of this page
    event.dataTransfer.dropEffect = mayWrite() ? "copy" : "none";
    show(mayWrite());
  });
  hear("dragleave", (event) => event.relatedTarget === null && show(false));
  hear("drop", async (event) => {
    event.preventDefault();
    show(false);
    if (mayWrite()) takeIn(await droppedFiles(event.dataTransfer));
    else toast(texts.upload.mayNot);
  });
  queue.addEventListener("end", sayEnd, { signal });
}

/** Buttons that ask for files, or for a folder. */
export function chooserButtons() {
  return [
    h("button.button.primary", { type: "button", onclick: () => askFor("files") }, icon("upload"), texts.upload.chooseFiles),
    h("button.button", { type: "button", onclick: () => askFor("folder") }, icon("folder"), texts.upload.chooseFolder),
  ];
}

/** Have somebody choose "files" or a "folder". */
export function askFor(name) {
  if (!mayWrite()) {
    toast(texts.upload.mayNot);
    return;
  }
  const input = h("input", { type: "file", multiple: true, webkitdirectory: name === "folder" });
  input.addEventListener("change", () => takeIn(chosenFiles(input)));
  input.click();
}

function takeIn(found) {
  const { files, hidden, other } = choose(found);
  const doubles = queue.add(files);
  const count = files.length - doubles;
  const left = texts.upload.leftOut({ hidden, other, doubles });
  if (left) toast(left);
  else if (!count) toast(texts.upload.nothing);
  if (count && !isLibrary()) toast(texts.upload.begun(count), { action: toLibrary() });
}

/** All has been sent, while somebody looks at another page. */
function sayEnd() {
  const states = queue.uploads.map(({ state }) => state);
  const told = texts.upload.ended(states.filter((state) => state === "done" || state === "known").length, states.filter((state) => state === "refused").length);
  if (told && !isLibrary()) toast(told, { action: toLibrary() });
}

const isLibrary = () => pageOf(location.hash).name === "library";
const toLibrary = () => ({ text: texts.shell.toLibrary, run: () => { location.hash = "#/"; } });

function hasFiles(event) {
  return Boolean(event.dataTransfer?.types.includes("Files"));
}
