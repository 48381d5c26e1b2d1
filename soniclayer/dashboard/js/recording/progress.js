/** How far a recording is, while it is worked on. */

import { h } from "../dom.js";
import { time } from "../format.js";
import { texts } from "../texts.js";

/** The element; null for a recording that is worked on no more. */
export function progressOf({ detail, durationS: total }) {
  if (detail.ended) return null;
  const { done_s: done, estimated } = detail.progress;
  const text = total && detail.state !== "accepted" ? texts.timeline.progress(time(done), time(total), estimated) : texts.timeline.begins;
  const bar = h("progress", { max: total || 1, ...(total ? { value: done } : {}), "aria-label": texts.timeline.progressName });
  return h("div.recording-progress", null, bar, h("p.number", null, text), h("ul.stages", null, Object.entries(detail.stages).map((entry) => stage(entry, detail.state))));
}

function stage([name, { done, failed, total }], state) {
  const ended = done + failed;
  const begun = ended > 0 || (name === "prepare" && state === "preparing");
  const part = total > 0 && ended >= total ? "done" : begun ? "begun" : "waiting";
  return h("li", { dataset: { part } }, texts.stages[name] ?? name, total > 1 && h("span.number.faint", null, ` ${ended}/${total}`));
}
