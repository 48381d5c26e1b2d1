/** The lane of marks: what rules have found, and what may not have been said at all. */

import { time } from "../format.js";
import { tagName } from "../recording/segment_labels.js";
import { texts } from "../texts.js";

const HEIGHT_PX = 22;
const SIDE_PX = 10;

/** The lane of an open recording. */
export function marksLane(open) {
  const { name, hint } = texts.timeline.lanes.marks;
  return {
    key: "marks", name, hint, heightPx: HEIGHT_PX,
    paint(brush, y, reports, axis) {
      for (const span of open.summary?.dead_air ?? []) paintDeadAir(brush, y, span, axis);
      for (const report of reports) paintMarks(brush, y, report, axis);
    },
    tell: (report, seconds) => marksAt(open, report, seconds),
  };
}

function paintDeadAir(brush, y, span, axis) {
  const [x, width] = [axis.x(span.start_s), Math.max(2, (span.end_s - span.start_s) * axis.pxPerS)];
  if (x > brush.widthPx || x + width < 0) return;
  brush.fill(x, y, width, HEIGHT_PX, brush.colours["warn-soft"]);
  brush.fill(x, y + HEIGHT_PX - 2, width, 2, brush.colours.warn);
  brush.text(texts.timeline.deadAir, x, y + HEIGHT_PX / 2, width, brush.colours.warn);
}

/** A sign where the segment begins: a triangle where it is suspicious, else a disc; a stroke where it is too narrow. */
function paintMarks(brush, y, report, axis) {
  const marks = marksOf(report);
  if (!marks.length) return;
  const [x, width] = [axis.x(report.segment.start_s), (report.segment.end_s - report.segment.start_s) * axis.pxPerS];
  const colour = report.segment.suspicious ? brush.colours.warn : brush.colours.accent;
  if (width < SIDE_PX) return brush.fill(Math.round(x), y + (report.segment.suspicious ? 2 : 8), 2, HEIGHT_PX - 10, colour);
  paintSign(brush.context, Math.max(x, 0) + 1, y + (HEIGHT_PX - SIDE_PX) / 2, report.segment.suspicious, colour);
  const start = Math.max(x, 0) + SIDE_PX;
  brush.text(marks.join(", "), start, y + HEIGHT_PX / 2 + 1, x + width - start, brush.colours.ink);
}

/** The names of all marks of a segment, in words. */
function marksOf(report) {
  const names = report.tags.map(({ name }) => tagName(name));
  return report.segment.suspicious ? [...names, texts.timeline.suspicious] : names;
}

function paintSign(context, x, y, pointed, colour) {
  context.fillStyle = colour;
  context.beginPath();
  if (pointed) {
    context.moveTo(x + SIDE_PX / 2, y);
    context.lineTo(x + SIDE_PX, y + SIDE_PX);
    context.lineTo(x, y + SIDE_PX);
  } else {
    context.arc(x + SIDE_PX / 2, y + SIDE_PX / 2, SIDE_PX / 2 - 1, 0, 2 * Math.PI);
  }
  context.fill();
}

function marksAt(open, report, seconds) {
  const air = open.summary?.dead_air?.find((span) => span.start_s <= seconds && seconds < span.end_s);
  const lines = (report?.tags ?? []).map((tag) => texts.timeline.tagLine(tagName(tag.name), tag.evidence));
  if (report?.segment.suspicious) lines.push(texts.timeline.suspiciousWhy);
  if (air) lines.push(texts.timeline.deadAirLine(time(air.start_s), time(air.end_s)));
  return lines.length ? lines : [texts.timeline.noMarks];
}
