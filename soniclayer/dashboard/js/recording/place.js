/** Where one is in a recording stands in the location, to be shared, and to come back to. */

import { recordingHash } from "../router.js";

const SETTLED_MS = 400;

/** Go to the time the location names, if it names one, and note the time whenever it was changed or playing ended. */
export function keepPlace(open, query, { signal }) {
  const wanted = Number(query.get("t"));
  if (wanted > 0) open.seek(wanted);
  let timer = 0;
  function note() {
    clearTimeout(timer);
    timer = setTimeout(() => { if (!open.playing) history.replaceState(history.state, "", recordingHash(open.id, open.timeS)); }, SETTLED_MS);
  }
  open.audio.addEventListener("seeked", note, { signal });
  open.audio.addEventListener("pause", note, { signal });
  signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
}
