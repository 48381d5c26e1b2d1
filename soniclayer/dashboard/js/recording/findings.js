/** What was measured of a recording: language, speech, loudness, dead air. */

import { loudnessScale } from "../charts/loudness_scale.js";
import { h } from "../dom.js";
import { percent, time } from "../format.js";
import { texts } from "../texts.js";

const LIKELY_LANGUAGE = 0.6; // export/plain.py tells where from
const SHOWN_AT_ONCE = 6;

/** A list of facts from a Summary; those that are not known yet are left out. */
export function findings(summary, open) {
  const { duration_s: durationS, speech_s: speechS, loudness_lufs: loudness, dead_air: deadAir } = summary;
  return h("dl.facts", null,
    summary.language !== undefined && fact(texts.summary.language, languageText(summary)),
    open.segments.length > 0 && fact(texts.summary.speech, texts.summary.speechOf(time(speechS), durationS ? percent(Math.min(1, speechS / durationS)) : null)),
    loudness !== undefined && fact(texts.summary.loudness, loudness === null ? texts.summary.tooQuiet : loudnessScale(loudness)),
    deadAir && fact(texts.summary.deadAir, deadAir.length ? deadAirList(deadAir, open) : texts.summary.noDeadAir));
}

/** "English", "Arabic (a guess)", or that there is none. */
export function languageText({ language, language_probability: probability }) {
  if (!language) return texts.summary.noLanguage;
  const name = nameOf(language);
  return probability !== null && probability < LIKELY_LANGUAGE ? texts.summary.guessed(name) : name;
}

function nameOf(code) {
  try {
    return new Intl.DisplayNames("en", { type: "language" }).of(code);
  } catch {
    return code;
  }
}

function fact(name, value) {
  return [h("dt", null, name), h("dd", null, value)];
}

function deadAirList(spans, open) {
  const button = (span) => h("button.button.moment", { type: "button", dataset: { keep: `dead-air ${span.start_s}` }, onclick: () => open.seek(span.start_s) },
    texts.summary.deadAirAt(Math.round(span.end_s - span.start_s), time(span.start_s)));
  const [first, more] = [spans.slice(0, SHOWN_AT_ONCE), spans.slice(SHOWN_AT_ONCE)];
  return [h("div.moments", null, first.map(button)),
    more.length > 0 && h("details", { dataset: { keep: "dead-air" } }, h("summary", null, texts.summary.more(more.length)), h("div.moments", null, more.map(button)))];
}
