/** The list as the page shows it: lines of the server, in its order, and how far those are that are worked on. */

import { getJson } from "../api.js";

const PAGE = 50;
const LARGEST_PAGE = 200;

/** States of a recording of which something is still to come. */
export const RUNNING = ["accepted", "preparing", "processing"];

/** How the list is ordered unless somebody asks otherwise: the newest first. */
export const USUAL_SORT = "-uploaded_at";

/**
 * `lines` are RecordingLines of `total` that match `wanted` {q, state, sort}; null before the first answer. `fault` is
 * why there is no answer. `progress` maps ids to {done_s, total_s, estimated}.
 * Events: `lines`: others, or in another order; `line`, with the id as `detail`: something of that one; `status`: the rest.
 */
export class RecordingList extends EventTarget {
  constructor({ signal }) {
    super();
    this.signal = signal;
    this.asking = new AbortController();
    Object.assign(this, { lines: null, total: 0, rebuilding: false, fault: null, isLoading: false, wanted: { q: "", state: "", sort: USUAL_SORT } });
    this.progress = new Map();
  }

  /** Others than before: from the beginning, `count` of them. */
  async load(wanted, count = PAGE) {
    this.wanted = wanted;
    const found = await this.#ask(count || PAGE);
    if (found) this.#show(found);
  }

  /** The next lines, behind those there are. */
  async more() {
    if (!this.hasMore || this.isLoading) return;
    const found = await this.#ask(PAGE, this.lines.length);
    if (!found) return;
    const known = new Set(this.lines.map((line) => line.audio_id));
    this.#show([...this.lines, ...found.filter((line) => !known.has(line.audio_id))]);
  }

  /**
   * What is shown, as it is now: facts at once, and lines that come, go or move when `calm` says so. Whether that was
   * found out: not while others are loaded.
   */
  async refresh(calm) {
    const { wanted } = this;
    const found = this.isLoading ? null : await this.#ask(Math.max(PAGE, this.lines?.length ?? 0), 0, { isQuiet: true });
    if (!found) return Boolean(this.fault);
    for (const line of found) this.note(line.audio_id, line);
    if (orderOf(found) !== orderOf(this.lines)) (this.lines ? calm : (run) => run())(() => this.wanted === wanted && this.#show(found));
    return true;
  }

  /** Other facts of a line that is shown; whether it is. */
  note(id, facts) {
    const line = this.find(id);
    if (line) {
      Object.assign(line, facts);
      this.#tell("line", id);
    }
    return Boolean(line);
  }

  /** How far one is. */
  noteProgress(id, { done_s, total_s, estimated }) {
    this.progress.set(id, { done_s, total_s, estimated });
    this.note(id, { duration_s: total_s });
  }

  /** It is there no more. */
  drop(id) {
    if (!this.find(id)) return;
    this.total -= 1;
    this.#show(this.lines.filter((line) => line.audio_id !== id));
  }

  find(id) {
    return this.lines?.find((line) => line.audio_id === id);
  }

  get hasMore() {
    return this.lines !== null && this.lines.length < this.total;
  }

  get isFiltered() {
    return Boolean(this.wanted.q || this.wanted.state);
  }

  /** Lines from `offset` on; null where they could not be had, or are not wanted any more. */
  async #ask(count, offset = 0, { isQuiet = false } = {}) {
    this.asking.abort();
    this.asking = new AbortController();
    const signal = AbortSignal.any([this.signal, this.asking.signal]);
    this.isLoading = !isQuiet;
    if (!isQuiet) this.#tell("status");
    try {
      const lines = [];
      do {
        const limit = Math.min(count - lines.length, LARGEST_PAGE);
        const page = await getJson(`/recordings?${this.#query(limit, offset + lines.length)}`, { signal });
        lines.push(...page.recordings);
        Object.assign(this, { total: page.total, rebuilding: page.rebuilding, fault: null });
        if (page.recordings.length < limit) break;
      } while (lines.length < count);
      this.isLoading = false;
      return lines;
    } catch (error) {
      if (!signal.aborted) Object.assign(this, { fault: error, isLoading: false });
      return null;
    } finally {
      if (!signal.aborted) this.#tell("status");
    }
  }

  #query(limit, offset) {
    const given = Object.entries({ ...this.wanted, limit, offset }).filter(([, value]) => value !== "");
    return new URLSearchParams(given);
  }

  #show(lines) {
    this.lines = lines;
    this.#tell("lines");
  }

  #tell(kind, detail) {
    this.dispatchEvent(new CustomEvent(kind, { detail }));
  }
}

const orderOf = (lines) => lines?.map((line) => line.audio_id).join();
