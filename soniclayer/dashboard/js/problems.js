/** What went wrong, in words a producer understands. */

import { Problem } from "./api.js";
import { texts } from "./texts.js";

/** A line for people about any error; what the code alone does not explain, the server's own line does. */
export function explain(error) {
  if (!(error instanceof Problem)) return texts.problems.fault;
  return inWords(error.code, error) ?? texts.problems.other(error.detail);
}

/** A line for people about why a step of a recording was given up: {code, message} of its `failures`. */
export function explainFailure({ code, message }) {
  return inWords(code, { detail: message, retryAfterS: null }) ?? texts.problems.other(message);
}

function inWords(code, told) {
  const known = Object.hasOwn(texts.problems, code) && code !== "other" ? texts.problems[code] : undefined;
  return typeof known === "function" ? known(told) : known;
}
