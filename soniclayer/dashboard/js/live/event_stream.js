/** Reads Server-Sent Events with fetch. An EventSource hides what is needed here: the status, and the server's heartbeats. */

import { Problem, apiUrl, problemOf } from "../api.js";

/** The server says hello at once. Where nothing has come after so long, something on the way holds the stream back. */
const HELLO_S = 10;

/** Its heartbeats come every 15 s: where nothing has come for so long, the connection is dead. */
const SILENT_S = 40;

/**
 * Read a stream to its end, resuming after `lastId`. Throws Problem (0 `silent`: nothing came), or AbortError.
 * `onOpen()` is called at the first byte; `onEvent({id, kind, data})` with every event, and with {id} alone where only
 * the place to resume at is told. `data` is parsed JSON.
 */
export async function readEvents(path, { lastId, onOpen, onEvent, signal }) {
  const silence = new AbortController();
  let timer = null;
  const expectWithin = (seconds) => {
    clearTimeout(timer);
    timer = setTimeout(() => silence.abort(new Problem(0, "silent", "")), seconds * 1000);
  };
  expectWithin(HELLO_S);
  try {
    const text = await open(path, lastId, AbortSignal.any([signal, silence.signal]));
    let opened = false;
    for await (const event of eventsOf(text, () => expectWithin(SILENT_S))) {
      if (!opened) onOpen();
      opened = true;
      onEvent(event);
    }
  } finally {
    clearTimeout(timer);
  }
}

async function open(path, lastId, signal) {
  const headers = { Accept: "text/event-stream", ...(lastId && { "Last-Event-ID": lastId }) };
  const response = await fetch(apiUrl(path), { headers, signal, cache: "no-store", credentials: "same-origin" });
  if (!response.ok) throw problemOf(response.status, await response.text(), response.headers.get("Retry-After"));
  if (!response.headers.get("Content-Type")?.startsWith("text/event-stream")) throw new Problem(response.status, "no_stream", "");
  return response.body.pipeThrough(new TextDecoderStream()).getReader();
}

/** Every block of a stream, heartbeats too (as {}). */
async function* eventsOf(reader, heard) {
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    heard();
    const blocks = (rest + value).replaceAll("\r\n", "\n").split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) yield eventOf(block);
  }
}

function eventOf(block) {
  const event = {};
  const data = [];
  for (const line of block.split("\n")) {
    const [, field, value] = /^(id|event|data): ?(.*)$/.exec(line) ?? [];
    if (field === "id") event.id = value;
    else if (field === "event") event.kind = value;
    else if (field === "data") data.push(value);
  }
  return data.length ? { ...event, data: JSON.parse(data.join("\n")) } : { id: event.id };
}
