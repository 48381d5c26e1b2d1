/** Finding what was said: the browser's own search does not see what is not in the document. */

const folded = new WeakMap();

/** Every place of `sought` in the SegmentReports: {segmentId, place, from, to}, words from `from` to `to`; case and accents do not count. */
export function matchesOf(reports, sought) {
  const wanted = fold(sought).trim();
  return wanted ? reports.flatMap((report, place) => matchesIn(report, place, wanted)) : [];
}

function matchesIn(report, place, wanted) {
  const { text, ends } = foldedText(report.segment);
  const found = [];
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + wanted.length)) {
    const from = ends.findIndex((end) => end > at);
    const to = ends.findIndex((end) => end >= at + wanted.length);
    found.push({ segmentId: report.segment.segment_id, place, from, to });
  }
  return found;
}

/** The words joined, folded, and where each ends in that. */
function foldedText(segment) {
  let known = folded.get(segment);
  if (!known) {
    const words = segment.words.length ? segment.words.map(({ text }) => fold(text)) : [fold(segment.text)];
    let end = 0;
    known = { text: words.join(""), ends: words.map((word) => (end += word.length)) };
    folded.set(segment, known);
  }
  return known;
}

const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
