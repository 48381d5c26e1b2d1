/** Numbers, times and dates as people read them. */

/** 3725.4 → "1:02:05"; 65 → "1:05". */
export function time(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const tail = `${String(rest).padStart(2, "0")}`;
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${tail}` : `${minutes}:${tail}`;
}

/** 1536 → "1.5 kB", as file managers count. */
export function bytes(count) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const step = count < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(count) / 3));
  return `${(count / 1000 ** step).toFixed(step ? 1 : 0)} ${units[step]}`;
}

/** 0.734 → "73 %". */
export const percent = (share) => `${Math.round(share * 100)} %`;

/** 3.456 → "3.5"; of null "–". */
export const score = (value) => (value === null || value === undefined ? "–" : shown(value).toFixed(1));

/**
 * A name from outside, fit to stand within a sentence: one line, without characters that nobody sees and that steer the
 * order in which the rest is read.
 */
export const oneLine = (text) => text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ").replace(/(?![\u200c\u200d])\p{Cf}/gu, "").trim();

/** The colour of a score is that of the number that is shown, rounded, "1" to "5"; "" where there is none. */
export const scoreStep = (value) => (value === null || value === undefined ? "" : String(Math.min(5, Math.max(1, Math.round(shown(value))))));

/** ISO 8601 → "23 Nov 2026, 14:05", in the time of who looks. */
export const date = (iso) => new Date(iso).toLocaleString("en-GB", { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" });

/** With one decimal, halves up, as a person would round it. */
const shown = (value) => Math.round(value * 10) / 10;
