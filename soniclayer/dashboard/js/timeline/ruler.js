/** The times along the axis. */

import { time } from "../format.js";
import { h } from "../dom.js";
import { Brush } from "./brush.js";

export const RULER_PX = 22;

const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200];
const LEAST_BETWEEN_PX = 70;
const PARTS = 5;

/** {element, draw()}: the ruler of an axis. */
export function ruler(axis) {
  const element = h("canvas.ruler", { style: { height: `${RULER_PX}px` } });
  const brush = new Brush(element);
  return { element, draw: () => paint(brush, axis), restyle: () => brush.restyle() };
}

function paint(brush, axis) {
  brush.begin(axis.widthPx, RULER_PX);
  if (!axis.pxPerS) return;
  const step = STEPS_S.find((seconds) => seconds * axis.pxPerS >= LEAST_BETWEEN_PX) ?? STEPS_S.at(-1);
  const part = step / PARTS;
  for (let count = Math.floor(axis.startS / part); count * part <= axis.endS; count += 1) {
    const [x, whole] = [Math.round(axis.x(count * part)), count % PARTS === 0];
    brush.fill(x, whole ? RULER_PX - 9 : RULER_PX - 5, 1, whole ? 9 : 5, brush.colours.control);
    if (whole) label(brush, time(count * part), x);
  }
}

/** Right of its stroke; none where it would be cut. */
function label(brush, text, x) {
  if (x + 8 + brush.width(text) > brush.widthPx) return;
  brush.context.fillStyle = brush.colours.faint;
  brush.context.fillText(text, x + 4, RULER_PX / 2 - 3);
}
