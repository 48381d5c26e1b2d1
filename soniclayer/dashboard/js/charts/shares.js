/** Parts of a whole: a name, a bar and per cent each. */

import { h } from "../dom.js";
import { percent } from "../format.js";

/** A list of [name, share 0-1]; `largest` is the share that fills a bar. */
export function shares(pairs, largest = Math.max(0, ...pairs.map(([, share]) => share))) {
  return h("ul.shares", null, pairs.map(([name, share]) => h("li.share", null,
    h("span.share-name", { dir: "auto" }, name), shareBar(share, largest), h("span.share-number.number", null, percent(share)))));
}

/** The bar alone; its number has to stand beside it. */
export function shareBar(share, largest) {
  const width = largest > 0 ? (share / largest) * 100 : 0;
  return h("span.share-room", { "aria-hidden": "true" }, h("span.share-bar", { style: { width: `${width}%` } }));
}
