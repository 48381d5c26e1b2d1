/** One file on its way to the server. */

import { Problem, act, apiUrl, problemOf } from "../api.js";

/** What the server tells of its limit: `"uploads";r=0;t=33` says that none is left for 33 s. */
const NONE_LEFT = /"uploads";r=0;t=(\d+)/;

/** Where nothing has left for so long although something is left to send, the connection is dead. */
const STALLED_S = 60;

/**
 * Send a file; {audio_id, status, known, hint}, and `pauseS`: the server takes no other one for so long. XMLHttpRequest,
 * as fetch tells no progress of what is sent.
 * `onProgress(bytes)` tells how much has left. Throws Problem, or AbortError. Without an answer the Problem has the
 * status 0, and the code `unreadable`: the file has gone from the disk or was changed; `broken_off`: the server is
 * there all the same; or `offline`.
 */
export async function sendFile(file, { onProgress, signal }) {
  await lookAt(file);
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const form = new FormData();
    form.append("file", file, file.name);
    const stalled = giveUpWhenStalled(request);
    request.upload.addEventListener("progress", ({ loaded }) => { stalled.notYet(); onProgress(Math.min(loaded, file.size)); });
    request.upload.addEventListener("loadend", stalled.never);
    request.addEventListener("loadend", stalled.never);
    request.addEventListener("load", () => {
      const answer = answerOf(request);
      if (answer instanceof Problem) reject(answer);
      else resolve({ ...answer, pauseS: pauseOf(request) });
    });
    request.addEventListener("error", () => whyBroken(signal).then((code) => reject(new Problem(0, code, ""))));
    request.addEventListener("abort", () => reject(signal.aborted ? signal.reason : new Problem(0, "broken_off", "")));
    signal.addEventListener("abort", () => request.abort(), { once: true });
    request.open("POST", apiUrl("/evaluate/"));
    request.send(form);
  });
}

async function lookAt(file) {
  try {
    await file.slice(0, 1).arrayBuffer();
  } catch {
    throw new Problem(0, "unreadable", "");
  }
}

/** What was said, or a Problem; a page of somebody on the way is no answer, whatever its status. */
function answerOf(request) {
  if (request.status !== 200 && request.status !== 202) return problemOf(request.status, request.responseText, request.getResponseHeader("Retry-After"));
  try {
    return JSON.parse(request.responseText);
  } catch {
    return new Problem(0, "broken_off", "");
  }
}

function giveUpWhenStalled(request) {
  let timer = null;
  const never = () => clearTimeout(timer);
  const notYet = () => {
    never();
    timer = setTimeout(() => request.abort(), STALLED_S * 1000);
  };
  notYet();
  return { notYet, never };
}

function pauseOf(request) {
  const [, seconds] = NONE_LEFT.exec(request.getResponseHeader("RateLimit") ?? "") ?? [];
  return Number(seconds ?? 0);
}

async function whyBroken(signal) {
  try {
    await act("GET", "/session", { signal });
  } catch (error) {
    if (!error.status) return "offline";
  }
  return "broken_off";
}
