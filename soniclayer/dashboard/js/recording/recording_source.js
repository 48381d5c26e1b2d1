/** Where what is known of a recording comes from. Everything throws Problem, or AbortError. */

import { apiUrl, getJson } from "../api.js";

/** Asks for one recording, until the signal aborts. */
export class RecordingSource {
  #id;
  #signal;
  #titles = null;

  constructor(id, signal) {
    this.#id = id;
    this.#signal = signal;
  }

  /** {detail: RecordingDetail, personas: {name, title}[]}, in wanted order. */
  async detail() {
    const [detail, titles] = await Promise.all([this.#get(`/recordings/${this.#id}`), this.#titlesOfPersonas()]);
    return { detail, personas: detail.personas.map((name) => ({ name, title: titles.get(name) ?? name })) };
  }

  /** Segments: those of one window, or (null) all there are. */
  segments(window = null) {
    return this.#get(`/segments/${this.#id}${window === null ? "" : `?window=${window}`}`);
  }

  /** The summary; null where there is none. While all of it is judged again, and where that was cancelled, it is the one before. */
  summary({ summarised }) {
    return summarised ? this.#get(`/summary/${this.#id}`) : null;
  }

  /** RecordingPeaks, as far as it was read. */
  peaks() {
    return this.#get(`/peaks/${this.#id}`);
  }

  /** Whether the server sends another sound than what was uploaded: only the original's version is the id itself. */
  async hasListeningCopy() {
    const asked = { method: "HEAD", credentials: "same-origin", signal: this.#signal };
    const version = await fetch(apiUrl(`/audio/${this.#id}`), asked).then((response) => response.headers.get("ETag"), () => null);
    return version !== null && !version.includes(`"${this.#id}"`);
  }

  async #titlesOfPersonas() {
    if (!this.#titles) {
      const { personas } = await this.#get("/personas");
      this.#titles = new Map(personas.map(({ name, title }) => [name, title]));
    }
    return this.#titles;
  }

  #get(path) {
    return getJson(path, { signal: this.#signal });
  }
}
