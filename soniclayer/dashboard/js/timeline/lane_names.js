/** What the lanes are called, left of them, and what each means. */

import { h, replace } from "../dom.js";
import { texts } from "../texts.js";
import { BETWEEN_LANES_PX } from "./lane_canvas.js";
import { RULER_PX } from "./ruler.js";
import { WAVEFORM_PX } from "./waveform.js";

/** {element, draw()}: the names of the lanes; those of `lanes()` as they are when it is drawn. */
export function laneNames(lanes, tools) {
  const list = h("ul.lane-names", { "aria-label": texts.timeline.laneNames });
  const element = h("div.lane-side", null, h("div.lane-head", { style: { height: `${RULER_PX + WAVEFORM_PX}px` } }, tools), list);
  let shown = "";
  function draw() {
    const keys = lanes().map(({ key, name }) => `${key} ${name}`).join("\n");
    if (keys === shown) return;
    shown = keys;
    replace(list, lanes().map(nameOf));
  }
  return { element, draw };
}

function nameOf(lane) {
  const id = `lane-${lane.key}`;
  const button = h("button.lane-name", { type: "button", "aria-describedby": id, onkeydown: leaveAtEscape }, lane.name);
  const hint = h("div.lane-hint", { id, role: "tooltip" }, h("strong", null, lane.name), " ", lane.hint);
  const height = `${lane.heightPx + BETWEEN_LANES_PX}px`;
  return h("li", { style: { height } }, button, hint);
}

function leaveAtEscape(event) {
  if (event.key === "Escape") event.currentTarget.blur();
}
