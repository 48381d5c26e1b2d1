/**
 * The HTTP API, as docs/api.md has it. Paths are those of the API: "/recordings".
 *
 * Whatever meets a session that has ended (401) waits until somebody has signed in again, and is then asked once more:
 * callers need not know. Who asks in another way (an XMLHttpRequest) makes its errors with problemOf(), and waits for
 * the document event "soniclayer:signed-in" by itself.
 */

const BASE = new URL("api/", document.baseURI).pathname.replace(/\/$/, "");
const TRIES = 4;
const LONGEST_WAIT_S = 20;

/** A connection that has died silently, as when a laptop was asleep, would be waited for much longer. */
const DEADLINE_S = 60;

const PASSING = new Set([429, 502, 503, 504]);
const SESSION = "/session";

/** An answer that is no success. `status` 0 and code `offline`: there was none at all. `detail` is the server's line. */
export class Problem extends Error {
  constructor(status, code, detail, retryAfterS = null) {
    super(detail || code);
    Object.assign(this, { status, code, detail, retryAfterS });
  }
}

/** Where something of the API is, for links and media. */
export const apiUrl = (path) => BASE + path;

/** JSON that is there; asked for again where the server says "later". Throws Problem, or AbortError. */
export function getJson(path, { signal } = {}) {
  return patiently(() => send("GET", path, { signal }), signal);
}

/** One request, once; what the answer says, null without a body. Throws Problem, or AbortError. */
export function act(method, path, { signal, headers } = {}) {
  return send(method, path, { signal, headers });
}

/** The Problem that an answer tells of; `text` is its body. A 401 makes the dashboard ask who is signed in. */
export function problemOf(status, text, retryAfter) {
  let told = {};
  try {
    told = JSON.parse(text) ?? {};
  } catch {
    // a proxy's own page
  }
  const problem = new Problem(status, told.code ?? `http_${status}`, told.detail ?? "", retryAfter ? Number(retryAfter) || null : null);
  if (status === 401) document.dispatchEvent(new CustomEvent("soniclayer:refused", { detail: problem }));
  return problem;
}

async function send(method, path, { signal, headers }) {
  for (let tried = 1; ; tried += 1) {
    const { response, text } = await request(method, path, { signal, headers });
    if (response.ok) return text ? JSON.parse(text) : null;
    const problem = problemOf(response.status, text, response.headers.get("Retry-After"));
    if (problem.status !== 401 || path === SESSION || tried === TRIES) throw problem;
    await signedInAgain(problem, signal);
  }
}

/** Until somebody has signed in again; rejects with `problem` when that was not wanted, with AbortError when the signal aborts. */
function signedInAgain(problem, signal) {
  return new Promise((resolve, reject) => {
    const waiting = new AbortController();
    const settle = (how) => (value) => { waiting.abort(); how(value); };
    const until = { signal: waiting.signal };
    signal?.throwIfAborted();
    signal?.addEventListener("abort", () => settle(reject)(signal.reason), until);
    document.addEventListener("soniclayer:signed-in", settle(resolve), until);
    document.addEventListener("soniclayer:signed-out", (event) => event.detail.byHand && settle(reject)(problem), until);
  });
}

async function request(method, path, { signal, headers }) {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), DEADLINE_S * 1000);
  try {
    const either = AbortSignal.any([late.signal, signal].filter(Boolean));
    const response = await fetch(BASE + path, { method, signal: either, headers, credentials: "same-origin" });
    clearTimeout(timer); // what has begun may take its time
    return { response, text: await response.text() };
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Problem(0, "offline", "");
  } finally {
    clearTimeout(timer);
  }
}

async function patiently(ask, signal) {
  for (let tried = 1; ; tried += 1) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof Problem) || !PASSING.has(error.status) || tried === TRIES) throw error;
      await pause(Math.min(error.retryAfterS ?? tried, LONGEST_WAIT_S), signal);
    }
  }
}

/** So many seconds; ends early, with AbortError, when the signal does. */
export function pause(seconds, signal) {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const stop = () => { clearTimeout(timer); reject(signal.reason); };
    const timer = setTimeout(() => { signal?.removeEventListener("abort", stop); resolve(); }, seconds * 1000);
    signal?.addEventListener("abort", stop, { once: true });
  });
}
