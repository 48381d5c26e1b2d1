/** One persona over a whole recording. */

import { distribution } from "../charts/distribution.js";
import { scoreBadge } from "../charts/score_badge.js";
import { h } from "../dom.js";
import { time } from "../format.js";
import { texts } from "../texts.js";

/** A card of a PersonaSummary: mean, distribution, and what it liked best and least, one click away. */
export function audience({ persona, title, mean_score: mean, distribution: counts, best, worst }, open) {
  return h("article.audience", null,
    h("header", null, scoreBadge(mean), h("h4", null, title), h("span.faint", null, texts.summary.meanOf(counts.reduce((sum, count) => sum + count, 0)))),
    distribution(counts),
    moments(texts.summary.best, best, persona, open),
    moments(texts.summary.worst, worst, persona, open));
}

function moments(name, ids, persona, open) {
  const found = ids.map((id) => open.segments[open.indexOf(id)]).filter(Boolean);
  return found.length > 0 && h("div.moments", null, h("span.faint", null, name), found.map((report) => moment(report, persona, open)));
}

function moment({ segment, evaluations }, persona, open) {
  const score = evaluations.find((one) => one.persona === persona)?.score ?? null;
  return h("button.button.moment", { type: "button", title: segment.text, dataset: { keep: `${persona} ${segment.segment_id}` }, onclick: () => open.select(segment.segment_id, { seek: true }) },
    h("span.number", null, time(segment.start_s)), scoreBadge(score));
}
