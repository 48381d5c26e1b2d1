/** What each persona thinks of two recordings. */

import { distribution } from "../charts/distribution.js";
import { scoreBadge } from "../charts/score_badge.js";
import { h } from "../dom.js";
import { score, time } from "../format.js";
import { recordingHash } from "../router.js";
import { texts } from "../texts.js";
import { sideMark } from "./side_mark.js";

/** A part per persona: both means and their difference, both distributions on one scale, the best moment of each. */
export function audiencesCompared(sides) {
  const titles = new Map(sides.flatMap(({ summary }) => summary.personas.map(({ persona, title }) => [persona, title])));
  return h("section.card.compare-audiences", null, h("h2", null, texts.compare.audiences), [...titles].map(([name, title]) => audience(name, title, sides)));
}

function audience(name, title, sides) {
  const found = sides.map(({ summary }) => summary.personas.find(({ persona }) => persona === name));
  const counts = found.map((persona) => persona?.distribution ?? []);
  const totals = counts.map((list) => list.reduce((sum, count) => sum + count, 0));
  const largest = Math.max(...counts.flatMap((list, place) => list.map((count) => count / Math.max(1, totals[place]))));
  return h("article.compare-audience", null, h("header", null, h("h3", null, title), h("span.faint", null, difference(found.map((persona) => persona?.mean_score ?? null)))),
    h("div.compare-pair", null, sides.map((side, place) => half(side, place, found[place], totals[place], largest))));
}

function difference([one, other]) {
  if (one === null && other === null) return texts.compare.nobody;
  if (one === null || other === null) return texts.compare.onlyOne(texts.compare.names[one === null ? 1 : 0]);
  if (score(one) === score(other)) return texts.compare.alike;
  return texts.compare.better(texts.compare.names[one > other ? 0 : 1], score(Math.abs(score(one) - score(other))));
}

function half(side, place, persona, total, largest) {
  const mark = sideMark(place);
  if (!total) return h("div.compare-half", null, h("p.half-mean", null, mark, h("span.faint", null, texts.compare.notJudged)));
  return h("div.compare-half", null,
    h("p.half-mean", null, mark, scoreBadge(persona.mean_score), h("span.faint", null, texts.compare.of(total))),
    distribution(persona.distribution, largest * total), bestMoment(side, persona));
}

function bestMoment(side, { persona, best }) {
  const report = side.segments.find(({ segment }) => segment.segment_id === best[0]);
  if (!report) return null;
  const { segment, evaluations } = report;
  return h("p.best-moment", null, h("span.faint", null, `${texts.compare.bestMoment} `), scoreBadge(evaluations.find((one) => one.persona === persona)?.score ?? null), " ",
    h("a.number", { href: recordingHash(side.id, segment.start_s), dataset: { keep: `best ${side.id} ${persona}` } }, time(segment.start_s)), " ",
    h("q", { dir: "auto", lang: side.summary.language ?? null }, segment.text));
}
