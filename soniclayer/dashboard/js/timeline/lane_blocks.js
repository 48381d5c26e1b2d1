/** Lanes that are made of blocks, one for each segment. */

import { scoreStep, score } from "../format.js";
import { texts } from "../texts.js";
import { labelColour } from "./label_colour.js";

const BETWEEN_PX = 1;
const NARROW_PX = 4;
const HATCHED_PX = 4;

/** Paint a block for every report of which `look(report, colours)` gives {ground, ink, text, uncertain, short}. */
export function paintBlocks(brush, y, height, reports, axis, look) {
  for (const report of reports) {
    const block = look(report, brush.colours);
    if (!block) continue;
    const [x, end] = [Math.round(axis.x(report.segment.start_s)), Math.round(axis.x(report.segment.end_s))];
    const width = Math.max(1, end - x - (end - x > NARROW_PX ? BETWEEN_PX : 0));
    brush.fill(x, y, width, height, block.ground);
    if (block.uncertain && width > NARROW_PX) hatchEdge(brush, x, y, width, height);
    if (block.text) brush.text(block.text, x, y + height / 2 + 1, width, block.ink, { short: block.short });
  }
}

/** Speech, music, noise or silence. */
export function kindBlock({ segment: { kind } }, colours) {
  return { ground: colours[kind], ink: colours[`on-${kind}`], text: texts.kinds[kind] };
}

/** The topic, or the tone. */
export const labelBlock = (which) => (report, colours) => {
  const label = report[which];
  return label && { ground: labelColour(label.name), ink: colours.ink, text: label.name, uncertain: label.unsure };
};

/** What one persona says. */
export const scoreBlock = (persona) => (report, colours) => {
  const found = report.evaluations.find((one) => one.persona === persona);
  if (!found) return null;
  const step = scoreStep(found.score);
  return { ground: colours[`score-${step}`], ink: colours[`on-score-${step}`], text: score(found.score), uncertain: found.provisional, short: step };
};

/** Above and below what is written there, which stays legible. */
function hatchEdge(brush, x, y, width, height) {
  brush.hatch(x, y, width, HATCHED_PX);
  brush.hatch(x, y + height - HATCHED_PX, width, HATCHED_PX);
}
