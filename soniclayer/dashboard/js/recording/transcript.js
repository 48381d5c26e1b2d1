/** The transcript of an open recording: all that was said, and where one is in it. */

import { h, replace } from "../dom.js";
import { time } from "../format.js";
import { texts } from "../texts.js";
import { followPlaying } from "./follow_playing.js";
import { SpokenWord } from "./spoken_word.js";
import { fillRow, rowVersion } from "./transcript_row.js";
import { transcriptSearch } from "./transcript_search.js";
import { WindowedList } from "./windowed_list.js";

const GUESSED_ROW_PX = 128;
const idOf = (report) => report.segment.segment_id;

/** The element: search, segments, and a way back to what is playing. What it listens to ends with the signal. */
export function transcript(open, { signal }) {
  const language = () => open.summary?.language ?? open.detail?.options?.language ?? null;
  const spoken = new SpokenWord();
  const list = new WindowedList({
    label: texts.transcript.list, guessPx: GUESSED_ROW_PX, signal, keyOf: idOf,
    versionOf: (report) => rowVersion(report, open.personas, language()),
    fill(row, report) {
      fillRow(row, report, { personas: open.personas, language: language(), onPlay: () => open.select(idOf(report), { seek: true }) });
      search.mark(row, report);
      markRow(row, report);
    },
  });
  const follow = followPlaying(open, list, { signal });
  const search = transcriptSearch(open, {
    signal, goTo: showFound, firstPlace: () => list.firstInSight,
    changed: () => { for (const [row, report] of list.rows()) search.mark(row, report); },
  });
  const state = h("p.transcript-state.faint");
  const element = h("section.transcript.card", { "aria-label": texts.transcript.title },
    h("div.part-head", null, h("h2", null, texts.transcript.title), search.element), state, list.element, follow.element);

  list.list.addEventListener("click", onClick, { signal });
  for (const event of ["segments", "detail", "summary"]) open.addEventListener(event, refresh, { signal });
  for (const event of ["current", "select"]) open.addEventListener(event, markRows, { signal });
  open.addEventListener("select", () => open.selectedId && !open.playing && list.reveal(open.selectedId), { signal });
  open.addEventListener("time", lightWord, { signal });
  refresh();
  return element;

  function refresh() {
    replace(state, stateText(open));
    state.hidden = !state.textContent;
    list.element.hidden = search.element.hidden = !open.segments.length;
    list.show(open.segments);
    search.update();
    lightWord();
  }

  /** The list scrolls in itself, and may stand below what is seen of the page. */
  function showFound(id) {
    follow.stop();
    list.element.scrollIntoView({ block: "nearest" });
    list.reveal(id);
  }

  function markRows() {
    for (const [row, report] of list.rows()) markRow(row, report);
  }

  function markRow(row, report) {
    row.toggleAttribute("data-selected", idOf(report) === open.selectedId);
    if (open.current === report) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
  }

  function lightWord() {
    const report = open.current;
    spoken.show(report && list.row(idOf(report)), report, open.timeS);
  }

  function onClick(event) {
    const row = event.target.closest(".windowed-row");
    const report = row && open.segments[open.indexOf(row.dataset.key)];
    if (!report || event.target.closest("button") || getSelection().toString()) return;
    open.select(idOf(report));
    const word = event.target.closest(".word");
    if (word) open.seek(report.segment.words[Number(word.dataset.word)].start_s);
    else if (report !== open.current) follow.stop();
  }
}

function stateText({ segments, detail, complete }) {
  if (!detail) return texts.app.loading;
  if (!segments.length) return detail.ended ? texts.transcript.none[detail.state] ?? texts.transcript.none.completed : texts.transcript.waiting;
  if (complete || detail.ended) return "";
  return texts.transcript.soFar(segments.length, time(segments.at(-1).segment.end_s));
}
