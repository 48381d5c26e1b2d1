/** Elements, made from data. Text is always text: nothing here reads HTML. */

import { ICONS } from "./icons.js";

/**
 * h("button.primary#ok", {onclick, disabled, "aria-label": "…"}, "text", element, null): an element.
 * A prop is an event listener (on…), a property for true, false and functions of the element, else an attribute.
 * `style` is an object of CSS properties: the policy of the page takes no style attributes.
 */
export function h(selector, props, ...children) {
  const [, tag, rest] = /^([a-z0-9-]*)(.*)$/.exec(selector);
  const element = document.createElement(tag || "div");
  for (const [, mark, name] of rest.matchAll(/([.#])([^.#]+)/g)) {
    if (mark === ".") element.classList.add(name);
    else element.id = name;
  }
  for (const [name, value] of Object.entries(props ?? {})) set(element, name, value);
  element.append(...present(children));
  return element;
}

/** Other children instead of those an element has. */
export function replace(element, ...children) {
  element.replaceChildren(...present(children));
  return element;
}

/** An icon of icons.js; decoration only: what it means stands beside it or in an aria-label. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.classList.add("icon");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  const drawing = { d: ICONS[name], fill: "none", stroke: "currentColor", "stroke-width": "2", "stroke-linecap": "round", "stroke-linejoin": "round" };
  for (const [attribute, value] of Object.entries(drawing)) path.setAttribute(attribute, value);
  svg.append(path);
  return svg;
}

/** Whether somebody is typing there. */
export function isTyping(element) {
  return element instanceof HTMLElement && (element.isContentEditable || element.matches("textarea, select, input:not([type=checkbox]):not([type=radio]):not([type=range])"));
}

function set(element, name, value) {
  if (value === null || value === undefined) return;
  if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
  else if (name === "style") for (const [property, text] of Object.entries(value)) element.style.setProperty(property, text);
  else if (name === "dataset") Object.assign(element.dataset, value);
  else if (typeof value === "boolean" && !name.startsWith("aria-")) element[name] = value;
  else element.setAttribute(name, value);
}

function present(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
}
