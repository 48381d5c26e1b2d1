/** All uploads of this tab. They go on whatever page is shown. */

import { Problem } from "../api.js";
import { explain } from "../problems.js";
import { texts } from "../texts.js";
import { followOccasions } from "./occasions.js";
import { sendFile } from "./send_file.js";
import { Upload, markOf } from "./upload.js";
import { isFailure, verdictOn } from "./verdict.js";

const AT_ONCE = 2;

/**
 * Sends files, AT_ONCE at a time, again and again until the server has them or refuses them. The same bytes sent
 * twice are one recording, so an answer that got lost does no harm.
 * Events: `added` and `removed`, with some Uploads as `detail`; `change`, with one, or null for all; `end`, when
 * nothing is left to do.
 */
class UploadQueue extends EventTarget {
  constructor() {
    super();
    this.uploads = [];
    this.dueMs = 0;
    this.why = "";
    this.isFull = false;
    this.signedOut = false;
    this.timer = null;
    this.started = false;
  }

  /** Queue files; how many were in it already. */
  add(files) {
    this.#start();
    const marks = new Set(this.underWay.map((upload) => markOf(upload.file)));
    const added = files.filter((file) => marks.size < marks.add(markOf(file)).size).map((file) => new Upload(file));
    this.uploads.push(...added);
    this.#tell("added", added);
    for (const upload of added) if (!upload.sizeBytes) this.#refuse(upload, explain(new Problem(0, "empty", "")));
    this.#next();
    return files.length - added.length;
  }

  /** What has not ended yet. */
  get underWay() {
    return this.uploads.filter((upload) => upload.isUnderWay);
  }

  cancel(upload) {
    if (!upload.isUnderWay) return;
    upload.controller?.abort();
    this.#end(upload, "cancelled");
    this.#next();
  }

  cancelAll() {
    for (const upload of this.underWay) this.cancel(upload);
  }

  /** Send one again that was refused or cancelled. */
  retry(upload) {
    if (upload.isUnderWay) return;
    upload.rest();
    this.#tell("change", upload);
    this.#next();
  }

  /** Forget what has ended. */
  clear() {
    const ended = this.uploads.filter((upload) => !upload.isUnderWay);
    this.uploads = this.underWay;
    this.#tell("removed", ended);
  }

  /** Seconds until anything is sent at all, 0 for now; `why` tells people what is waited for. */
  get waitS() {
    return Math.max(0, (this.dueMs - performance.now()) / 1000);
  }

  #start() {
    if (this.started) return;
    this.started = true;
    followOccasions(this);
  }

  /** Do not wait any longer for a server that was away; but for one that takes no more for a while. */
  hurry() {
    if (!this.isFull) {
      this.dueMs = 0;
      for (const upload of this.underWay) upload.dueMs = 0;
    }
    this.#next();
  }

  /** Send nothing until resume(). */
  pause() {
    this.signedOut = true;
    this.#tell("change", null);
  }

  resume() {
    this.signedOut = false;
    this.hurry();
  }

  #next() {
    clearTimeout(this.timer);
    if (this.signedOut) return;
    const nowMs = performance.now();
    if (nowMs >= this.dueMs) this.isFull = false;
    let free = AT_ONCE - this.uploads.filter(({ state }) => state === "sending").length;
    let soonestMs = Infinity;
    for (const upload of this.uploads) {
      if (free <= 0 || upload.state !== "waiting") continue;
      const dueMs = Math.max(upload.dueMs, this.dueMs);
      if (dueMs > nowMs) soonestMs = Math.min(soonestMs, dueMs);
      else {
        free -= 1;
        this.#send(upload);
      }
    }
    if (soonestMs < Infinity) this.timer = setTimeout(() => this.#next(), soonestMs - nowMs + 20);
  }

  async #send(upload) {
    const controller = new AbortController();
    Object.assign(upload, { state: "sending", why: "", controller });
    upload.forgetProgress();
    this.#tell("change", upload);
    const onProgress = (bytes) => { upload.noteProgress(bytes); this.#tell("change", upload); };
    try {
      const answer = await sendFile(upload.file, { onProgress, signal: controller.signal });
      this.#take(upload, answer);
    } catch (error) {
      if (!controller.signal.aborted) this.#failed(upload, error);
    }
    this.#next();
  }

  #take(upload, { audio_id: audioId, known, pauseS }) {
    Object.assign(upload, { audioId, sentBytes: upload.sizeBytes, why: "" });
    if (pauseS) this.#wait(pauseS, texts.upload.tooMany, true);
    else if (!this.isFull) this.dueMs = 0;
    this.#end(upload, known ? "known" : "done");
  }

  #failed(upload, error) {
    const problem = error instanceof Problem ? error : new Problem(500, "other", error.message);
    upload.tries += 1;
    if (isFailure(problem)) upload.failures += 1;
    const { refused, signIn, againInS, why, all } = verdictOn(problem, upload);
    if (refused) {
      this.#refuse(upload, refused);
      return;
    }
    upload.forgetProgress();
    Object.assign(upload, { state: "waiting", why: all || signIn ? "" : why });
    if (signIn) this.signedOut = true;
    else if (all) this.#wait(againInS, why, problem.status === 429);
    else upload.dueMs = performance.now() + againInS * 1000;
    this.#tell("change", upload);
  }

  #wait(seconds, why, isFull) {
    Object.assign(this, { dueMs: performance.now() + seconds * 1000, why, isFull });
  }

  #refuse(upload, why) {
    upload.why = why;
    this.#end(upload, "refused");
  }

  #end(upload, state) {
    Object.assign(upload, { state, controller: null });
    this.#tell("change", upload);
    if (!this.underWay.length) this.#tell("end", upload);
  }

  #tell(kind, upload) {
    this.dispatchEvent(new CustomEvent(kind, { detail: upload }));
  }
}

/** The one of this tab. */
export const queue = new UploadQueue();
