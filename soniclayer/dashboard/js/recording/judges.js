/** Who has judged: Langflow, or the rules. */

import { h } from "../dom.js";
import { texts } from "../texts.js";

const MOST_MODELS = 2;

/** A line with the numbers of opinions and the language models, from a summary and its SegmentReports. */
export function judges({ personas }, segments) {
  const all = sum(personas, ({ distribution }) => sum(distribution, (count) => count));
  const byLangflow = sum(personas, (persona) => persona.by_langflow ?? 0);
  const provisional = sum(personas, (persona) => persona.provisional ?? 0);
  const models = [...new Set(segments.flatMap(({ evaluations }) => evaluations.map(({ origin }) => origin?.model).filter(Boolean)))].sort();
  const named = models.slice(0, MOST_MODELS).join(", ") + (models.length > MOST_MODELS ? ", …" : "");
  return h("p.faint", null, texts.summary.judges(byLangflow, all - byLangflow, provisional, named));
}

const sum = (items, valueOf) => items.reduce((total, item) => total + valueOf(item), 0);
