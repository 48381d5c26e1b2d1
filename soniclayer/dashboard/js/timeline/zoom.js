/** Larger and smaller: buttons, wheel and pinch. */

import { h, icon } from "../dom.js";
import { texts } from "../texts.js";

export const ZOOM_STEP = 1.6;

const WHEEL_SPEED = 0.01;
const LINE_PX = 16;

/** Buttons for an axis; zooming keeps the place that is heard where it is, if it is in sight. */
export function zoomButtons(axis, zoom) {
  const fit = h("button.button.plain.small", { type: "button", title: texts.timeline.zoom.fitHint, onclick: () => axis.fit() }, texts.timeline.zoom.fit);
  const [out, closer] = [button("zoomOut", texts.timeline.zoom.out, () => zoom(1 / ZOOM_STEP)), button("zoomIn", texts.timeline.zoom.closer, () => zoom(ZOOM_STEP))];
  const element = h("div.zoom-buttons", { role: "group", "aria-label": texts.timeline.zoom.name }, out, closer, fit);
  function draw() {
    for (const [which, off] of [[out, axis.fits], [fit, axis.fits], [closer, axis.closest]]) which.setAttribute("aria-disabled", String(off));
  }
  axis.addEventListener("change", draw);
  draw();
  return element;
}

const button = (mark, label, run) => h("button.button.plain.small", { type: "button", title: label, "aria-label": label, onclick: run }, icon(mark));

/** Zoom around the mouse at ctrl and wheel (which is what a pinch on a touchpad sends), and between two fingers. */
export function zoomByHand(element, axis, { signal }) {
  const xIn = (clientX) => clientX - element.getBoundingClientRect().left;
  element.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const px = event.deltaY * (event.deltaMode ? LINE_PX : 1);
    axis.zoom(Math.exp(-Math.max(-60, Math.min(60, px)) * WHEEL_SPEED), axis.seconds(xIn(event.clientX)));
  }, { signal, passive: false });
  let apart = 0;
  element.addEventListener("touchmove", (event) => {
    if (event.touches.length !== 2) return;
    event.preventDefault();
    const [one, other] = event.touches;
    const now = Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
    if (apart) axis.zoom(now / apart, axis.seconds(xIn((one.clientX + other.clientX) / 2)));
    apart = now;
  }, { signal, passive: false });
  for (const end of ["touchend", "touchcancel"]) element.addEventListener(end, () => { apart = 0; }, { signal });
}
