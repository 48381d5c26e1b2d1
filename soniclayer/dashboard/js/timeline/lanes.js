/** The lanes under the waveform: what each is called, what it means, how it is painted, and what it tells of a place. */

import { texts } from "../texts.js";
import { kindBlock, labelBlock, paintBlocks, scoreBlock } from "./lane_blocks.js";
import { loudnessLane } from "./lane_loudness.js";
import { marksLane } from "./lane_marks.js";
import { personaLines, labelLines, kindLines } from "./lane_lines.js";

const BLOCKS_PX = 24;

/**
 * The lanes of an open recording: {key, name, hint, heightPx, paint(brush, y, reports, axis), tell(report, seconds)}.
 * `reports` are those in sight; `tell` gives the lines to show over a place, whose SegmentReport may be null.
 */
export function lanesOf(open) {
  return [
    blocks("kind", kindBlock, kindLines),
    blocks("topic", labelBlock("topic"), labelLines("topic")),
    blocks("tone", labelBlock("tone"), labelLines("tone")),
    ...open.personas.map(({ name, title }) => ({
      ...blocks(`persona-${name}`, scoreBlock(name), personaLines(name, title)), name: title, hint: texts.timeline.lanes.personaHint(title),
    })),
    loudnessLane(open),
    marksLane(open),
  ];
}

function blocks(key, look, tell) {
  const { name, hint } = texts.timeline.lanes[key] ?? {};
  return { key, name, hint, heightPx: BLOCKS_PX, tell, paint: (brush, y, reports, axis) => paintBlocks(brush, y, BLOCKS_PX, reports, axis, look) };
}
