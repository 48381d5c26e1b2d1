/** What stands above or below the rows, or in their place: loading, nothing there, nothing found, a fault, more. */

import { h, icon } from "../dom.js";
import { mayWrite } from "../session.js";
import { emptyState, faultState } from "../states.js";
import { texts } from "../texts.js";
import { chooserButtons } from "../uploads/intake.js";

const SHADOWS = 6;

/** Lines where rows will be, while the first are on their way. */
export const loadingRows = () => h("div.loading-rows", { role: "status" }, h("span.unseen", null, texts.app.loading), Array.from({ length: SHADOWS }, () => h("div", { "aria-hidden": "true" })));

/** An invitation, as there are no recordings at all. */
export function noRecordings() {
  if (!mayWrite()) return emptyState({ mark: "folder", title: texts.library.none, text: texts.library.noneToSee });
  return h("section.drop-place", null, icon("upload"), h("h2", null, texts.library.none), h("p", null, texts.library.noneWhy), h("div.actions", null, chooserButtons()), h("p.faint", null, texts.library.noneFormats));
}

/** No recording is what was looked for; `reset` looks for all. */
export const noMatch = ({ q }, reset) => emptyState({
  mark: "search", title: texts.library.noMatch, text: q ? texts.library.noMatchName(q) : texts.library.noMatchState,
  actions: [h("button.button", { type: "button", onclick: reset }, texts.library.showAll)],
});

/** In the place of the rows, which have never come. */
export const noAnswer = (fault, retry) => faultState(fault, { retry });

/** Above rows that are there: the last answer is missing, or the list is not whole. */
export function notice(list, retry) {
  if (list.fault && list.lines) return h("p.library-notice", { role: "status" }, icon("warning"), h("span", null, texts.library.old), h("button.button", { type: "button", onclick: retry }, texts.app.tryAgain));
  if (list.rebuilding) return h("p.library-notice", { role: "status" }, icon("working"), h("span", null, texts.library.rebuilding));
  return null;
}

/** Below the rows, where there are more: how many are shown, and a button for more. */
export function more(list) {
  if (!list.hasMore) return null;
  return [h("span.faint", null, texts.library.shown(list.lines.length, list.total)), h("button.button", { type: "button", onclick: () => list.more() }, texts.library.more)];
}
