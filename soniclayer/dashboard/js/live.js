/** What happens on the server, as it happens: one event stream for the whole page; polling where it does not get through. */

import { pause } from "./api.js";
import { readEvents } from "./live/event_stream.js";
import { Polling } from "./live/polling.js";
import { untilShown, whileShown } from "./live/presence.js";

const POLL_S = 4;
const FIRST_WAIT_S = 1;
const LONGEST_WAIT_S = 30;

/** A stream that opened later than this after the start may have missed what pages have loaded before it. */
const PROMPT_S = 0.3;

const listeners = new Set();
const watchers = new Set();
let connection = "live";
let lastId = null;

/**
 * Hear of events until the signal aborts. `handler` gets {kind, audioId, data}; the kinds are those of /events
 * (`progress`, `window`, `state`, `deleted`) and `reset`: something may have been missed, load again what is shown.
 * A `reset` whose audioId is not null is about that recording alone. With `audioId` only those of that recording, and
 * every `reset` about all.
 */
export function listen(handler, { signal, audioId = null }) {
  keep(listeners, { handler, audioId }, signal);
}

/** Hear of how news come: "live", "polling" (the stream is blocked) or "offline"; now and at every change. */
export function onConnection(handler, { signal }) {
  keep(watchers, handler, signal);
  handler(connection);
}

/** Start. Called when somebody has signed in; ends with the signal, or when the server says that nobody is. */
export async function startLive({ signal }) {
  const out = new AbortController();
  document.addEventListener("soniclayer:signed-out", () => out.abort(), { signal });
  const signedIn = AbortSignal.any([signal, out.signal]);
  const news = new News(signedIn);
  setConnection("live");
  while (!signedIn.aborted) {
    await untilShown(signedIn).catch(() => {});
    if (!signedIn.aborted) await news.follow(whileShown(signedIn));
  }
}

/** How news have come so far, and how they come best now. */
class News {
  constructor(signal) {
    this.startedMs = performance.now();
    this.polling = new Polling(tell, followed);
    this.pollingEnd = null;
    this.wake = () => {};
    addEventListener("online", () => this.wake(), { signal });
  }

  /** Read the stream again and again until the signal aborts; poll while it does not get through. */
  async follow(signal) {
    let waitS = FIRST_WAIT_S;
    while (!signal.aborted) {
      const opened = await this.#read(signal);
      if (signal.aborted) break;
      if (!opened) this.#poll(signal);
      waitS = opened ? FIRST_WAIT_S : Math.min(waitS * 2, LONGEST_WAIT_S);
      await this.#wait(waitS, signal);
    }
    this.pollingEnd?.abort();
    this.pollingEnd = null;
  }

  /** Whether anything came. */
  async #read(signal) {
    let opened = false;
    const onOpen = () => { opened = true; this.#open(); };
    const onEvent = ({ id, kind, data }) => {
      lastId = id || lastId;
      if (kind) tell({ kind, audioId: data.audio_id ?? null, data });
    };
    await readEvents("/events", { lastId, onOpen, onEvent, signal }).catch(() => {});
    return opened;
  }

  #open() {
    this.pollingEnd?.abort();
    this.pollingEnd = null;
    setConnection("live");
    const late = performance.now() - this.startedMs > PROMPT_S * 1000;
    if (late && lastId === null) tell({ kind: "reset", audioId: null, data: {} });
  }

  async #poll(within) {
    if (this.pollingEnd) return;
    this.pollingEnd = new AbortController();
    const signal = AbortSignal.any([within, this.pollingEnd.signal]);
    while (!signal.aborted) {
      const answered = await this.polling.round(signal).then(() => true, (error) => error.status === 429);
      if (signal.aborted) return;
      if (answered && connection === "offline") this.wake();
      setConnection(answered ? "polling" : "offline");
      await pause(POLL_S, signal).catch(() => {});
    }
  }

  /** So long, or until there is reason to try at once. */
  #wait(seconds, signal) {
    const woken = new AbortController();
    this.wake = () => woken.abort();
    return pause(seconds, AbortSignal.any([signal, woken.signal])).catch(() => {});
  }
}

function tell(event) {
  for (const { handler, audioId } of Array.from(listeners)) {
    if (audioId !== null && event.audioId !== null && audioId !== event.audioId) continue;
    try {
      handler(event);
    } catch (error) {
      reportError(error); // one page's fault must not end the stream for all
    }
  }
}

function followed() {
  return [...new Set([...listeners].map(({ audioId }) => audioId).filter(Boolean))];
}

function setConnection(now) {
  if (now === connection) return;
  connection = now;
  for (const watcher of Array.from(watchers)) watcher(now);
}

function keep(set, entry, signal) {
  set.add(entry);
  signal.addEventListener("abort", () => set.delete(entry), { once: true });
}
