/** What was measured of two recordings, in a table. */

import { againstUsual } from "../charts/loudness_scale.js";
import { h } from "../dom.js";
import { date, percent, time } from "../format.js";
import { languageText } from "../recording/findings.js";
import { texts } from "../texts.js";
import { sideMark } from "./side_mark.js";

/** A row per measure, a column per recording. */
export function measuresCompared(sides) {
  const rows = [
    [texts.compare.length, (side) => (lengthOf(side) ? time(lengthOf(side)) : unknown())],
    [texts.compare.sent, ({ detail }) => date(detail.uploaded_at)],
    [texts.compare.state, ({ detail }) => texts.states[detail.state]],
    [texts.compare.speech, speech],
    [texts.compare.language, ({ summary }) => (summary.language === undefined ? unknown() : languageText(summary))],
    [texts.compare.loudness, ({ summary }) => loudness(summary.loudness_lufs)],
    [texts.compare.deadAir, ({ summary }) => deadAir(summary.dead_air)],
  ];
  const names = sides.map(({ detail }, place) => h("th", { scope: "col" }, sideMark(place), " ", h("span", { dir: "auto" }, detail.name)));
  return h("section.card", null, h("h2", null, texts.compare.measured), h("table.measures", null,
    h("thead", null, h("tr", null, h("td"), names)),
    h("tbody", null, rows.map(([name, valueOf]) => h("tr", null, h("th", { scope: "row" }, name), sides.map((side) => h("td", null, valueOf(side))))))));
}

const lengthOf = ({ detail, summary }) => summary.duration_s ?? detail.progress.total_s;

function speech({ detail, summary }) {
  const durationS = lengthOf({ detail, summary });
  return texts.summary.speechOf(time(summary.speech_s), durationS ? percent(Math.min(1, summary.speech_s / durationS)) : null);
}

function loudness(lufs) {
  if (lufs === undefined) return unknown();
  return lufs === null ? texts.summary.tooQuiet : [h("span.number", null, texts.summary.lufs(lufs)), h("br"), h("span.faint", null, againstUsual(lufs))];
}

function deadAir(spans) {
  return spans ? texts.compare.deadAirOf(spans.length, Math.round(spans.reduce((sum, span) => sum + span.end_s - span.start_s, 0))) : unknown();
}

const unknown = () => h("span.faint", null, texts.compare.unknown);
