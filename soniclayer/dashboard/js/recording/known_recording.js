/** What is known of a recording, kept up to date with what happens to it. */

import { Problem } from "../api.js";
import { followNews } from "./news.js";
import { RecordingSource } from "./recording_source.js";
import { merged } from "./segment_order.js";

/**
 * Fields: `detail` (RecordingDetail), `segments` (SegmentReport[], in time order), `complete` (no more segments come),
 * `summary` (null until there is one), `personas` ({name, title}[], in wanted order), `problem` (what keeps it from being
 * shown, or null), `gone` (it was deleted).
 *
 * Events, without payload: `detail`, `segments`, `summary`, `problem`.
 */
export class KnownRecording extends EventTarget {
  #refresh = null;

  constructor(id, { signal }) {
    super();
    Object.assign(this, { id, signal, source: new RecordingSource(id, signal) });
    Object.assign(this, { detail: null, segments: [], complete: false, summary: null, personas: [], problem: null, gone: false });
  }

  /** Fetch everything, and follow what happens from then on. What goes wrong stands in `problem`, and is tried again. */
  async load() {
    this.#refresh = followNews(this.id, {
      progress: (progress) => this.detail && this.#takeDetail({ ...this.detail, progress }),
      deleted: () => this.take({ gone: true }, "problem"),
      fetch: (windows) => this.#fetch(windows),
    }, { signal: this.signal });
    await this.reload();
  }

  /** Fetch everything again. */
  async reload() {
    await this.#refresh();
  }

  /** What else is to be fetched: with everything, or (`windows` is no null) because of some windows. */
  async fetchMore() {}

  /** Take news of it, and tell of them by an event. */
  take(news, event) {
    Object.assign(this, news);
    this.tell(event);
  }

  tell(event) {
    if (!this.signal.aborted) this.dispatchEvent(new Event(event));
  }

  /** Whether there is an answer; not where the server is away, or asked too much, which passes. */
  async #fetch(windows) {
    try {
      await (windows ? this.#loadWindows(windows) : this.#loadAll());
    } catch (error) {
      if (this.signal.aborted) return true;
      const gone = this.gone || (error.status === 404 && this.detail !== null);
      this.take({ problem: error, gone }, "problem");
      return !isPassing(error);
    }
    return true;
  }

  async #loadAll() {
    await Promise.all([this.#loadDetail().then(() => this.#loadSummary()), this.#loadSegments(), this.fetchMore(null)]);
  }

  async #loadWindows(windows) {
    await this.#loadDetail();
    for (const window of windows) await this.#loadWindow(window); // one by one: there may be others who ask
    await this.fetchMore(windows);
  }

  async #loadDetail() {
    const { detail, personas } = await this.source.detail();
    Object.assign(this, { personas, problem: null });
    this.#takeDetail(detail);
  }

  /** Of two guesses how long it is the longer one counts: the server's answers and its events do not guess alike. */
  #takeDetail(detail) {
    const { progress } = detail;
    const guessed = progress.estimated ? Math.max(progress.total_s, this.detail?.progress.total_s ?? 0) : progress.total_s;
    this.take({ detail: { ...detail, progress: { ...progress, total_s: guessed } } }, "detail");
  }

  async #loadSegments() {
    const { segments, complete } = await this.source.segments();
    this.take({ segments, complete }, "segments");
  }

  async #loadWindow(window) {
    const { segments } = await this.source.segments(window);
    this.take({ segments: merged(this.segments, segments, window) }, "segments");
  }

  async #loadSummary() {
    const summary = await this.source.summary(this.detail);
    if (summary) this.take({ summary }, "summary");
  }
}

const isPassing = (error) => error instanceof Problem && (error.status === 0 || error.status === 429 || error.status >= 500);
