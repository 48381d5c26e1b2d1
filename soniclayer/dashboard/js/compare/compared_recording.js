/** One of two recordings that are compared. */

import { KnownRecording } from "../recording/known_recording.js";
import { summaryOf } from "../recording/so_far.js";

/** `shown` is its summary, or (with less in it) what its segments tell so far; null until they are there. */
export class ComparedRecording extends KnownRecording {
  #asked = false;

  get shown() {
    if (!this.#asked || !this.detail) return null;
    return this.summary ?? summaryOf(this.segments, this.personas);
  }

  async load() {
    await super.load();
    this.#asked = true;
    this.tell("detail");
  }
}
