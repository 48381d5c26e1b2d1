/** One file that is to be sent, and how far that is. */

const SPEED_OVER_S = 6;

/** The same for two that are the same file, as far as can be told without reading them. */
export const markOf = (file) => [file.name, file.size, file.lastModified, file.webkitRelativePath].join("/");

/**
 * `state` is waiting, sending, done, known, refused or cancelled; `why` is a line for people: why it waits, or was
 * refused. `dueMs` (of performance.now) is when it may be sent again. Sizes in bytes.
 */
export class Upload {
  constructor(file) {
    this.file = file;
    this.name = file.name;
    this.sizeBytes = file.size;
    this.marks = [];
    this.rest();
  }

  /** As at the beginning. */
  rest() {
    Object.assign(this, { state: "waiting", why: "", dueMs: 0, tries: 0, failures: 0, audioId: null });
    this.forgetProgress();
  }

  get isUnderWay() {
    return this.state === "waiting" || this.state === "sending";
  }

  noteProgress(sentBytes) {
    const nowS = performance.now() / 1000;
    this.sentBytes = sentBytes;
    this.marks = [...this.marks.filter(([atS]) => nowS - atS < SPEED_OVER_S), [nowS, sentBytes]];
  }

  forgetProgress() {
    this.sentBytes = 0;
    this.marks = [];
  }

  /** Bytes a second, over the last seconds; null while it is too early to say. */
  get speed() {
    if (this.marks.length < 2) return null;
    const [[beganS, before], [nowS, now]] = [this.marks[0], this.marks.at(-1)];
    return nowS - beganS < 0.5 ? null : (now - before) / (nowS - beganS);
  }

  /** Seconds until all is sent, at this speed; null where that is not known. */
  get remainingS() {
    return this.speed ? (this.sizeBytes - this.sentBytes) / this.speed : null;
  }
}
