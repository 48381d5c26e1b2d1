/** A score, as colour and number. */

import { h } from "../dom.js";
import { score, scoreStep } from "../format.js";

/** The badge of a score of 1-5; of null a dash. `whose` is told to screen readers and by the pointer. */
export function scoreBadge(value, whose = null) {
  const badge = h("span.score", { dataset: { score: scoreStep(value) }, title: whose }, score(value));
  return whose ? [h("span.unseen", null, `${whose}: `), badge] : badge;
}
