/**
 * Who is signed in. The cookie itself is out of reach of scripts.
 *
 * Events of the document:
 * - "soniclayer:signed-in": somebody has signed in, first or again; what waited goes on.
 * - "soniclayer:signed-out", detail {byHand}: nobody is any more. `byHand`: that was wanted, here or in another tab, and
 *   nothing that was going on is to go on. Else the session has ended by itself, and goes on after a new sign-in.
 * - "soniclayer:session-ending": it will, in less than ENDING_S seconds.
 * - "soniclayer:signing-out", cancelable: preventDefault() says that something would be lost; then people are asked first.
 */

import { Problem, act, pause } from "./api.js";

const ENDING_S = 600;
const LOOK_EVERY_S = 15;
const AGAIN_S = 3;
const KEY = /^[!-~]+$/;

let session = null;
let ended = true;
let asking = null;
let tabs = null;

/** {name, scopes, expires_in_s} of who is signed in, or was until the session ended by itself; null for nobody. */
export const current = () => session;

/** Whether who is signed in may upload, cancel, delete and evaluate again. */
export const mayWrite = () => Boolean(session?.scopes.some((scope) => scope === "write" || scope === "admin"));

/** When the session ends by itself, a Date; null for nobody. */
export const endsAt = () => session && new Date(session.endsAtMs);

/** Follow what becomes of the session: here, in other tabs, with time. Called once. */
export function startSession() {
  tabs = new BroadcastChannel("soniclayer");
  tabs.addEventListener("message", ({ data }) => (data === "signed-out" ? end({ byHand: true }) : resume().catch(() => {})));
  document.addEventListener("soniclayer:refused", () => session && !ended && askUntilKnown());
  document.addEventListener("visibilitychange", () => document.hidden || look());
  setInterval(look, LOOK_EVERY_S * 1000);
}

/** Ask the server who is signed in; null for nobody. Throws Problem where it cannot be asked. */
export async function resume() {
  try {
    begin(await act("GET", "/session"));
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 401) throw error;
    end({ byHand: false });
    return null;
  }
  return session;
}

/** Trade a key for a session. Throws Problem. */
export async function signIn(key) {
  if (!KEY.test(key)) throw new Problem(403, "wrong_key", "");
  begin(await act("POST", "/session", { headers: { "X-API-Key": key } }));
  tellTabs("signed-in");
}

/** Give the session back, in every tab. Throws Problem. */
export async function signOut() {
  await act("DELETE", "/session");
  tellTabs("signed-out");
  end({ byHand: true });
}

function begin(found) {
  session = { ...found, endsAtMs: Date.now() + found.expires_in_s * 1000, told: false };
  ended = false;
  tell("soniclayer:signed-in");
}

function end({ byHand }) {
  const known = session && !(ended && !byHand);
  ended = true;
  if (byHand) session = null;
  if (known) tell("soniclayer:signed-out", { byHand });
}

/** A late answer to an old cookie is no proof: whether the session has ended says the server. */
function askUntilKnown() {
  asking ??= resumePatiently().finally(() => { asking = null; });
}

async function resumePatiently() {
  for (;;) {
    try {
      return await resume();
    } catch {
      await pause(AGAIN_S);
    }
  }
}

function look() {
  if (!session || ended) return;
  const leftS = (session.endsAtMs - Date.now()) / 1000;
  if (leftS <= 0) askUntilKnown();
  else if (leftS < ENDING_S && !session.told) {
    session.told = true;
    tell("soniclayer:session-ending");
  }
}

function tellTabs(what) {
  tabs.postMessage(what); // oxlint-disable-line unicorn/require-post-message-target-origin -- a channel has no other
}

function tell(name, detail) {
  document.dispatchEvent(new CustomEvent(name, { detail }));
}
