/**
 * Short messages at the edge. Screen readers hear them. Those of kind "error" stay until they are closed; the others go
 * by themselves, later with an action, and never while somebody is at them.
 */

import { h, icon } from "./dom.js";
import { texts } from "./texts.js";

const SHOWN_S = 6;
const SHOWN_WITH_ACTION_S = 15;
const MOST = 4;

/** The place for them, for the end of the page. */
export function toastPlace() {
  return h("section.toasts", { "aria-label": texts.toast.place }, h("div", { role: "status" }), h("div", { role: "alert" }));
}

/** Say something; `action` is {text, run}. What stands there already is not said twice. */
export function toast(text, { kind = "info", action } = {}) {
  const place = document.querySelector(kind === "error" ? ".toasts [role=alert]" : ".toasts [role=status]");
  for (const twin of place.children) if (twin.dataset.text === text) twin.remove();
  const close = h("button.button.plain", { type: "button", "aria-label": texts.dialog.close, onclick: () => element.remove() }, icon("close"));
  const act = action && h("button.button", { type: "button", onclick: () => { element.remove(); action.run(); } }, action.text);
  const element = h("div.toast", { dataset: { kind, text } }, h("span", null, text), act, close);
  place.append(element);
  while (place.children.length > MOST) place.firstElementChild.remove();
  if (kind !== "error") leaveLater(element, action ? SHOWN_WITH_ACTION_S : SHOWN_S);
}

/** The focus to the newest message, if there is one: its action, or its button that closes it. */
export function focusToast() {
  [...document.querySelectorAll(".toast")].at(-1)?.querySelector("button").focus();
}

function leaveLater(element, seconds) {
  let timer;
  const wait = () => { timer = setTimeout(() => (element.matches(":hover, :focus-within") ? wait() : element.remove()), seconds * 1000); };
  element.addEventListener("pointerenter", () => clearTimeout(timer));
  element.addEventListener("pointerleave", () => { clearTimeout(timer); wait(); });
  wait();
}
