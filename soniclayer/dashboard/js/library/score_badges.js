/** Mean scores of a recording, one badge per persona: colour and number. */

import { h } from "../dom.js";
import { score, scoreStep } from "../format.js";
import { texts } from "../texts.js";

/** Badges of `scores` {persona: mean score or null}, in the order of `personas`; none where nobody has judged. */
export function scoreBadges(scores, personas) {
  if (!Object.values(scores).some((mean) => mean !== null)) return null;
  return h("span.scores-row", null, personas.map(({ name, title }) => badge(title, scores[name])));
}

/** Their names, above the badges. */
export const scoreHeads = (personas) => h("span.scores-row", null, personas.map(({ title }) => h("span.score-head", { title }, title)));

/** The personas that there are now, then those that only older recordings know. */
export function personasOf(known, lines) {
  const names = new Set(known.map(({ name }) => name));
  const older = new Set(lines.flatMap((line) => Object.keys(line.scores ?? {})).filter((name) => !names.has(name)));
  return [...known, ...[...older].sort().map((name) => ({ name, title: name.replaceAll("_", " ") }))];
}

function badge(title, mean) {
  const told = mean === null || mean === undefined ? texts.library.noScore(title) : texts.library.score(title, score(mean));
  return h("span.score-cell", { title: told }, h("span.score-name", { "aria-hidden": "true" }, title),
    h("span.score", { dataset: { score: scoreStep(mean) }, "aria-hidden": "true" }, score(mean)), h("span.unseen", null, told));
}
