/** Where it is heard: a line over waveform and lanes, and what has been heard before it. */

import { h } from "../dom.js";

/** {elements, draw()} of an open recording on an axis; while it plays, what is shown follows. */
export function playhead(open, axis, { signal }) {
  const line = h("div.playhead", { "aria-hidden": "true" });
  const heard = h("div.heard", { "aria-hidden": "true" });
  let follows = true;
  let lastS = open.timeS;

  function draw() {
    const x = axis.x(open.timeS);
    line.hidden = x < 0 || x > axis.widthPx;
    line.style.setProperty("transform", `translateX(${x}px)`);
    heard.style.setProperty("width", `${Math.max(0, Math.min(axis.widthPx, x))}px`);
  }
  function follow() {
    const before = lastS;
    lastS = open.timeS;
    const inSight = (seconds) => seconds >= axis.startS && seconds <= axis.endS;
    const jumped = Math.abs(lastS - before) > 1;
    if (inSight(lastS)) follows = true;
    else if (jumped || (follows && open.playing && inSight(before))) axis.reveal(lastS);
    else follows = false; // who looks elsewhere is left alone
    draw();
  }
  open.addEventListener("time", follow, { signal });
  return { elements: [heard, line], draw };
}
