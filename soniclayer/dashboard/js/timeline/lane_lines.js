/** What lanes tell of a place, in lines. */

import { percent, score } from "../format.js";
import { texts } from "../texts.js";

const MOST_CHARACTERS = 180;

/** Which kind it is, and what is said there. */
export function kindLines(report) {
  if (!report) return [texts.timeline.nothing];
  return [texts.kinds[report.segment.kind], report.segment.text && shortened(report.segment.text)];
}

/** The topic or tone, how sure it is, and what else it may be. */
export const labelLines = (which) => (report) => {
  const label = report?.[which];
  if (!label) return [unlabelled(report)];
  const { sure, unsure, runnerUp } = texts.timeline;
  return [label.name, sure(percent(label.confidence)), runnerUp(label.runner_up), label.unsure && unsure];
};

/** What a persona thinks of it. */
export const personaLines = (persona, title) => (report) => {
  const found = report?.evaluations.find((one) => one.persona === persona);
  if (!found) return [title, unlabelled(report)];
  return [`${title}: ${score(found.score)}`, shortened(found.opinion), found.provisional && texts.timeline.provisional];
};

function unlabelled(report) {
  if (!report) return texts.timeline.nothing;
  return report.segment.kind === "speech" ? texts.timeline.notYet : texts.timeline.noSpeech(texts.kinds[report.segment.kind]);
}

function shortened(text) {
  const characters = [...text];
  return characters.length > MOST_CHARACTERS ? `${characters.slice(0, MOST_CHARACTERS).join("")}…` : text;
}
