/** Keys that do something. One letter each; never while somebody types, or a dialog is open, or the keys are switched off. */

import { h, isTyping } from "./dom.js";
import { openDialog } from "./dialog.js";
import { texts } from "./texts.js";

const OFF = "soniclayer.keys";
const PRESSED = new Set([" ", "Enter"]);
const MOVING = new Set(["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End", "PageUp", "PageDown"]);
const TAKES_PRESSES = "button, a, summary, input, [role=button], [role=checkbox], [role=option], [role=tab]";
const TAKES_MOVES = "input[type=range], input[type=radio], audio, [role=slider], [role=listbox], [role=tablist], [role=menu]";

const active = new Set();
let off = false;

/**
 * Have keys do something until the signal aborts.
 * `section` heads them in the help, `shortcuts` are {keys: ["j", "ArrowDown"], text, run(event)}. A later one goes first.
 */
export function onKeys(section, shortcuts, { signal }) {
  const entry = { section, shortcuts };
  active.add(entry);
  signal?.addEventListener("abort", () => active.delete(entry), { once: true });
}

/** Listen. Called once. */
export function startKeys() {
  off = keptOff();
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || event.isComposing) return;
    if (isTyping(event.target) || document.querySelector("dialog[open]") || isOwn(event)) return;
    const shortcut = off ? null : find(event.key);
    if (!shortcut) return;
    event.preventDefault();
    shortcut.run(event);
  });
}

/** All keys that do something now, and the switch for them. */
export function showKeys() {
  const input = h("input#keys-on", { type: "checkbox", checked: !off, onchange: () => switchOff(!input.checked) });
  const sections = [...activeSections()].map(([section, shortcuts]) => [
    h("h3", null, section),
    h("dl.keys-table", null, shortcuts.map(({ keys, text }) => [h("dt", null, keys.map((key) => [h("kbd", null, texts.keys.names[key] ?? key), " "])), h("dd", null, text)])),
  ]);
  openDialog(texts.keys.title, ...sections, h("label.check", { for: "keys-on" }, input, texts.keys.on), h("p.faint", null, texts.keys.typing));
}

/** Whether the key belongs to what has the focus: a button is pressed by it, a slider moved. */
function isOwn({ key, target }) {
  return Boolean((PRESSED.has(key) && target.closest(TAKES_PRESSES)) || (MOVING.has(key) && target.closest(TAKES_MOVES)));
}

function find(key) {
  for (const { shortcuts } of [...active].reverse()) {
    const found = shortcuts.find(({ keys }) => keys.includes(key));
    if (found) return found;
  }
  return null;
}

/** Sections in the order they came, each with the shortcuts that no later one has taken the place of. */
function activeSections() {
  const sections = new Map();
  for (const { section, shortcuts } of active) {
    const left = shortcuts.map((shortcut) => ({ ...shortcut, keys: shortcut.keys.filter((key) => find(key) === shortcut) })).filter(({ keys }) => keys.length);
    if (left.length) sections.set(section, [...(sections.get(section) ?? []), ...left]);
  }
  return sections;
}

function switchOff(value) {
  off = value;
  try {
    localStorage.setItem(OFF, off ? "off" : "on");
  } catch {
    // it holds until the page is closed
  }
}

function keptOff() {
  try {
    return localStorage.getItem(OFF) === "off";
  } catch {
    return false;
  }
}
