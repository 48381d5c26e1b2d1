/** The transcript goes along with what is heard, until the person scrolls it: then there is a way back. */

import { h, icon } from "../dom.js";
import { texts } from "../texts.js";

const SCROLLING_KEYS = new Set(["PageUp", "PageDown", "Home", "End", "ArrowUp", "ArrowDown"]);

/** {element, stop()} for a WindowedList whose keys are segment ids; `element` shows only when it does not go along. */
export function followPlaying(open, list, { signal }) {
  let following = true;
  const element = h("button.button.primary.follow", { type: "button", hidden: true, onclick: start }, icon("down"), texts.transcript.follow);

  for (const event of ["wheel", "touchmove"]) list.element.addEventListener(event, stop, { passive: true, signal });
  list.element.addEventListener("pointerdown", (event) => event.target === list.element && stop(), { signal });
  list.element.addEventListener("keydown", (event) => SCROLLING_KEYS.has(event.key) && stop(), { signal });
  open.audio.addEventListener("seeking", start, { signal });
  open.addEventListener("current", () => following && go(), { signal });
  open.addEventListener("play", show, { signal });
  return { element, stop };

  function start() {
    following = true;
    show();
    go();
  }

  function stop() {
    following = false;
    show();
  }

  function go() {
    if (open.current) list.reveal(open.current.segment.segment_id);
  }

  function show() {
    element.hidden = following || !open.playing;
  }
}
