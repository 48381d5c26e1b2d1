/** Steps through a recording. */

import { indexAt } from "../recording/segment_order.js";

/** Within so many seconds of its start, "previous" means the segment before. */
const FRESH_S = 2;
const SHORT_S = 0.02;
const LEAP_S = 5;

/** Five seconds on (`by` 1) or back (-1). */
export function leap(open, by) {
  open.seek(open.timeS + by * LEAP_S);
}

/** Hear and select the next segment (`by` 1) or the previous one (-1). */
export function stepSegment(open, by) {
  const here = indexAt(open.segments, open.timeS + SHORT_S);
  const midway = by < 0 && open.playing && here >= 0 && open.timeS - open.segments[here].segment.start_s > FRESH_S;
  const report = open.segments[midway ? here : Math.max(0, here + by)];
  if (report) open.select(report.segment.segment_id, { seek: true });
}
