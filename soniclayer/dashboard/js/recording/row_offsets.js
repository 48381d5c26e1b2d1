/** Where the rows of a list begin: measured heights where there are any, a guess elsewhere. */
export class RowOffsets {
  #guessPx;
  #keys = [];
  #places = new Map();
  #heights = new Map();
  #tops = [0];
  #stale = false;

  constructor(guessPx) {
    this.#guessPx = guessPx;
  }

  /** Other rows, by their keys, in order; what was measured is kept. */
  set(keys) {
    this.#keys = keys;
    this.#places = new Map(keys.map((key, index) => [key, index]));
    this.#stale = true;
  }

  /** A row is so high. */
  measured(key, heightPx) {
    if (!heightPx || this.#heights.get(key) === heightPx) return;
    this.#heights.set(key, heightPx);
    this.#stale = true;
  }

  key(index) {
    return this.#keys[index];
  }

  /** -1 where there is no such row. */
  indexOf(key) {
    return this.#places.get(key) ?? -1;
  }

  /** Where a row begins, in px; of the index after the last: where the list ends. */
  top(index) {
    this.#refresh();
    return this.#tops[index];
  }

  get total() {
    return this.top(this.#keys.length);
  }

  /** The row at a height in px, the nearest where there is none; -1 without rows. */
  indexAt(px) {
    this.#refresh();
    let [low, high] = [0, this.#keys.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#tops[middle] <= px) low = middle;
      else high = middle - 1;
    }
    return high;
  }

  #refresh() {
    if (!this.#stale) return;
    this.#stale = false;
    this.#tops = [0];
    for (const key of this.#keys) this.#tops.push(this.#tops.at(-1) + (this.#heights.get(key) ?? this.#guessPx));
  }
}
