/** How loud something is, beside what is usual. */

import { h } from "../dom.js";
import { texts } from "../texts.js";

// EBU R 128: programmes have -23 LUFS, live ones within 1 LU.
const USUAL_LUFS = -23;
const TOLERANCE_LU = 1;
const [QUIETEST, LOUDEST] = [-41, -5];

/** The number, a scale with the usual place on it, and what the difference is in words. */
export function loudnessScale(lufs) {
  return h("div.loudness", null,
    h("strong.number", null, texts.summary.lufs(lufs)),
    h("span.loudness-scale", { "aria-hidden": "true" },
      h("span.loudness-usual", { style: { left: place(USUAL_LUFS - TOLERANCE_LU), right: `calc(100% - ${place(USUAL_LUFS + TOLERANCE_LU)})` } }),
      h("span.loudness-mark", { style: { left: place(lufs) } })),
    h("span.faint", null, againstUsual(lufs)));
}

/** "as usual …", "6.9 LU louder than usual …". */
export function againstUsual(lufs) {
  const difference = lufs - USUAL_LUFS;
  if (Math.abs(difference) <= TOLERANCE_LU) return texts.summary.usual(USUAL_LUFS);
  return (difference > 0 ? texts.summary.louder : texts.summary.quieter)(Math.abs(difference).toFixed(1), USUAL_LUFS);
}

function place(lufs) {
  const share = (Math.min(LOUDEST, Math.max(QUIETEST, lufs)) - QUIETEST) / (LOUDEST - QUIETEST);
  return `${share * 100}%`;
}
