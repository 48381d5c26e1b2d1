/** The line under a recording's name: how far it is, or why it did not work and what to do. */

import { h } from "../dom.js";
import { bytes, time } from "../format.js";
import { explainFailure } from "../problems.js";
import { texts } from "../texts.js";

const LINES = {
  accepted: (line) => [texts.library.waiting, " · ", bytes(line.size_bytes)],
  preparing: running,
  processing: running,
  completed: (line) => bytes(line.size_bytes),
  completed_with_errors: gaps,
  failed: (line, progress, detail) => h("span.fault", null, detail?.failures.length ? explainFailure(detail.failures[0]) : texts.library.failed),
  cancelled: () => texts.library.cancelledWhy,
};

/** What to show; `progress` and `detail` may be null, where they are not known yet. */
export function below(line, progress, detail) {
  return LINES[line.state]?.(line, progress, detail) ?? bytes(line.size_bytes);
}

function running(line, progress, detail) {
  const { done_s, total_s, estimated } = progress ?? detail?.progress ?? { done_s: 0, total_s: line.duration_s, estimated: true };
  const told = total_s ? texts.library.progress(time(done_s), time(total_s), estimated) : texts.library.started;
  const bar = h("progress", { max: total_s || 1, "aria-label": texts.library.progressOf(line.name) });
  if (total_s) bar.value = done_s;
  return [bar, h("span.number", null, told), detail && stageOf(detail.stages)];
}

/** The first stage that is not through; its steps, where there are several. */
function stageOf(stages) {
  const [name, { done, failed, total }] = Object.entries(stages).find(([, stage]) => !stage.total || stage.done + stage.failed < stage.total) ?? [null, {}];
  return name && h("span.stage", null, texts.stages[name], total > 1 ? texts.library.steps(done + failed, total) : null);
}

function gaps(line, progress, detail) {
  if (!detail) return texts.library.gaps(line.failures);
  if (detail.damage) return h("span.warned", { title: detail.damage }, texts.library.damaged);
  const [first] = detail.failures;
  return h("span.warned", null, texts.library.gaps(detail.failures.length), first && [": ", explainFailure(first)]);
}
