/** The rows of the list, kept in step with it; which one is the current one. */

import { h, replace } from "../dom.js";
import { texts } from "../texts.js";
import { RUNNING } from "./recording_list.js";
import { Row } from "./row.js";
import { personasOf, scoreHeads } from "./score_badges.js";

const LOOK_EVERY_S = 5;

/** Shows `list` with the `details`; `on` as rows have it. `element` is the table, `personas` may be set at any time. */
export class Table {
  constructor(list, details, selection, on, { signal }) {
    Object.assign(this, { list, details, selection, on });
    this.rows = new Map();
    this.personas = [];
    this.currentId = null;
    this.seen = new Set();
    this.body = h("tbody", { role: "rowgroup" });
    this.all = h("input", { type: "checkbox", "aria-label": texts.library.selectAll, onclick: () => selection.set(this.#ids(), this.all.checked) });
    this.heads = h("th.scores", { role: "columnheader", scope: "col" });
    this.element = h("table.library", { role: "table", "aria-label": texts.shell.library }, this.#head(), this.body);
    this.element.addEventListener("focusin", (event) => { this.currentId = event.target.closest("tr")?.dataset.id ?? this.currentId; });
    this.watch = new IntersectionObserver((entries) => this.#look(entries), { rootMargin: "200px" });
    const timer = setInterval(() => this.#wantDetails(), LOOK_EVERY_S * 1000);
    signal.addEventListener("abort", () => { this.watch.disconnect(); clearInterval(timer); }, { once: true });
    selection.addEventListener("change", () => this.show());
  }

  setPersonas(personas) {
    this.known = personas;
    this.show();
  }

  /** Everything, as it is now. */
  show() {
    const lines = this.list.lines ?? [];
    this.personas = personasOf(this.known ?? [], lines);
    replace(this.heads, h("span.unseen", null, texts.library.scores), h("span", { "aria-hidden": "true" }, scoreHeads(this.personas)));
    this.#place(lines);
    for (const line of lines) this.showLine(line.audio_id);
    const chosen = lines.filter((line) => this.selection.has(line.audio_id)).length;
    this.all.checked = chosen > 0 && chosen === lines.length;
    this.all.indeterminate = chosen > 0 && chosen < lines.length;
  }

  showLine(id) {
    const line = this.list.find(id);
    if (!line) return;
    if (this.seen.has(id)) this.#wantDetail(line);
    const facts = { isChosen: this.selection.has(id), progress: this.list.progress.get(id) ?? null, detail: this.details.get(id), personas: this.personas };
    this.rows.get(id)?.show(line, facts);
  }

  /** The line that has the focus, or had it last; null where none had. */
  get current() {
    return this.list.find(this.currentId) ?? null;
  }

  /** Focus the row so many below the current one. Asks for more lines at the end. */
  step(by) {
    const ids = this.#ids();
    const at = ids.indexOf(this.currentId);
    if (at + by >= ids.length) this.list.more();
    this.focus(ids[at === -1 ? 0 : Math.min(Math.max(at + by, 0), ids.length - 1)]);
  }

  focus(id) {
    const link = this.rows.get(id)?.link;
    link?.focus({ preventScroll: true });
    link?.closest("tr").scrollIntoView({ block: "nearest" });
  }

  /** Rows that are there already are not touched unless they move. */
  #place(lines) {
    const wanted = new Set(lines.map((line) => line.audio_id));
    const focused = this.rows.get(this.body.contains(document.activeElement) ? this.currentId : null);
    const neighbour = focused && !wanted.has(this.currentId) ? this.#neighbour(wanted) : null;
    for (const [id, row] of this.rows) if (!wanted.has(id)) this.#remove(id, row);
    let place = this.body.firstElementChild;
    for (const line of lines) {
      const row = this.rows.get(line.audio_id) ?? this.#add(line);
      if (row.element === place) place = place.nextElementSibling;
      else this.body.insertBefore(row.element, place);
    }
    if (neighbour) this.focus(neighbour);
  }

  #add(line) {
    const row = new Row(line, this.on);
    this.rows.set(line.audio_id, row);
    this.watch.observe(row.element);
    return row;
  }

  #remove(id, row) {
    this.watch.unobserve(row.element);
    row.element.remove();
    this.rows.delete(id);
    this.seen.delete(id);
  }

  /** Who gets the focus when the current row goes: the next one that stays, else the one before. */
  #neighbour(wanted) {
    const ids = [...this.body.children].map((row) => row.dataset.id);
    const at = ids.indexOf(this.currentId);
    return ids.slice(at).find((id) => wanted.has(id)) ?? ids.slice(0, at).reverse().find((id) => wanted.has(id)) ?? null;
  }

  #look(entries) {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) this.seen.add(target.dataset.id);
      else this.seen.delete(target.dataset.id);
    }
    this.#wantDetails();
  }

  #wantDetails() {
    for (const id of this.seen) if (this.list.find(id)) this.#wantDetail(this.list.find(id));
  }

  /** Of what is seen: how far it is, or why it did not work. */
  #wantDetail({ audio_id: id, state }) {
    if (RUNNING.includes(state)) this.details.wantFresh(id);
    else if ((state === "failed" || state === "completed_with_errors") && !this.details.get(id)) this.details.wantFresh(id);
  }

  #ids() {
    return (this.list.lines ?? []).map((line) => line.audio_id);
  }

  #head() {
    return h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, h("th.pick", { role: "columnheader" }, h("label", null, this.all)), head("title", texts.library.name), head("state", texts.library.state),
      head("duration", texts.library.duration), head("uploaded", texts.library.uploaded), this.heads, head("actions", h("span.unseen", null, texts.library.actions))));
  }
}

const head = (name, text) => h(`th.${name}`, { role: "columnheader", scope: "col" }, text);
