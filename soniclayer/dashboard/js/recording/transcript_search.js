/** The box that finds words in the transcript, with its count and steps. */

import { h, icon, replace } from "../dom.js";
import { onKeys } from "../keys.js";
import { texts } from "../texts.js";
import { matchesOf } from "./transcript_matches.js";
import { wordsOf } from "./transcript_row.js";

const PAUSE_MS = 150;

/**
 * {element, mark(row, report), update()}. `goTo(segmentId)` is called to show a match, `firstPlace()` tells where in the
 * segments one looks now, `changed()` that other words are marked. Call `mark` for every row that comes into the
 * document, `update` when there are other segments.
 */
export function transcriptSearch(open, { goTo, firstPlace, changed, signal }) {
  let [matches, at, timer] = [[], -1, 0];
  const box = h("input.field", { type: "search", "aria-label": texts.transcript.find, placeholder: texts.transcript.find, autocomplete: "off", spellcheck: "false", oninput: soon, onkeydown: onKey });
  const count = h("span.search-count.number.faint", { role: "status" });
  const step = (by, name, label) => h("button.button.plain", { type: "button", "aria-label": label, title: label, onclick: () => go(by) }, icon(name));
  const steps = h("span.search-steps", { hidden: true }, step(-1, "up", texts.transcript.previousMatch), step(1, "down", texts.transcript.nextMatch));
  onKeys(texts.transcript.title, [{ keys: ["/"], text: texts.transcript.findKey, run: () => box.select() }], { signal });
  signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
  return { element: h("div.transcript-search", { role: "search" }, icon("search"), box, count, steps), mark, update };

  function soon() {
    clearTimeout(timer);
    timer = setTimeout(search, PAUSE_MS);
  }

  function search() {
    clearTimeout(timer);
    matches = matchesOf(open.segments, box.value);
    const place = firstPlace();
    const next = matches.findIndex((match) => match.place >= place);
    at = next < 0 ? 0 : next;
    tell();
    if (matches.length) goTo(matches[at].segmentId);
  }

  function update() {
    if (!box.value) return;
    const shown = matches[at];
    matches = matchesOf(open.segments, box.value);
    at = Math.max(0, matches.findIndex((match) => match.segmentId === shown?.segmentId && match.from === shown?.from));
    tell();
  }

  function go(by) {
    if (!matches.length) return;
    at = (at + by + matches.length) % matches.length;
    tell();
    goTo(matches[at].segmentId);
  }

  function tell() {
    replace(count, box.value.trim() ? texts.transcript.matches(matches.length ? at + 1 : 0, matches.length) : null);
    steps.hidden = !matches.length;
    changed();
  }

  function mark(row, { segment }) {
    const words = wordsOf(row);
    for (const word of row.querySelectorAll(".word-found")) word.classList.remove("word-found", "word-found-now");
    for (const match of matches) {
      if (match.segmentId !== segment.segment_id) continue;
      for (let index = match.from; index <= match.to; index += 1) words[index]?.classList.add("word-found", ...(match === matches[at] ? ["word-found-now"] : []));
    }
  }

  function onKey(event) {
    if (event.key === "Enter") {
      event.preventDefault();
      if (timer && matchesOf(open.segments, box.value).length !== matches.length) search();
      else go(event.shiftKey ? -1 : 1);
    } else if (event.key === "Escape" && box.value) {
      event.preventDefault();
      box.value = "";
      search();
    }
  }
}
