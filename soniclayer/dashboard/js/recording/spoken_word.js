/** The word that is heard now: it lights up. */

import { wordsOf } from "./transcript_row.js";

export class SpokenWord {
  #lit = null;

  /** Light the word of a SegmentReport's row that is heard at a time; both null: none. */
  show(row, report, seconds) {
    const index = row ? lastBegun(report.segment.words, seconds) : -1;
    const word = index < 0 ? null : wordsOf(row)[index] ?? null;
    if (word === this.#lit) return;
    this.#lit?.classList.remove("word-now");
    word?.classList.add("word-now");
    this.#lit = word;
  }
}

function lastBegun(words, seconds) {
  let [low, high] = [0, words.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (words[middle].start_s <= seconds) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
