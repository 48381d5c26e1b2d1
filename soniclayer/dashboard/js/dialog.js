/** Dialogs: the focus stays in them, Escape closes them, and it goes back to where it was. */

import { h, icon } from "./dom.js";
import { texts } from "./texts.js";

let opened = 0;

/** Show something until it is closed; the <dialog>, which is gone after its event `close`. */
export function openDialog(title, ...content) {
  const close = h("button.button.plain", { type: "button", "aria-label": texts.dialog.close, onclick: () => dialog.close() }, icon("close"));
  const heading = headingOf(title);
  const dialog = h("dialog", { "aria-labelledby": heading.id }, h("div.dialog-head", null, heading, close), ...content);
  return show(dialog);
}

/** Show something that cannot be left without it; the <dialog>. It goes when its close() is called. */
export function openGate(title, ...content) {
  const heading = headingOf(title);
  return show(h("dialog", { "aria-labelledby": heading.id, closedby: "none", oncancel: stay, onkeydown: stay }, h("div.dialog-head", null, heading), ...content));
}

/** Ask before something that cannot be taken back; whether it was agreed to. */
export function confirm({ title, text, action, danger = true }) {
  return new Promise((resolve) => {
    let agreed = false;
    const agree = h(`button.button.${danger ? "danger" : "primary"}`, { type: "button", onclick: () => { agreed = true; dialog.close(); } }, action);
    const cancel = h("button.button", { type: "button", autofocus: true, onclick: () => dialog.close() }, texts.dialog.cancel);
    const dialog = openDialog(title, h("p", null, text), h("div.dialog-foot", null, cancel, agree));
    dialog.addEventListener("close", () => resolve(agreed));
    cancel.focus();
  });
}

function stay(event) {
  if (event.type === "cancel" || event.key === "Escape") event.preventDefault();
}

function headingOf(title) {
  opened += 1;
  return h("h2", { id: `dialog-title-${opened}` }, title);
}

function show(dialog) {
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}
