/** One segment as the transcript shows it. */

import { scoreBadge } from "../charts/score_badge.js";
import { h, icon, replace } from "../dom.js";
import { time } from "../format.js";
import { texts } from "../texts.js";
import { initials } from "./initials.js";
import { tagName } from "./segment_labels.js";

/** Fill a row with a SegmentReport; `personas` are {name, title}[], `language` an ISO 639-1 code or null. */
export function fillRow(row, report, { personas, language, onPlay }) {
  const { segment } = report;
  row.dataset.kind = segment.kind;
  row.classList.toggle("turn", segment.turn);
  const start = h("button.line-time.number", { type: "button", tabindex: "-1", "aria-label": texts.transcript.playFrom(time(segment.start_s)), onclick: onPlay }, time(segment.start_s));
  replace(row, start, h("div.line-body", null, segment.kind === "speech" ? spoken(report, personas, language) : quiet(segment)));
}

/** What a row shows, but for its words, which never change. */
export function rowVersion({ segment, topic, tone, tags, evaluations }, personas, language) {
  return JSON.stringify([segment.text, segment.suspicious, topic?.name, tone?.name, tags, evaluations.map(({ persona, score }) => [persona, score]), personas, language]);
}

/** The word elements of a row, in the order of its segment's words. */
export const wordsOf = (row) => row.getElementsByClassName("word");

function spoken(report, personas, language) {
  const { segment } = report;
  const words = segment.words.length ? segment.words.map(wordElement) : segment.text;
  return [
    segment.turn && h("span.unseen", null, texts.transcript.turn),
    h("p.line-text", { dir: "auto", lang: language }, words),
    segment.suspicious && h("p.line-doubt", null, icon("warning"), texts.transcript.suspicious),
    h("div.line-facts", null, labels(report), scores(report, personas)),
  ];
}

/** The space before a word stays outside of it: it is not to light up. */
function wordElement({ text }, index) {
  const word = text.trimStart();
  return [index > 0 && text.slice(0, text.length - word.length), h("span.word", { dataset: { word: index } }, word)];
}

function labels({ topic, tone, tags }) {
  return h("span.line-labels", null,
    topic && h("span.badge", { title: texts.segment.topic }, topic.name),
    tone && h("span.badge", { title: texts.segment.tone }, tone.name),
    tags.map((tag) => h("span.badge.warn", { title: tag.evidence }, icon("warning"), tagName(tag.name))));
}

function scores({ evaluations }, personas) {
  const given = personas.map(({ name, title }) => ({ title, evaluation: evaluations.find(({ persona }) => persona === name) })).filter(({ evaluation }) => evaluation);
  return h("span.line-scores", null, given.map(({ title, evaluation }) => h("span.line-score", { title },
    h("span.faint", { "aria-hidden": "true" }, initials(title)), scoreBadge(evaluation.score, title))));
}

function quiet({ kind, start_s: startS, end_s: endS }) {
  return h("p.line-quiet.faint", null, texts.transcript.quiet(texts.kinds[kind], Math.round(endS - startS)));
}
