/** One recording in the list. What it shows changes in place: nothing moves, and the focus stays where it is. */

import { h, icon, replace } from "../dom.js";
import { bytes, date, time } from "../format.js";
import { recordingHash } from "../router.js";
import { texts } from "../texts.js";
import { below } from "./below.js";
import { scoreBadges } from "./score_badges.js";
import { mayCancel, mayDelete, mayRetry } from "./steer.js";

const LOOKS = {
  accepted: ["clock", ""], preparing: ["working", "busy"], processing: ["working", "busy"], completed: ["check", "good"],
  completed_with_errors: ["warning", "warn"], failed: ["warning", "bad"], cancelled: ["stop", ""],
};

/** `on` has {select(id, chosen, event), cancel(line), retry(line), remove(line)}. */
export class Row {
  constructor(line, on) {
    this.line = line;
    this.on = on;
    this.shown = new Map();
    this.check = h("input", { type: "checkbox", "aria-label": texts.library.select(line.name), onclick: (event) => on.select(line.audio_id, this.check.checked, event) });
    this.link = h("a.name", { href: recordingHash(line.audio_id), dir: "auto" }, line.name);
    this.cells = Object.fromEntries(["state", "duration", "uploaded", "scores", "actions"].map((name) => [name, cell(name)]));
    this.below = h("div.below");
    this.element = h("tr.library-row", { role: "row", dataset: { id: line.audio_id }, onclick: (event) => this.#open(event) },
      h("td.pick", { role: "cell" }, h("label", null, this.check)), h("td.title", { role: "cell" }, this.link, this.below), Object.values(this.cells));
  }

  /** Show how it is now. `personas` are {name, title} in the order of their badges; `detail` may be null. */
  show(line, { isChosen, progress, detail, personas }) {
    this.line = line;
    this.check.checked = isChosen;
    this.element.classList.toggle("chosen", isChosen);
    const { state, scores } = line;
    this.#fill(this.below, { state, progress, detail, line }, () => below(line, progress, detail));
    this.#fill(this.cells.state, { state }, () => badge(state));
    this.#fill(this.cells.duration, { line: line.duration_s, state }, () => (line.duration_s ? time(line.duration_s) : h("span.faint", null, "–")));
    this.#fill(this.cells.uploaded, { at: line.uploaded_at }, () => h("time", { datetime: line.uploaded_at, title: bytes(line.size_bytes) }, date(line.uploaded_at)));
    this.#fill(this.cells.scores, { scores, personas }, () => scoreBadges(scores ?? {}, personas));
    this.#fill(this.cells.actions, { state, failures: line.failures }, () => this.#actions());
  }

  #fill(element, facts, build) {
    const key = JSON.stringify(facts);
    if (this.shown.get(element) === key) return;
    this.shown.set(element, key);
    const hadFocus = element.contains(document.activeElement);
    replace(element, build());
    if (hadFocus) this.link.focus();
  }

  #actions() {
    const { name } = this.line;
    const button = (mark, text, run) => h("button.button.plain", { type: "button", title: text, "aria-label": texts.library.actionOn(text, name), onclick: () => run(this.line) }, icon(mark));
    return [
      mayRetry(this.line) && button("retry", texts.library.retry, this.on.retry),
      mayCancel(this.line) && button("stop", texts.library.cancel, this.on.cancel),
      mayDelete(this.line) && button("bin", texts.library.delete, this.on.remove),
    ];
  }

  /** A click beside the link opens it too. */
  #open(event) {
    if (event.target.closest("a, button, input, label") || String(getSelection())) return;
    this.link.click();
  }
}

const cell = (name) => h(`td.${name}`, { role: "cell" });

function badge(state) {
  const [mark, look] = LOOKS[state] ?? ["more", ""];
  return h(`span.badge${look && `.${look}`}`, null, icon(mark), texts.states[state] ?? state);
}
