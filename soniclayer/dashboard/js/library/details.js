/** What the list does not say: stages and failures of single recordings, asked for one after the other, slowly. */

import { act, pause } from "../api.js";

const EVERY_S = 0.4;

/** Those that are worked on are asked for again so often, should news of them have been lost. */
const OLD_S = 20;

/** `onDetail(detail)` is called with each RecordingDetail that comes; `onMissing(id)` where there is none any more. */
export class Details {
  constructor({ signal, onDetail, onMissing }) {
    Object.assign(this, { signal, onDetail, onMissing });
    this.wanted = new Set();
    this.known = new Map();
    this.atMs = new Map();
    this.isAsking = false;
  }

  get(id) {
    return this.known.get(id) ?? null;
  }

  /** Have it asked for soon. */
  want(id) {
    this.wanted.add(id);
    this.#ask();
  }

  /** Have it asked for when what is known has become old. */
  wantFresh(id, oldS = OLD_S) {
    if (performance.now() - (this.atMs.get(id) ?? -Infinity) > oldS * 1000) this.want(id);
  }

  /** Forget one that has changed. */
  forget(id) {
    this.known.delete(id);
    this.atMs.delete(id);
  }

  async #ask() {
    if (this.isAsking) return;
    this.isAsking = true;
    for (const id of this.wanted) {
      this.wanted.delete(id);
      await this.#askFor(id);
      await pause(EVERY_S, this.signal).catch(() => this.wanted.clear());
    }
    this.isAsking = false;
  }

  async #askFor(id) {
    this.atMs.set(id, performance.now());
    try {
      const detail = await act("GET", `/recordings/${id}`, { signal: this.signal });
      this.known.set(id, detail);
      this.onDetail(detail);
    } catch (error) {
      if (error.status === 404) this.onMissing(id);
      else this.atMs.delete(id);
    }
  }
}
