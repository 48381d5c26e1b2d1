/** All uploads of this tab, each in a row: how far it is, or why it waits or was refused. */

import { h, icon, replace } from "../dom.js";
import { bytes, time } from "../format.js";
import { texts } from "../texts.js";
import { queue } from "./queue.js";
import { UploadRow } from "./upload_row.js";

const EVERY_S = 1;

/** Rows that need somebody come first, then those under way; what has ended is below. */
const ORDER = [["refused"], ["sending"], ["waiting"], ["known", "done"], ["cancelled"]];

/** The element, hidden while there are none. */
export function uploadsPanel({ signal }) {
  const rows = new Map();
  const head = uploadsHead();
  const lists = ORDER.map(() => h("ul"));
  const body = h("div.uploads", { tabindex: "0", role: "group", "aria-label": texts.upload.list }, lists);
  const panel = h("section.card.upload-panel", { "aria-label": texts.upload.list }, head.element, body);
  const show = (upload) => {
    if (!rows.has(upload)) rows.set(upload, new UploadRow(upload));
    const row = rows.get(upload);
    if (row.show()) place(row, lists[ORDER.findIndex((states) => states.includes(upload.state))], body);
  };
  const forget = (upload) => { rows.get(upload)?.element.remove(); rows.delete(upload); };
  const showHead = () => { panel.hidden = !queue.uploads.length; head.show(); };
  const hear = (kind, run) => queue.addEventListener(kind, ({ detail }) => { run(detail); showHead(); }, { signal });
  hear("added", (uploads) => uploads.forEach(show));
  hear("change", (upload) => [upload ?? queue.underWay].flat().forEach(show));
  hear("removed", (uploads) => uploads.forEach(forget));
  const timer = setInterval(() => { queue.underWay.forEach(show); showHead(); }, EVERY_S * 1000);
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });
  queue.uploads.forEach(show);
  showHead();
  return panel;
}

function place(row, list, body) {
  const hadFocus = row.element.contains(document.activeElement);
  list.append(row.element);
  if (hadFocus) (row.element.querySelector("a, button") ?? body).focus();
}

/** How many, how much, why nothing is sent now, and what can be done with all. */
function uploadsHead() {
  const told = h("h2#uploads-title");
  const totals = h("span.faint.number");
  const pause = h("span.upload-pause", { role: "status" });
  const cancelAll = button("stop", texts.upload.cancelAll, () => queue.cancelAll());
  const clear = button("close", texts.upload.clear, () => queue.clear());
  const show = () => {
    const [all, underWay] = [queue.uploads.length, queue.underWay.length];
    setText(told, texts.upload.head(all - underWay, all));
    setText(totals, underWay ? totalOf(queue.uploads) : "");
    setText(pause, underWay ? pauseOf() : "");
    cancelAll.hidden = !underWay;
    clear.hidden = underWay === all;
  };
  return { element: h("div.upload-head", null, told, totals, pause, h("div.actions", null, cancelAll, clear)), show };
}

function totalOf(uploads) {
  let [sent, all] = [0, 0];
  for (const { state, sentBytes, sizeBytes } of uploads) {
    if (state === "refused" || state === "cancelled") continue;
    sent += sentBytes;
    all += sizeBytes;
  }
  return texts.upload.total(bytes(sent), bytes(all));
}

function pauseOf() {
  if (queue.signedOut) return texts.upload.waitsForSignIn;
  const leftS = Math.ceil(queue.waitS);
  return leftS ? `${queue.why} ${texts.upload.againIn(time(leftS))}` : "";
}

const button = (mark, text, run) => h("button.button", { type: "button", onclick: run }, icon(mark), text);

function setText(element, text) {
  if (element.textContent !== text) replace(element, text);
}
