/** A long list of rows of different heights, of which only those in sight are in the document. */

import { h } from "../dom.js";
import { RowOffsets } from "./row_offsets.js";

const BEYOND_SIGHT_PX = 600;
const RESTING_PLACE = 0.25;
const STEPS = { ArrowDown: 1, ArrowUp: -1 };

/**
 * One stop for the Tab key: from there the arrow keys go from row to row, to the first button of each; buttons in rows
 * have the tabindex -1. `keyOf(item)` names an item, `versionOf(item)` changes when its row must be filled anew,
 * `fill(row, item)` does that. The row that has the focus stays in the document, wherever it is.
 */
export class WindowedList {
  #offsets;
  #items = [];
  #rows = new Map();
  #made;
  #frame = 0;
  #resized = new ResizeObserver((entries) => this.#remeasure(entries.map(({ target }) => target)));

  constructor({ label, keyOf, versionOf, fill, guessPx, signal }) {
    this.#made = { keyOf, versionOf, fill };
    this.#offsets = new RowOffsets(guessPx);
    this.list = h("ol.windowed-rows", { role: "list" });
    this.element = h("div.windowed", { tabindex: "0", role: "group", "aria-label": label }, this.list);
    this.element.addEventListener("scroll", () => this.#soon(), { passive: true, signal });
    this.element.addEventListener("keydown", (event) => this.#step(event), { signal });
    this.#resized.observe(this.element);
    signal.addEventListener("abort", () => { this.#resized.disconnect(); cancelAnimationFrame(this.#frame); }, { once: true });
  }

  /** Show other items; what is in sight stays where it is. */
  show(items) {
    this.#keepingPlace(() => {
      this.#items = items;
      this.#offsets.set(items.map(this.#made.keyOf));
    });
    this.#render();
  }

  /** The row of an item, null while it is out of sight. */
  row(key) {
    return this.#rows.get(key)?.element ?? null;
  }

  /** All [row, item] that are in the document now. */
  *rows() {
    for (const { element, item } of this.#rows.values()) yield [element, item];
  }

  /** Where the first row in sight stands in the items; -1 in an empty list. */
  get firstInSight() {
    return this.#offsets.indexAt(this.element.scrollTop + 1);
  }

  /** Bring a row into sight, unless all of it is. Glides on to one of the next, unless people want no motion. */
  reveal(key) {
    const index = this.#offsets.indexOf(key);
    if (index < 0 || this.#isInSight(index)) return;
    const target = this.#targetOf(index);
    if (this.#glidesTo(key, target)) {
      this.element.scrollTo({ top: target, behavior: "smooth" });
      return;
    }
    this.element.scrollTop = target;
    this.#render();
    this.element.scrollTop = this.#targetOf(index);
    this.#render();
  }

  /** Only down to rows that are measured: elsewhere the place would be corrected on the way, which ends gliding. */
  #glidesTo(key, target) {
    return target > this.element.scrollTop && this.#rows.has(key) && !matchMedia("(prefers-reduced-motion: reduce)").matches;
  }

  #step(event) {
    const by = STEPS[event.key];
    if (!by || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const row = event.target.closest(".windowed-row");
    const key = this.#offsets.key(row ? this.#offsets.indexOf(row.dataset.key) + by : this.firstInSight);
    if (key === undefined) return;
    this.reveal(key);
    this.row(key)?.querySelector("button")?.focus({ preventScroll: true });
  }

  #isInSight(index) {
    const { scrollTop, clientHeight } = this.element;
    return this.#offsets.top(index) >= scrollTop && this.#offsets.top(index + 1) <= scrollTop + clientHeight;
  }

  #targetOf(index) {
    return Math.max(0, this.#offsets.top(index) - this.element.clientHeight * RESTING_PLACE);
  }

  #soon() {
    this.#frame ||= requestAnimationFrame(() => { this.#frame = 0; this.#render(); });
  }

  /** Rows that came into the document are measured at once, so that nothing is ever seen in a wrong place. */
  #render() {
    const [first, last] = this.#range();
    const wanted = new Set();
    for (let index = first; index <= last; index += 1) wanted.add(this.#offsets.key(index));
    this.#drop(wanted);
    const added = this.#place(wanted);
    this.#keepingPlace(() => added.forEach((row) => this.#offsets.measured(row.dataset.key, row.offsetHeight)));
  }

  #range() {
    const { scrollTop, clientHeight } = this.element;
    if (!this.#items.length || !clientHeight) return [0, -1];
    return [Math.max(0, this.#offsets.indexAt(scrollTop - BEYOND_SIGHT_PX)), this.#offsets.indexAt(scrollTop + clientHeight + BEYOND_SIGHT_PX)];
  }

  #drop(wanted) {
    for (const [key, { element }] of this.#rows) {
      const known = this.#offsets.indexOf(key) >= 0;
      if (wanted.has(key) || (known && element.contains(document.activeElement))) continue;
      this.#resized.unobserve(element);
      element.remove();
      this.#rows.delete(key);
    }
  }

  #place(wanted) {
    const added = [];
    const kept = [...this.#rows.keys()].filter((key) => !wanted.has(key));
    const inOrder = [...wanted, ...kept].map((key) => this.#offsets.indexOf(key)).sort((one, other) => one - other);
    let next = this.list.firstChild;
    for (const index of inOrder) {
      const element = this.#filled(index, added);
      if (element === next) next = next.nextSibling;
      else this.list.insertBefore(element, next);
    }
    return added;
  }

  #filled(index, added) {
    const item = this.#items[index];
    const [key, version] = [this.#offsets.key(index), this.#made.versionOf(item)];
    let row = this.#rows.get(key);
    if (!row) {
      row = { element: h("li.windowed-row", { dataset: { key } }) };
      this.#rows.set(key, row);
      this.#resized.observe(row.element);
    }
    row.element.setAttribute("aria-posinset", index + 1);
    row.element.setAttribute("aria-setsize", this.#items.length);
    row.item = item;
    if (row.version === version) return row.element;
    row.version = version;
    this.#made.fill(row.element, item);
    added.push(row.element);
    return row.element;
  }

  #remeasure(elements) {
    this.#keepingPlace(() => elements.filter((element) => element.dataset.key && element.isConnected)
      .forEach((row) => this.#offsets.measured(row.dataset.key, row.offsetHeight)));
    this.#soon();
  }

  /** Do what moves rows; then the first one in sight is where it was. */
  #keepingPlace(change) {
    const { scrollTop } = this.element;
    const index = this.#offsets.indexAt(scrollTop);
    const key = index < 0 || scrollTop === 0 ? null : this.#offsets.key(index);
    const within = key === null ? 0 : scrollTop - this.#offsets.top(index);
    change();
    this.list.style.setProperty("height", `${this.#offsets.total}px`);
    for (const [rowKey, { element }] of this.#rows) this.#move(element, this.#offsets.indexOf(rowKey));
    const now = key === null ? -1 : this.#offsets.indexOf(key);
    const target = now < 0 ? scrollTop : this.#offsets.top(now) + within;
    if (Math.abs(target - this.element.scrollTop) >= 1) this.element.scrollTop = target;
  }

  #move(element, index) {
    if (index >= 0) element.style.setProperty("transform", `translateY(${this.#offsets.top(index)}px)`);
  }
}
