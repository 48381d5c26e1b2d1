/** Shares of two recordings on one scale. */

import { shareBar } from "../charts/shares.js";
import { h } from "../dom.js";
import { percent } from "../format.js";
import { texts } from "../texts.js";
import { sideMark } from "./side_mark.js";

/** Every name of either, the largest share first; `what` is the field of the summaries. */
export function sharesCompared(title, sides, what) {
  const shares = sides.map(({ summary }) => new Map(summary[what]));
  const shareOf = (name) => shares.map((map) => map.get(name) ?? 0);
  const names = [...new Set(shares.flatMap((map) => [...map.keys()]))].sort((one, other) => Math.max(...shareOf(other)) - Math.max(...shareOf(one)));
  const largest = Math.max(0, ...names.flatMap(shareOf));
  return h("section.card", null, h("h2", null, title), h("p.faint", null, names.length ? texts.compare.ofSpeech : texts.compare.nothingSaid),
    h("ul.shares-compared", null, names.map((name) => h("li", null, h("span.share-name", { dir: "auto" }, name),
      h("div.share-pair", null, shareOf(name).map((share, place) => line(share, place, largest)))))));
}

function line(share, place, largest) {
  return h("div.share-line", { dataset: { side: place } }, sideMark(place), shareBar(share, largest), h("span.share-number.number", null, percent(share)));
}
