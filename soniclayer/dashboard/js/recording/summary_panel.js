/** What is told of a recording as a whole; while it is worked on, so far. */

import { shares } from "../charts/shares.js";
import { h, icon } from "../dom.js";
import { loadingState } from "../states.js";
import { texts } from "../texts.js";
import { audience } from "./audience.js";
import { findings } from "./findings.js";
import { reEvaluate } from "./re_evaluate.js";
import { redraw } from "./redraw.js";
import { summaryOf } from "./so_far.js";
import { judges } from "./judges.js";

/** The element; what it listens to ends with the signal. */
export function summaryPanel(open, { signal }) {
  const body = h("div.summary-body");
  const again = reEvaluate(open, { signal });
  let drawn = "";
  for (const event of ["detail", "segments", "summary"]) open.addEventListener(event, draw, { signal });
  draw();
  return h("section.summary-panel.card", { "aria-label": texts.summary.title }, h("div.part-head", null, h("h2", null, texts.summary.title), again), body);

  function draw() {
    const version = JSON.stringify([open.detail?.state, open.summary, open.personas, open.summary ? open.segments.length : summaryOf(open.segments, open.personas)]);
    if (version === drawn) return;
    drawn = version;
    redraw(body, open.detail ? content(open) : loadingState());
  }
}

function content(open) {
  const { detail, segments } = open;
  const summary = open.summary ?? summaryOf(segments, open.personas);
  if (!segments.length && !open.summary) return nothingYet(detail);
  const judged = summary.personas.some(({ mean_score: mean }) => mean !== null);
  return [
    progressNote(open),
    findings(summary, open),
    h("h3", null, texts.summary.audiences),
    judged ? [h("div.audiences", null, summary.personas.map((persona) => audience(persona, open))), judges(summary, segments)] : h("p.faint", null, unjudged(open)),
    h("div.share-parts", null, sharePart(texts.summary.topics, summary.topic_shares), sharePart(texts.summary.tones, summary.tone_shares)),
  ];
}

const nothingYet = ({ ended }) => h("p.faint", null, ended ? texts.summary.nothing : texts.summary.waiting);

function progressNote({ detail, summary }) {
  if (detail.ended) return summary ? null : h("p.notice.warn", null, icon("warning"), texts.summary.stopped);
  return h("p.notice", null, h("span.badge", null, texts.summary.soFar), " ", summary ? texts.summary.judgedAgain : texts.summary.coming);
}

function unjudged({ detail, segments }) {
  if (!detail.ended) return texts.summary.scoresComing;
  return segments.some(({ segment }) => segment.kind === "speech") ? texts.summary.noScores : texts.summary.noSpeech;
}

function sharePart(title, pairs) {
  return pairs.length > 0 && h("section.share-part", null, h("h3", null, title), h("p.faint", null, texts.summary.ofSpeech), shares(pairs));
}
