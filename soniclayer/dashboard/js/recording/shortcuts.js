/** The keys of the recording page. */

import { onKeys } from "../keys.js";
import { texts } from "../texts.js";
import { stepSpeed } from "../player/player_bar.js";
import { leap, stepSegment } from "../player/steps.js";
import { ZOOM_STEP } from "../timeline/zoom.js";

/** Have them act on an open recording and its timeline until the signal aborts. */
export function recordingKeys(open, { zoom, fit }, { signal }) {
  const { keys } = texts.timeline;
  onKeys(keys.section, [
    { keys: [" "], text: keys.toggle, run: () => open.toggle() },
    { keys: ["ArrowLeft"], text: keys.back, run: () => leap(open, -1) },
    { keys: ["ArrowRight"], text: keys.forth, run: () => leap(open, 1) },
    { keys: ["j"], text: keys.next, run: () => stepSegment(open, 1) },
    { keys: ["k"], text: keys.previous, run: () => stepSegment(open, -1) },
    { keys: ["Home"], text: keys.home, run: () => open.seek(0) },
    { keys: ["End"], text: keys.end, run: () => open.seek(open.durationS) },
    { keys: ["+", "="], text: keys.closer, run: () => zoom(ZOOM_STEP) },
    { keys: ["-"], text: keys.out, run: () => zoom(1 / ZOOM_STEP) },
    { keys: ["0"], text: keys.fit, run: fit },
    { keys: [","], text: keys.slower, run: () => stepSpeed(open, -1) },
    { keys: ["."], text: keys.faster, run: () => stepSpeed(open, 1) },
  ], { signal });
}
