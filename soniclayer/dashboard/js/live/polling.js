/** News without a stream: asks for the list and for a few recordings, and tells what is different as events. */

import { act } from "../api.js";

const LINES = 50;

/** So many recordings are asked for one by one in a round: with the list, far below what the server allows. */
const DETAILS = 4;

/** Remembers what it saw last. `tell(event)` gets events as `listen` has them; `followed()` are ids somebody follows. */
export class Polling {
  constructor(tell, followed) {
    this.tell = tell;
    this.followed = followed;
    this.lines = null;
    this.details = new Map();
    this.turn = 0;
  }

  /** Look once. The first look remembers only, and tells `reset`. Throws Problem where the server does not answer. */
  async round(signal) {
    const list = await act("GET", `/recordings?limit=${LINES}`, { signal });
    const before = this.lines;
    this.lines = new Map(list.recordings.map((line) => [line.audio_id, line]));
    if (before && !list.rebuilding) this.#tellLines(before, list);
    for (const id of this.#chosen(list.recordings)) await this.#look(id, signal);
    if (!before) this.tell({ kind: "reset", audioId: null, data: {} });
  }

  #tellLines(before, list) {
    for (const [id, line] of this.lines) {
      const old = before.get(id);
      if (old?.state !== line.state || old.failures !== line.failures) this.#tellState(id, line.state);
    }
    const oldest = list.recordings.length < LINES ? "" : list.recordings.at(-1).uploaded_at;
    for (const [id, line] of before) if (!this.lines.has(id) && line.uploaded_at > oldest) this.#tellDeleted(id);
  }

  /** Those somebody follows, and of the others that run some in turn. */
  #chosen(lines) {
    const followed = this.followed();
    const running = lines.filter((line) => !isEnded(line.state) && !followed.includes(line.audio_id)).map((line) => line.audio_id);
    const inTurn = running.map((_, index) => running[(index + this.turn) % running.length]);
    this.turn += DETAILS;
    return [...followed, ...inTurn].slice(0, Math.max(DETAILS, followed.length));
  }

  async #look(id, signal) {
    let now;
    try {
      now = await act("GET", `/recordings/${id}`, { signal });
    } catch (error) {
      if (error.status !== 404) throw error;
      if (this.details.delete(id)) this.#tellDeleted(id);
      return;
    }
    const before = this.details.get(id);
    this.details.set(id, now);
    if (before) this.#tellDetail(before, now);
  }

  #tellDetail(before, now) {
    const id = now.audio_id;
    if (isOther(before.progress, now.progress)) this.tell({ kind: "progress", audioId: id, data: { audio_id: id, ...now.progress } });
    if (isOther(before.stages, now.stages)) this.tell({ kind: "reset", audioId: id, data: { audio_id: id } });
    if (before.state !== now.state && this.lines.get(id)?.state !== now.state) this.#tellState(id, now.state);
  }

  #tellState(id, state) {
    this.tell({ kind: "state", audioId: id, data: { audio_id: id, state, ended: isEnded(state) } });
  }

  #tellDeleted(id) {
    this.tell({ kind: "deleted", audioId: id, data: { audio_id: id } });
  }
}

const isEnded = (state) => !["accepted", "preparing", "processing"].includes(state);
const isOther = (one, other) => JSON.stringify(one) !== JSON.stringify(other);
