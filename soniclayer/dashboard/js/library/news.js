/** Keeps the list up to date with what happens on the server. */

import { onConnection, listen } from "../live.js";
import { RUNNING } from "./recording_list.js";

const SOON_S = 0.7;
const REBUILDING_S = 3;

/** While windows of a recording end, its stages are asked for at most so often. */
const STAGES_S = 3;

/** Follow events until the signal aborts. `calm(run)` runs something when nobody is about to click into the list. */
export function followNews(list, details, calm, { signal }) {
  let timer = null;
  const refreshSoon = (seconds = SOON_S) => { timer ??= setTimeout(refresh, seconds * 1000); };
  const refresh = async () => {
    timer = null;
    const isDone = await list.refresh(calm);
    if (signal.aborted) return;
    if (!isDone) refreshSoon();
    else if (list.rebuilding) refreshSoon(REBUILDING_S);
  };
  signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
  const news = {
    progress: ({ audioId, data }) => list.noteProgress(audioId, data),
    window: ({ audioId }) => RUNNING.includes(list.find(audioId)?.state) && details.wantFresh(audioId, STAGES_S),
    state: ({ audioId, data }) => {
      details.forget(audioId);
      list.note(audioId, { state: data.state });
      refreshSoon();
    },
    deleted: ({ audioId }) => calm(() => list.drop(audioId)),
    reset: ({ audioId }) => {
      if (audioId) details.forget(audioId);
      refreshSoon();
    },
  };
  listen((event) => news[event.kind]?.(event), { signal });
  let before = null;
  onConnection((now) => {
    if (before === "offline" && now !== "offline") refreshSoon(0);
    before = now;
  }, { signal });
  list.addEventListener("status", () => list.rebuilding && refreshSoon(REBUILDING_S), { signal });
}
