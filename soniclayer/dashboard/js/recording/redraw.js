/** Drawing a part of the page again while somebody uses it. */

import { replace } from "../dom.js";

/** Other content, in which what has the focus and what is unfolded stays so: told by `data-keep`. */
export function redraw(element, ...content) {
  const focused = element.contains(document.activeElement) ? document.activeElement.dataset.keep : undefined;
  const unfolded = new Set([...element.querySelectorAll("details[open][data-keep]")].map((details) => details.dataset.keep));
  replace(element, ...content);
  for (const kept of element.querySelectorAll("[data-keep]")) {
    if (unfolded.has(kept.dataset.keep)) kept.open = true;
    if (focused !== undefined && kept.dataset.keep === focused) kept.focus({ preventScroll: true });
  }
}
