/** The personas judge again: all, or some. */

import { act, getJson } from "../api.js";
import { openDialog } from "../dialog.js";
import { h, icon, replace } from "../dom.js";
import { faultsByPersona } from "../personas/file_faults.js";
import { explain } from "../problems.js";
import { mayWrite } from "../session.js";
import { loadingState } from "../states.js";
import { texts } from "../texts.js";
import { toast } from "../toast.js";

/** The button; hidden where nothing can be judged, or by who may not change anything. */
export function reEvaluate(open, { signal }) {
  const button = h("button.button", { type: "button", onclick: ask }, icon("retry"), texts.summary.again);
  for (const event of ["detail", "segments"]) open.addEventListener(event, show, { signal });
  show();
  return button;

  function show() {
    button.hidden = !mayWrite() || !open.segments.some(({ segment }) => segment.kind === "speech") || ["failed", "cancelled"].includes(open.detail?.state);
  }

  async function ask() {
    const body = h("div", null, loadingState());
    const dialog = openDialog(texts.summary.again, h("p", null, texts.summary.againMeans), body);
    signal.addEventListener("abort", () => dialog.close(), { once: true });
    try {
      replace(body, choice(await getJson("/personas", { signal }), dialog));
    } catch (error) {
      if (error.name !== "AbortError") replace(body, h("p.fault", { role: "alert" }, explain(error)));
    }
  }

  function choice({ personas, faults }, dialog) {
    const faulty = faultsByPersona(faults);
    const fault = h("p.fault", { role: "alert" });
    const start = h("button.button.primary", { type: "submit" }, texts.summary.againStart);
    const boxes = personas.map(({ name }) => h("input", {
      type: "checkbox", name: "persona", value: name, checked: !faulty.has(name), disabled: faulty.has(name), onchange: () => { start.disabled = !chosen().length; },
    }));
    const chosen = () => boxes.filter((box) => box.checked).map((box) => box.value);
    start.disabled = !chosen().length;
    const labels = personas.map(({ name, title }, index) => h("label.choice", null, boxes[index], title,
      faulty.has(name) && h("span.badge.warn", { title: texts.personas.fileFaultyWhy }, icon("warning"), texts.personas.fileFaulty)));
    const form = h("form", { onsubmit: run }, h("fieldset.choices", null, h("legend", null, texts.summary.againWho), labels), fault,
      h("div.dialog-foot", null, h("button.button", { type: "button", onclick: () => dialog.close() }, texts.dialog.cancel), start));
    return form;

    async function run(event) {
      event.preventDefault();
      start.disabled = true;
      replace(fault);
      try {
        await judgeAgain(open.id, faults.length || chosen().length < boxes.length ? chosen() : null, signal);
        dialog.close();
        toast(texts.summary.againStarted);
        await open.reload();
      } catch (error) {
        if (error.name !== "AbortError") replace(fault, explain(error));
        start.disabled = false;
        start.focus();
      }
    }
  }
}

/** All at once (null), or one after the other: the server is asked for all or for one, and not for all where a file has faults. */
async function judgeAgain(id, names, signal) {
  if (!names) await act("POST", `/re-evaluate/${id}`, { signal });
  else for (const name of names) await act("POST", `/re-evaluate/${id}?persona=${encodeURIComponent(name)}`, { signal });
}
