/** The lane of loudness: as the meter showed it, or one value a segment where there is no more. */

import { texts } from "../texts.js";

const HEIGHT_PX = 44;
const LOUDEST_LUFS = -5;
const QUIETEST_LUFS = -50;
const TARGET_LUFS = -23; // EBU R 128

/** The lane of an open recording. */
export function loudnessLane(open) {
  const { name, hint } = texts.timeline.lanes.loudness;
  return {
    key: "loudness", name, hint, heightPx: HEIGHT_PX,
    paint(brush, y, reports, axis) {
      brush.fill(0, y, brush.widthPx, HEIGHT_PX, brush.colours.sunken);
      if (open.peaks?.loudness_lufs) paintCurve(brush, y, open.peaks, axis);
      else paintSegments(brush, y, reports, axis);
      paintTarget(brush, y);
    },
    tell: (report, seconds) => [lufsAt(open.peaks, seconds) ?? segmentLufs(report) ?? texts.timeline.noLoudness],
  };
}

/** The loudest moment of every pixel. */
function paintCurve(brush, y, { loudness_lufs: values, loudness_step_s: stepS }, axis) {
  const { context } = brush;
  context.fillStyle = brush.colours.wave;
  const most = Math.min(brush.widthPx, axis.x(values.length * stepS));
  for (let x = 0; x < most; x += 1) {
    const from = Math.floor(axis.seconds(x) / stepS);
    const to = Math.max(from + 1, Math.ceil(axis.seconds(x + 1) / stepS));
    const height = heightOf(loudest(values, from, to));
    if (height) context.fillRect(x, y + HEIGHT_PX - height, 1, height);
  }
}

function paintSegments(brush, y, reports, axis) {
  for (const { segment, loudness_lufs: lufs } of reports) {
    const height = heightOf(lufs);
    const width = Math.max(1, (segment.end_s - segment.start_s) * axis.pxPerS - 1);
    if (height) brush.fill(axis.x(segment.start_s), y + HEIGHT_PX - height, width, height, brush.colours.wave);
  }
}

function paintTarget(brush, y) {
  const line = y + HEIGHT_PX - heightOf(TARGET_LUFS);
  for (let x = 0; x < brush.widthPx; x += 8) brush.fill(x, Math.round(line), 4, 1, brush.colours.ink);
}

function heightOf(lufs) {
  if (lufs === null || lufs === undefined) return 0;
  const share = (lufs - QUIETEST_LUFS) / (LOUDEST_LUFS - QUIETEST_LUFS);
  return Math.min(1, Math.max(0, share)) * HEIGHT_PX;
}

function loudest(values, from, to) {
  let found = null;
  for (let place = from; place < to && place < values.length; place += 1) {
    if (values[place] !== null && (found === null || values[place] > found)) found = values[place];
  }
  return found;
}

function lufsAt(peaks, seconds) {
  const value = peaks?.loudness_lufs?.[Math.floor(seconds / peaks.loudness_step_s)];
  return value === null || value === undefined ? null : texts.timeline.lufs(value.toFixed(1));
}

function segmentLufs(report) {
  const lufs = report?.loudness_lufs ?? null;
  return lufs === null ? null : texts.timeline.lufsOfSegment(lufs.toFixed(1));
}
