/** The canvas under the waveform: all lanes, of what is in sight alone. */

import { h } from "../dom.js";
import { Brush } from "./brush.js";
import { indexAt } from "../recording/segment_order.js";

export const BETWEEN_LANES_PX = 4;

/** {element, draw(), restyle(), laneAt(y)}: the lanes of an open recording; `lanes()` gives them as they are now. */
export function laneCanvas(open, axis, lanes) {
  const element = h("canvas.lanes");
  const brush = new Brush(element);
  return {
    element,
    draw: () => paint(brush, open, axis, lanes()),
    restyle: () => brush.restyle(),
    laneAt: (y) => placed(lanes()).find((place) => y >= place.y && y < place.y + place.lane.heightPx)?.lane ?? null,
  };
}

function paint(brush, open, axis, lanes) {
  const places = placed(lanes);
  const heightPx = places.at(-1).y + places.at(-1).lane.heightPx;
  brush.canvas.style.setProperty("height", `${heightPx}px`);
  brush.begin(axis.widthPx, heightPx);
  if (!axis.pxPerS) return;
  const reports = inSight(open.segments, axis);
  const current = open.current;
  if (current) tint(brush, current, axis);
  for (const { lane, y } of places) {
    brush.fill(0, y + lane.heightPx + BETWEEN_LANES_PX / 2, axis.widthPx, 1, brush.colours.line);
    lane.paint(brush, y, reports, axis);
  }
  if (current) outline(brush, current, axis, brush.colours.accent);
  const selected = reports.find((report) => report.segment.segment_id === open.selectedId);
  if (selected) outline(brush, selected, axis, brush.colours.ink);
}

function placed(lanes) {
  let y = 0;
  return lanes.map((lane) => {
    const place = { lane, y };
    y += lane.heightPx + BETWEEN_LANES_PX;
    return place;
  });
}

function inSight(segments, axis) {
  return segments.slice(Math.max(0, indexAt(segments, axis.startS)), indexAt(segments, axis.endS) + 1);
}

function tint(brush, { segment }, axis) {
  brush.fill(axis.x(segment.start_s), 0, Math.max(2, (segment.end_s - segment.start_s) * axis.pxPerS), brush.heightPx, brush.colours["accent-soft"]);
}

function outline(brush, { segment }, axis, colour) {
  const width = Math.max(4, (segment.end_s - segment.start_s) * axis.pxPerS);
  brush.frame(axis.x(segment.start_s) - 1, 0, width + 1, brush.heightPx, colour, 2);
}
