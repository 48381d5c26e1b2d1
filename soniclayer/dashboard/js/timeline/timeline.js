/** The timeline of an open recording: ruler, waveform and lanes on one axis. */

import { h } from "../dom.js";
import { time } from "../format.js";
import { texts } from "../texts.js";
import { Axis } from "./axis.js";
import { hover } from "./hover.js";
import { laneCanvas } from "./lane_canvas.js";
import { laneNames } from "./lane_names.js";
import { lanesOf } from "./lanes.js";
import { oncePerFrame } from "./once_per_frame.js";
import { playhead } from "./playhead.js";
import { ruler, RULER_PX } from "./ruler.js";
import { scroller } from "./scroller.js";
import { asSlider } from "./slider.js";
import { waveform, WAVEFORM_PX } from "./waveform.js";
import { zoomButtons, zoomByHand } from "./zoom.js";

const LANES_TOP_PX = RULER_PX + WAVEFORM_PX;

/** {element, zoom(factor), fit()}; what it listens to ends with the signal. */
export function timeline(open, { signal }) {
  const axis = new Axis();
  let lanes = lanesOf(open);
  const parts = [ruler(axis), waveform(open, axis, { signal }), laneCanvas(open, axis, () => lanes)];
  const [, , canvas] = parts;
  const head = playhead(open, axis, { signal });
  const { element: scroll, view } = scroller(axis, { signal }, parts.map((part) => part.element), head.elements);
  const zoom = (factor) => axis.zoom(factor, within(open.timeS, axis) ? open.timeS : undefined);
  const names = laneNames(() => lanes, zoomButtons(axis, zoom));
  const { line, card } = hover(view, axis, (seconds, y) => tell(open, canvas.laneAt(y - LANES_TOP_PX), seconds), { signal });
  view.append(line);

  const draw = oncePerFrame(() => [...parts, names, head].forEach((part) => part.draw()), { signal });
  const drawLanes = oncePerFrame(() => canvas.draw(), { signal });
  axis.addEventListener("change", draw, { signal });
  open.addEventListener("peaks", draw, { signal });
  for (const event of ["segments", "summary", "current", "select"]) open.addEventListener(event, drawLanes, { signal });
  for (const event of ["detail", "segments", "time"]) open.addEventListener(event, () => axis.measure({ durationS: open.durationS }), { signal });
  open.addEventListener("detail", () => { lanes = lanesOf(open); draw(); }, { signal });
  document.addEventListener("soniclayer:theme", () => { parts.forEach((part) => part.restyle()); draw(); }, { signal });

  asSlider(scroll, open, { signal });
  zoomByHand(scroll, axis, { signal });
  seekByMouse(view, open, axis, { signal });
  names.draw();
  axis.measure({ durationS: open.durationS });
  const element = h("section.timeline", { "aria-label": texts.timeline.name }, names.element, scroll, card);
  return { element, zoom, fit: () => axis.fit() };
}

/** A click on a lane goes to the segment there, one above the lanes to that very time; above them the mouse can also drag. */
function seekByMouse(view, open, axis, { signal }) {
  const at = (event) => {
    const place = view.getBoundingClientRect();
    return { seconds: axis.seconds(event.clientX - place.left), onLanes: event.clientY - place.top >= LANES_TOP_PX };
  };
  view.addEventListener("click", (event) => {
    const { seconds, onLanes } = at(event);
    const report = open.segmentAt(seconds);
    if (report) open.select(report.segment.segment_id, { seek: onLanes });
    if (!report || !onLanes) open.seek(seconds);
  }, { signal });
  view.addEventListener("pointermove", (event) => {
    const { seconds, onLanes } = at(event);
    if (event.pointerType === "mouse" && event.buttons === 1 && !onLanes && !open.audio.seeking) open.seek(seconds);
  }, { signal });
}

function tell(open, lane, seconds) {
  const report = open.segmentAt(seconds);
  const span = report && lane ? texts.timeline.span(time(report.segment.start_s), time(report.segment.end_s)) : time(seconds);
  const title = lane ? `${lane.name} · ${span}` : span;
  return { title, lines: lane ? lane.tell(report, seconds) : [] };
}

const within = (seconds, axis) => seconds >= axis.startS && seconds <= axis.endS;
