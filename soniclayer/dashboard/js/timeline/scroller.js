/** What shows a stretch of the axis, and scrolls along it as everything in the browser does. */

import { h } from "../dom.js";

const NOTICED_PX = 1;

/** {element, view}: `view` stays where it is and is as wide as what is seen; what is in it draws what the axis says. */
export function scroller(axis, { signal }, ...content) {
  const view = h("div.timeline-view", null, ...content);
  const extent = h("div.timeline-extent", null, view);
  const element = h("div.timeline-scroll", null, extent);
  const sizes = new ResizeObserver(() => axis.measure({ widthPx: element.clientWidth }));
  sizes.observe(element);
  signal.addEventListener("abort", () => sizes.disconnect(), { once: true });

  let scrolledPx = 0;
  axis.addEventListener("change", () => {
    extent.style.setProperty("width", axis.fits ? "100%" : `${axis.extentPx}px`);
    view.style.setProperty("width", `${axis.widthPx}px`);
    const wantedPx = axis.startS * axis.pxPerS;
    if (Math.abs(wantedPx - scrolledPx) > NOTICED_PX) element.scrollLeft = scrolledPx = wantedPx;
  }, { signal });
  element.addEventListener("scroll", () => {
    if (Math.abs(element.scrollLeft - scrolledPx) <= NOTICED_PX) return;
    scrolledPx = element.scrollLeft;
    if (!axis.fits) axis.scrollTo(scrolledPx / axis.pxPerS);
  }, { signal });
  return { element, view };
}
