/** The library: every recording there is, and a place to drop new ones. */

import { getJson } from "../api.js";
import { h, replace } from "../dom.js";
import { onKeys } from "../keys.js";
import { calmOf } from "../library/calm.js";
import { Details } from "../library/details.js";
import { libraryKeys } from "../library/library_keys.js";
import { followNews } from "../library/news.js";
import { RecordingList } from "../library/recording_list.js";
import { loadingRows, more, noAnswer, noMatch, noRecordings, notice } from "../library/rest.js";
import { Selection } from "../library/selection.js";
import { selectionBar } from "../library/selection_bar.js";
import { cancel, remove, retry } from "../library/steer.js";
import { Table } from "../library/table.js";
import { toolbar, wantedOf } from "../library/toolbar.js";
import { compareHash } from "../router.js";
import { mayWrite } from "../session.js";
import { texts } from "../texts.js";
import { chooserButtons } from "../uploads/intake.js";
import { uploadsPanel } from "../uploads/panel.js";

/** How many lines were loaded when a location was left: who goes back finds as many. */
const loadedAt = new Map();

/** Fill `view.main`; everything that is started ends with `view.signal`. */
export function libraryPage(view) {
  const { main, signal } = view;
  const list = new RecordingList({ signal });
  const selection = new Selection();
  const details = new Details({ signal, onDetail: (detail) => take(list, detail), onMissing: (id) => calm(() => list.drop(id)) });
  const steer = steering(list, selection);
  const table = new Table(list, details, selection, steer, { signal });
  const calm = calmOf(table.element, { signal });
  const tools = toolbar(wantedOf(view.query), (wanted) => list.load(wanted), { signal });
  const bar = selectionBar(selection, () => chosenLines(list, selection), steer);
  const parts = { notice: h("div"), instead: h("div"), more: h("div.library-more"), count: h("span.faint", { role: "status" }), choosers: h("div.actions", null, mayWrite() && chooserButtons()) };

  replace(main, h("div.library-head", null, h("h1", null, texts.shell.library, parts.count), parts.choosers),
    uploadsPanel({ signal }), tools.element, parts.notice, table.element, parts.instead, parts.more, bar.element);
  const show = () => showStatus(list, table, tools, parts);
  list.addEventListener("lines", () => { selection.keep(list.lines.map((line) => line.audio_id)); table.show(); bar.show(); loadedAt.set(location.hash, list.lines.length); show(); });
  list.addEventListener("line", ({ detail: id }) => { table.showLine(id); if (selection.has(id)) bar.show(); });
  list.addEventListener("status", show);
  onKeys(texts.library.keys.section, libraryKeys({ table, selection, steer, tools }), { signal });
  followNews(list, details, calm, { signal });
  list.load(wantedOf(view.query), loadedAt.get(location.hash));
  getJson("/personas", { signal }).then(({ personas }) => table.setPersonas(personas), () => {}); // badges do without titles
}

/** What rows, keys and the bar do. */
function steering(list, selection) {
  let last = null;
  return {
    select: (id, chosen, { shiftKey } = {}) => {
      selection.set(shiftKey && last ? between(list, last, id) : [id], chosen);
      last = id;
    },
    compare: () => {
      const [one, other] = selection.ids;
      if (selection.ids.size === 2) location.hash = compareHash(one, other);
    },
    retry: (lines) => retry(list, [lines].flat()),
    cancel: (lines) => cancel(list, [lines].flat()),
    remove: (lines) => remove(list, [lines].flat()),
  };
}

function between(list, one, other) {
  const ids = list.lines.map((line) => line.audio_id);
  const [from, to] = [ids.indexOf(one), ids.indexOf(other)].sort((a, b) => a - b);
  return from === -1 ? [other] : ids.slice(from, to + 1);
}

function chosenLines(list, selection) {
  return (list.lines ?? []).filter((line) => selection.has(line.audio_id));
}

function take(list, detail) {
  list.noteProgress(detail.audio_id, detail.progress);
  list.note(detail.audio_id, { state: detail.state });
}

function showStatus(list, table, tools, parts) {
  const retryLoad = () => list.load(list.wanted);
  const isEmpty = list.lines?.length === 0;
  table.element.hidden = !list.lines?.length;
  table.element.setAttribute("aria-busy", String(list.isLoading));
  const isBare = isEmpty && !list.isFiltered && !list.rebuilding;
  tools.element.hidden = isBare;
  parts.choosers.hidden = isBare; // the invitation has them
  replace(parts.count, list.lines?.length ? texts.library.count(list.total, list.isFiltered) : null);
  replace(parts.notice, notice(list, retryLoad));
  replace(parts.more, more(list));
  if (!list.lines) replace(parts.instead, list.fault && !list.isLoading ? noAnswer(list.fault, retryLoad) : loadingRows());
  else if (isEmpty) replace(parts.instead, inPlaceOfRows(list, tools, isBare));
  else replace(parts.instead);
}

function inPlaceOfRows(list, tools, isBare) {
  if (isBare) return noRecordings();
  return list.isFiltered ? noMatch(list.wanted, tools.reset) : null;
}
