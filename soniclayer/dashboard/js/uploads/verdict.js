/** What becomes of an upload that did not go through. */

import { explain } from "../problems.js";
import { texts } from "../texts.js";

/** What fails so often while the server answers everything else fails for a reason that time does not mend. */
const MOST_FAILURES = 6;
const LONGEST_WAIT_S = 30;
const TOO_SOON = new Set([429, 503]);
const PASSING = new Set([0, 400, 408, 409, 500, 502, 504]);

/**
 * {refused: why} for what will be refused tomorrow too, {signIn: true}, or {againInS, why, all} to send it again;
 * `all`: no other upload is to begin before that either. `tries` counts how often it was sent, `failures` how often it
 * failed although the server was there.
 */
export function verdictOn(problem, { tries, failures }) {
  const { status, code, retryAfterS } = problem;
  if (status === 401) return { signIn: true };
  if (code === "unreadable") return { refused: texts.upload.unreadable };
  const againInS = retryAfterS ?? Math.min(2 ** tries, LONGEST_WAIT_S);
  if (TOO_SOON.has(status)) return { againInS, why: busy(problem), all: true };
  if (!PASSING.has(status)) return { refused: explain(problem) };
  if (failures >= MOST_FAILURES) return { refused: texts.upload.givenUp };
  return { againInS, why: code === "offline" ? texts.upload.offline : texts.upload.brokenOff, all: code === "offline" || status >= 502 };
}

/** Whether the server was there when that happened. */
export const isFailure = ({ status, code }) => code === "broken_off" || (status >= 400 && status < 502 && !TOO_SOON.has(status));

function busy(problem) {
  return problem.status === 429 ? texts.upload.tooMany : explain(problem);
}
