/**
 * Which segment one reads about: the one that was selected; while that is also the one that is heard, the next ones as
 * they are heard. Tells of another one by the event `change`.
 */
export class ShownSegment extends EventTarget {
  #open;
  #id = null;
  #follows = true;

  constructor(open, { signal }) {
    super();
    this.#open = open;
    open.addEventListener("select", () => this.#select(), { signal });
    open.addEventListener("current", () => this.#step(), { signal });
    this.#id = open.selectedId ?? this.#currentId;
    this.#follows = this.#id === null || this.#id === this.#currentId;
  }

  /** The SegmentReport, or null. */
  get report() {
    return this.#id === null ? null : this.#open.segments[this.#open.indexOf(this.#id)] ?? null;
  }

  /** Whether it goes along with what is heard. */
  get follows() {
    return this.#follows;
  }

  /** Show what is heard, and go along with it. */
  toCurrent() {
    this.#follows = true;
    this.#show(this.#currentId);
  }

  get #currentId() {
    return this.#open.current?.segment.segment_id ?? null;
  }

  #select() {
    this.#follows = this.#open.selectedId === null || this.#open.selectedId === this.#currentId;
    this.#show(this.#open.selectedId ?? this.#currentId);
  }

  /** In the gaps between segments the one before stays. */
  #step() {
    if (this.#id === this.#currentId) this.#follows = true;
    if (this.#follows && this.#currentId !== null) this.#id = this.#currentId;
    this.dispatchEvent(new Event("change"));
  }

  #show(id) {
    this.#id = id;
    this.dispatchEvent(new Event("change"));
  }
}
