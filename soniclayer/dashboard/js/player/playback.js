/** Sound that breaks off comes back by itself, at the same place, as soon as it can. */

import { apiUrl, getJson, pause, Problem, problemOf } from "../api.js";
import { explain } from "../problems.js";
import { texts } from "../texts.js";

const MOST_TRIES = 3;
const LONGEST_WAIT_S = 10;
const UNBROKEN_S = 5;

/**
 * Watch the sound of an open recording until the signal aborts. `say({text, retry})` is told how it is: an empty text
 * when all is well, `retry` (a function) where only a person can have it tried again.
 */
export function keepPlaying(open, say, { signal }) {
  const { audio } = open;
  let tries = 0;
  let brokeAtMs = 0;
  const on = (name, handler) => audio.addEventListener(name, handler, { signal });
  on("waiting", () => audio.error || say({ text: texts.timeline.sound.loading }));
  for (const name of ["playing", "seeked", "canplay", "pause"]) on(name, () => audio.error || say({ text: "" }));
  on("error", broke);
  if (audio.error) broke();

  function broke() {
    if (!audio.getAttribute("src")) return; // that is the end of the page
    tries = performance.now() - brokeAtMs > (UNBROKEN_S + tries) * 1000 ? 1 : tries + 1;
    brokeAtMs = performance.now();
    comeBack().catch(() => {}); // the page is left
  }
  async function comeBack() {
    const [placeS, wanted] = [audio.currentTime, !audio.paused];
    say({ text: texts.timeline.sound.again });
    const problem = await untilThere(open, signal);
    if (problem || tries > MOST_TRIES) {
      audio.pause();
      return say({ text: problem ? explain(problem) : texts.timeline.sound.never, retry: () => start(placeS, wanted) });
    }
    await pause(tries - 1, signal);
    start(placeS, wanted || !audio.paused); // it may have been pressed meanwhile
  }
  function start(placeS, wanted) {
    say({ text: texts.timeline.sound.loading });
    audio.load();
    audio.currentTime = placeS;
    if (wanted) audio.play().catch(() => {}); // another error, if so
  }
}

/** Ask until the server answers, and has the sound; a Problem where it says that they are not to be had. */
async function untilThere(open, signal) {
  for (let waitS = 1; ; waitS = Math.min(LONGEST_WAIT_S, waitS * 2)) {
    try {
      await getJson(`/recordings/${open.id}`, { signal });
      await askForSound(open, signal);
      return null;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.status >= 400 && error.status < 500 && error.status !== 429) return error;
      await pause(waitS, signal);
    }
  }
}

async function askForSound(open, signal) {
  const response = await fetch(apiUrl(`/audio/${open.id}`), { headers: { Range: "bytes=0-0" }, credentials: "same-origin", signal }).catch((error) => {
    if (signal.aborted) throw error;
    throw new Problem(0, "offline", "");
  });
  if (!response.ok) throw problemOf(response.status, await response.text(), response.headers.get("Retry-After"));
}
