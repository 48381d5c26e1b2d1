/** How often each score was given. */

import { h } from "../dom.js";
import { texts } from "../texts.js";

const SCORES = [1, 2, 3, 4, 5];

/** Five bars with their numbers for `counts` of the scores 1 to 5; `most` is the count that fills a bar. */
export function distribution(counts, most = Math.max(...counts)) {
  const told = SCORES.map((score) => texts.summary.timesScored(counts[score - 1], score)).join(", ");
  return h("div.distribution", { role: "img", "aria-label": told }, SCORES.map((score) => bar(score, counts[score - 1], most)));
}

function bar(score, count, most) {
  const height = count && `max(2px, ${(count / Math.max(1, most)) * 100}%)`;
  return h("div.distribution-score", { "aria-hidden": "true" },
    h("span.distribution-count", null, count || ""),
    h("span.distribution-room", null, h("span.distribution-bar", { dataset: { score }, style: { height: height || "0" } })),
    h("span.distribution-name", null, score));
}
