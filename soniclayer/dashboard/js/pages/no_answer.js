/** What is there before the server has answered for the first time: it is asked again and again, by itself. */

import { pause } from "../api.js";
import { h, icon, replace } from "../dom.js";
import { explain } from "../problems.js";
import { texts } from "../texts.js";

const WAITS_S = [2, 3, 5, 10];

/**
 * Fill `view.main` while `ask()` fails with `error`; ends when it does not, or with `view.signal`.
 * It is tried again after a while, by a button, and when the browser says that it is online again.
 */
export async function noAnswerPage(view, error, ask) {
  const reason = h("p", null, reasonOf(error));
  const tries = h("p.loading", null, h("span.spinner", { "aria-hidden": "true" }), texts.noAnswer.again);
  const now = h("button.button", { type: "button" }, icon("retry"), texts.noAnswer.now);
  const told = h("div", { role: "alert" }, h("h1", null, texts.noAnswer.title), reason);
  replace(view.main, h("div.empty", null, icon("offline"), told, tries, now));
  view.setTitle(texts.noAnswer.title);
  for (let tried = 0; !view.signal.aborted; tried += 1) {
    await waitOrWoken(Math.max(WAITS_S[tried] ?? WAITS_S.at(-1), error.retryAfterS ?? 0), now, view.signal);
    try {
      return await ask();
    } catch (next) {
      error = next;
      if (reason.textContent !== reasonOf(next)) replace(reason, reasonOf(next));
    }
  }
  return null;
}

const reasonOf = (error) => (error.code === "offline" ? texts.noAnswer.why : explain(error));

async function waitOrWoken(seconds, button, signal) {
  const woken = new AbortController();
  const within = { signal: woken.signal };
  button.addEventListener("click", () => woken.abort(), within);
  addEventListener("online", () => woken.abort(), within);
  await pause(seconds, AbortSignal.any([signal, woken.signal])).catch(() => {});
  woken.abort();
}
