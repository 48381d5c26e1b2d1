/** The recording that is open: what is known of it, what is heard, and what is selected. All parts of the page look here. */

import { apiUrl } from "../api.js";
import { KnownRecording } from "./known_recording.js";
import { indexAt } from "./segment_order.js";

const PEAKS_EVERY_MS = 8000;

/** A browser stops up to this short of the time it is sent to. */
const SHORT_S = 0.02;

/**
 * More fields: `peaks` (null until there are any), `audio` (the HTMLAudioElement), `selectedId` (a segment_id, or null).
 *
 * More events, without payload: `peaks`, `select`; `time` (each frame while it plays, and at each seek), `play` (it
 * began or ended), `current` (another segment is under the playhead).
 */
export class OpenRecording extends KnownRecording {
  #peaksAtMs = 0;
  #currentId = null;
  #frame = 0;

  constructor(id, { signal }) {
    super(id, { signal });
    Object.assign(this, { peaks: null, selectedId: null });
    this.audio = new Audio();
    this.audio.preload = "metadata";
    this.audio.src = apiUrl(`/audio/${id}`);
    this.#hear();
    this.addEventListener("segments", () => this.#noteCurrent(), { signal });
    signal.addEventListener("abort", () => this.#end(), { once: true });
  }

  /** Seconds; what the server knows counts: browsers only guess with some formats. */
  get durationS() {
    const known = this.detail && !this.detail.progress.estimated ? this.detail.progress.total_s : 0;
    const heard = Number.isFinite(this.audio.duration) ? this.audio.duration : 0;
    return known || Math.max(heard, this.detail?.progress.total_s ?? 0, this.segments.at(-1)?.segment.end_s ?? 0);
  }

  get timeS() {
    return this.audio.currentTime;
  }

  get playing() {
    return !this.audio.paused && !this.audio.ended;
  }

  /** The SegmentReport under the playhead, or null. */
  get current() {
    return this.segmentAt(this.timeS + SHORT_S);
  }

  /** The SegmentReport that is at this time; null in the gaps between. */
  segmentAt(seconds) {
    const report = this.segments[indexAt(this.segments, seconds)];
    return report && seconds < report.segment.end_s ? report : null;
  }

  /** Where a segment stands in `segments`; -1 where it is not. */
  indexOf(segmentId) {
    return this.segments.findIndex((report) => report.segment.segment_id === segmentId);
  }

  /** Hear it from there; `seconds` outside of it are its ends. */
  seek(seconds) {
    const placeS = Math.min(Math.max(0, seconds), this.durationS || Infinity);
    if (Number.isFinite(placeS)) this.audio.currentTime = placeS;
    this.#tick();
  }

  /** Select a segment (null: none); with `seek` also hear it from its start. */
  select(segmentId, { seek = false } = {}) {
    const report = segmentId === null ? null : this.segments[this.indexOf(segmentId)];
    if (segmentId !== null && !report) return;
    if (seek) this.seek(report.segment.start_s);
    if (this.selectedId === segmentId) return;
    this.take({ selectedId: segmentId }, "select");
  }

  /** Play, or pause. */
  toggle() {
    if (this.playing) this.audio.pause();
    else this.audio.play().catch(() => {}); // the player hears of it from the element
  }

  /** See KnownRecording: the peaks, while they are still made now and then. */
  async fetchMore(windows) {
    if (windows && (this.peaks?.complete || performance.now() - this.#peaksAtMs < PEAKS_EVERY_MS)) return;
    this.#peaksAtMs = performance.now();
    const peaks = await this.source.peaks();
    const wasRead = this.peaks?.complete === false && peaks.complete;
    this.take({ peaks }, "peaks");
    if (wasRead && (await this.source.hasListeningCopy())) this.#hearAnew();
  }

  /** From the same place: the sound that the server sends has become another. */
  #hearAnew() {
    const { timeS, playing } = this;
    this.audio.load();
    this.audio.currentTime = timeS;
    if (playing) this.audio.play().catch(() => {});
  }

  #hear() {
    const on = (names, handler) => names.split(" ").forEach((name) => this.audio.addEventListener(name, handler, { signal: this.signal }));
    on("play pause ended", () => this.tell("play"));
    on("play", () => this.#run());
    on("seeking seeked timeupdate loadedmetadata", () => this.#tick());
  }

  /** Tell of the time in every frame, once, however often it was begun. */
  #run() {
    cancelAnimationFrame(this.#frame);
    this.#tick();
    if (this.playing && !this.signal.aborted) this.#frame = requestAnimationFrame(() => this.#run());
  }

  #tick() {
    this.tell("time");
    this.#noteCurrent();
  }

  #noteCurrent() {
    const currentId = this.current?.segment.segment_id ?? null;
    if (currentId === this.#currentId) return;
    this.#currentId = currentId;
    this.tell("current");
  }

  #end() {
    this.audio.pause();
    this.audio.removeAttribute("src");
    this.audio.load();
  }
}
