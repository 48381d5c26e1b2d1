/** Segments in time order: finding and merging them. */

/** The place of the last SegmentReport that begins at or before a time; -1 where none does. */
export function indexAt(reports, seconds) {
  let [low, high] = [0, reports.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (reports[middle].segment.start_s <= seconds) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The SegmentReports with those of `news` in place of all of the same window. */
export function merged(reports, news, window) {
  const others = reports.filter((report) => windowOf(report) !== window);
  return [...others, ...news].sort((one, other) => one.segment.start_s - other.segment.start_s);
}

/** An id begins with the number of its window: "0001.03". */
const windowOf = ({ segment }) => Number.parseInt(segment.segment_id, 10);
