/** What has to be said of a recording before one looks at it: what is missing, why, and what to do. */

import { h, icon } from "../dom.js";
import { explain } from "../problems.js";
import { mayWrite } from "../session.js";
import { texts } from "../texts.js";
import { failureList } from "./failure_list.js";

/** The elements of what is to be said now. */
export function notes(open) {
  const { detail, segments, problem } = open;
  const said = texts.timeline.notes;
  return [
    problem && note("bad", explain(problem), h("button.button", { type: "button", dataset: { keep: "again" }, onclick: () => open.reload() }, icon("retry"), texts.app.tryAgain)),
    detail.state === "failed" && note("bad", said.failed(segments.length), failureList(open)),
    detail.state === "cancelled" && note("warn", said.cancelled(segments.length, mayWrite())),
    detail.state !== "failed" && detail.failures.length > 0 && note("warn", gapsOf(detail), failureList(open)),
    detail.damage && note("warn", said.damage, h("p.faint", null, detail.damage)),
    detail.ended && open.complete && nobodySpeaks(open) && note("info", said.noSpeech),
  ];
}

function note(kind, text, ...more) {
  return h("div.note", { dataset: { kind } }, h("p", null, text), more);
}

function gapsOf({ ended, failures: { length: count } }) {
  if (!ended) return texts.timeline.notes.gapsSoFar(count);
  return [texts.timeline.notes.gaps(count), mayWrite() && ` ${texts.timeline.notes.gapsRetry}`];
}

function nobodySpeaks({ segments, detail }) {
  return detail.state !== "failed" && detail.state !== "cancelled" && !segments.some((report) => report.segment.kind === "speech");
}
