/** What is heard of one recording, gathered for a moment: what of it has to be fetched again. */

import { listen } from "../live.js";

const GATHERED_MS = 1000;

/** Where there was no answer it is asked again after so long, until there is one. */
const AGAIN_MS = 5000;

/** More windows at once than this are fetched with all the others. */
const MOST_WINDOWS = 4;

/**
 * Hear of a recording until the signal aborts. Handlers: `progress(Progress)`, `deleted()`, and `fetch(windows)`: what
 * windows have news, null for everything; it says whether there was an answer. It is never called before the promise it
 * returned last is settled, so no older answer comes after a newer one.
 *
 * Returns refresh(): everything is fetched now, or once what is on its way is there.
 */
export function followNews(audioId, { progress, deleted, fetch }, { signal }) {
  const windows = new Set();
  let everything = false;
  let fetching = null;
  let timer = 0;
  signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
  listen(({ kind, data }) => {
    if (kind === "progress") return progress({ done_s: data.done_s, total_s: data.total_s, estimated: data.estimated });
    if (kind === "deleted") return deleted();
    if (kind === "window" && Number.isInteger(data?.window)) windows.add(data.window);
    else everything = true;
    later(GATHERED_MS);
  }, { signal, audioId });
  return refresh;

  async function refresh() {
    everything = true;
    await fetching;
    await hand();
  }

  function later(ms) {
    if (!fetching && !signal.aborted) timer ||= setTimeout(hand, ms);
  }

  async function hand() {
    if (fetching) return fetching;
    clearTimeout(timer);
    timer = 0;
    const begunMs = performance.now();
    const asked = everything || windows.size > MOST_WINDOWS ? null : [...windows];
    everything = false;
    windows.clear();
    fetching = fetch(asked);
    const answered = await fetching;
    fetching = null;
    everything ||= !answered;
    const tookMs = performance.now() - begunMs; // a long recording is not asked for all the time
    if (everything || windows.size) later(answered ? Math.max(GATHERED_MS, tookMs) : AGAIN_MS);
  }
}
