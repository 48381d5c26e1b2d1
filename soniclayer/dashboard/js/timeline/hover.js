/** What stands under the mouse: a line at its time, and what the lane there says. */

import { h, replace } from "../dom.js";
import { time } from "../format.js";

const AWAY_PX = 14;

/** {elements}: shown while the mouse is over `view`; `tellAt(seconds, y)` gives {title, lines}, or null. */
export function hover(view, axis, tellAt, { signal }) {
  const line = h("div.hover-line", { hidden: true, "aria-hidden": "true" });
  const card = h("div.hover-card", { hidden: true, "aria-hidden": "true" });
  const hide = () => { line.hidden = card.hidden = true; };

  view.addEventListener("pointermove", (event) => {
    if (event.pointerType === "touch") return hide();
    const place = view.getBoundingClientRect();
    const [x, y] = [event.clientX - place.left, event.clientY - place.top];
    const seconds = axis.seconds(x);
    const told = tellAt(seconds, y);
    line.hidden = false;
    line.style.setProperty("transform", `translateX(${x}px)`);
    replace(card, h("div.hover-time", null, told?.title ?? time(seconds)), (told?.lines ?? []).filter(Boolean).map((text) => h("div", null, text)));
    card.hidden = false;
    put(card, event.clientX, event.clientY);
  }, { signal });
  for (const end of ["pointerleave", "pointercancel"]) view.addEventListener(end, hide, { signal });
  addEventListener("scroll", hide, { signal, passive: true });
  return { line, card };
}

/** Beside the mouse, and inside the window. */
function put(card, x, y) {
  const { width, height } = card.getBoundingClientRect();
  const left = x + AWAY_PX + width > innerWidth ? x - AWAY_PX - width : x + AWAY_PX;
  const top = y + AWAY_PX + height > innerHeight ? y - AWAY_PX - height : y + AWAY_PX;
  card.style.setProperty("transform", `translate(${Math.max(4, left)}px, ${Math.max(4, top)}px)`);
}
