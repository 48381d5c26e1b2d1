/** What each persona says of a segment, and who has said it. */

import { scoreBadge } from "../charts/score_badge.js";
import { h, icon } from "../dom.js";
import { percent } from "../format.js";
import { explainFailure } from "../problems.js";
import { texts } from "../texts.js";

/** An entry for each persona that is wanted, in their order, also where one has not judged yet. */
export function segmentOpinions(report, open) {
  return h("div.opinions", null, h("h3", null, texts.segment.opinions), open.personas.map(({ name, title }) => {
    const evaluation = report.evaluations.find(({ persona }) => persona === name);
    return evaluation ? opinion(evaluation, title) : missing(report, open, name, title);
  }));
}

function opinion({ persona, score, confidence, opinion: said, rationale, note, source, provisional, origin }, title) {
  return h("article.opinion", null,
    h("header", null, scoreBadge(score), h("h4", null, title), sourceBadge(source, provisional)),
    h("p.opinion-said", { dir: "auto" }, said),
    note && line(texts.segment.note, note),
    h("details", { dataset: { keep: `why ${persona}` } }, h("summary", null, texts.segment.why),
      rationale && line(texts.segment.rationale, rationale),
      h("p.faint", null, texts.segment.confidence(percent(confidence))),
      provisional && h("p.faint", null, texts.segment.provisional),
      originLines(source, origin)));
}

function missing({ segment }, { detail }, name, title) {
  const step = `evaluate.${segment.segment_id.split(".")[0]}.${name}`;
  const failure = detail?.failures.find((failed) => failed.step === step);
  const why = failure ? explainFailure(failure) : detail?.ended ? texts.segment.neverJudged : texts.segment.notYetJudged;
  return h("article.opinion", null, h("header", null, scoreBadge(null), h("h4", null, title)), h("p", { class: failure ? "notice warn" : "faint" }, failure && icon("warning"), why));
}

function sourceBadge(source, provisional) {
  if (provisional) return h("span.badge.warn", { title: texts.segment.provisional }, texts.segment.provisionalBadge);
  return h("span.badge", { title: texts.segment.sourceMeans[source] }, texts.segment.sources[source] ?? source);
}

const line = (name, text) => h("p", null, h("span.faint", null, `${name} `), h("span", { dir: "auto" }, text));

function originLines(source, origin) {
  if (!origin) return h("p.faint", null, texts.segment.sourceMeans[source]);
  const { flow, flow_fingerprint: fingerprint, model, latency_s: latencyS, attempts } = origin;
  const facts = [[texts.segment.flow, flow], [texts.segment.version, fingerprint?.slice(0, 12)], [texts.segment.model, model], [texts.segment.took, texts.segment.latencyS(latencyS, attempts)]];
  return h("dl.facts.small", null, facts.filter(([, value]) => value).map(([name, value]) => [h("dt", null, name), h("dd", null, value)]));
}
