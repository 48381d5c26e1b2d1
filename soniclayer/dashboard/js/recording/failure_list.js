/** What was given up, and what to do about it. */

import { h } from "../dom.js";
import { explainFailure } from "../problems.js";
import { texts } from "../texts.js";

/** A list of the Failures of an open recording, those of one kind together. */
export function failureList({ detail: { failures }, personas }) {
  const entries = [...alike(failures).values()].map((group) => h("li", null, h("strong", null, what(group, personas)), " ", explainFailure(group[0]),
    h("details", { dataset: { keep: `failure ${group[0].step}` } }, h("summary", null, texts.summary.technical), group.map(technical))));
  return h("ul.failures", null, entries);
}

function alike(failures) {
  const groups = new Map();
  for (const failure of failures) {
    const { stage, persona } = partsOf(failure);
    const kind = [stage, persona, failure.code].join(" ");
    groups.set(kind, [...(groups.get(kind) ?? []), failure]);
  }
  return groups;
}

/** A step is named `prepare`, `transcribe.0003` or `evaluate.0003.gen_z`. */
function partsOf({ step }) {
  const [stage, window, ...persona] = step.split(".");
  return { stage, window, persona: persona.join(".") };
}

function what(group, personas) {
  const { stage, persona } = partsOf(group[0]);
  const title = personas.find(({ name }) => name === persona)?.title ?? persona;
  return Object.hasOwn(texts.summary.gaveUp, stage) ? texts.summary.gaveUp[stage](group.length, title) : stage;
}

const technical = ({ step, code, message, attempts }) => h("p.technical", null, texts.summary.technicalLine(step, code, attempts, message));
