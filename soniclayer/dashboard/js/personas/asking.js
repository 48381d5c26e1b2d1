/** Asks the server to have a persona judge recordings again: one after the other, as fast as it takes them. */

import { act, pause } from "../api.js";

const WAITING = new Set([0, 429, 502, 503, 504]);
const FOR_ALL = new Set(["missing_scope", "persona_faulty", "bad_query"]);
const WAIT_S = 3;

/**
 * Ask for each of `ids`. `tell(id, kind, told)` hears how it goes: `asking`; `waiting` with {seconds, error}, then
 * `asking` again; `asked`, or `idle` where nothing is to be judged; `failed` with {error}.
 *
 * Throws a Problem that would meet all of them, and AbortError when the signal aborts.
 */
export async function askForEach(ids, persona, { signal, tell }) {
  for (const id of ids) {
    try {
      const { ended } = await askPatiently(id, persona, signal, tell);
      tell(id, ended ? "idle" : "asked");
    } catch (error) {
      if (signal.aborted || FOR_ALL.has(error.code)) throw error;
      tell(id, "failed", { error });
    }
  }
}

async function askPatiently(id, persona, signal, tell) {
  for (;;) {
    tell(id, "asking");
    try {
      return await act("POST", `/re-evaluate/${id}?persona=${encodeURIComponent(persona)}`, { signal });
    } catch (error) {
      if (signal.aborted || !WAITING.has(error.status)) throw error;
      const seconds = error.retryAfterS ?? WAIT_S;
      tell(id, "waiting", { seconds, error });
      await pause(seconds, signal);
    }
  }
}
