/** The player: play, segment by segment, where it is, how fast. */

import { h, icon, replace } from "../dom.js";
import { time } from "../format.js";
import { texts } from "../texts.js";
import { keepPlaying } from "./playback.js";
import { stepSegment } from "./steps.js";

const SPEEDS = [0.75, 1, 1.25, 1.5, 2];

/** The element of an open recording; what it listens to ends with the signal. */
export function playerBar(open, { signal }) {
  const { player } = texts.timeline;
  const play = h("button.button.primary.play", { type: "button", onclick: () => open.toggle() });
  const now = h("span.player-now.number");
  const place = h("span.player-place.faint");
  const sound = h("span.player-sound", { role: "status" });
  const element = h(
    "div.player", { role: "group", "aria-label": player.name },
    button("previous", player.previous, () => stepSegment(open, -1)), play, button("next", player.next, () => stepSegment(open, 1)),
    now, place, sound, speedChoice(open, { signal }),
  );

  function showTime() {
    const text = `${time(open.timeS)} / ${time(open.durationS)}`;
    if (now.textContent !== text) now.textContent = text;
  }
  function showPlay() {
    const label = open.playing ? player.pause : player.play;
    replace(play, icon(open.playing ? "pause" : "play"));
    play.title = label;
    play.setAttribute("aria-label", label);
  }
  function showPlace() {
    place.textContent = whatIs(open.current);
  }
  for (const event of ["time", "detail", "segments"]) open.addEventListener(event, showTime, { signal });
  for (const event of ["current", "segments"]) open.addEventListener(event, showPlace, { signal });
  open.addEventListener("play", showPlay, { signal });
  keepPlaying(open, ({ text, retry }) => showSound(sound, text, retry), { signal });
  [showTime, showPlay, showPlace].forEach((show) => show());
  return element;
}

const button = (mark, label, run) => h("button.button.plain", { type: "button", title: label, "aria-label": label, onclick: run }, icon(mark));

/** Hear it one speed faster (`by` 1) or slower (-1). */
export function stepSpeed(open, by) {
  const here = SPEEDS.indexOf(open.audio.playbackRate);
  open.audio.playbackRate = SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, (here < 0 ? SPEEDS.indexOf(1) : here) + by))];
}

function speedChoice(open, { signal }) {
  const { player } = texts.timeline;
  const select = h("select.field.speed", { "aria-label": player.speed, title: player.speed, onchange: () => { open.audio.playbackRate = Number(select.value); } },
    SPEEDS.map((speed) => h("option", { value: speed, selected: speed === 1 }, player.times(speed))));
  open.audio.addEventListener("ratechange", () => {
    select.value = String(open.audio.playbackRate);
    open.audio.defaultPlaybackRate = open.audio.playbackRate; // kept when the sound is loaded again
  }, { signal });
  return select;
}

function showSound(element, text, retry) {
  const again = retry && h("button.button", { type: "button", onclick: retry }, texts.timeline.sound.retry);
  element.classList.toggle("fault", Boolean(retry));
  replace(element, text, again);
}

function whatIs(report) {
  if (!report) return "";
  return [texts.kinds[report.segment.kind], report.topic?.name, report.tone?.name].filter(Boolean).join(" · ");
}
