/** The one time axis of waveform and lanes: which stretch of a recording is shown, and how large. */

const MOST_PX_PER_S = 100;
const FITS = 1.001;

/** Fields: `durationS`, `widthPx` (of what is seen), `pxPerS`, `startS` (at its left edge). Event: `change`. */
export class Axis extends EventTarget {
  constructor() {
    super();
    Object.assign(this, { durationS: 0, widthPx: 0, pxPerS: 0, startS: 0 });
  }

  get endS() {
    return this.startS + this.#shownS;
  }

  /** Whether all of it is seen. */
  get fits() {
    return this.pxPerS <= this.#fitPxPerS * FITS;
  }

  get closest() {
    return this.pxPerS >= this.#mostPxPerS;
  }

  /** How wide all of it is. */
  get extentPx() {
    return this.fits ? this.widthPx : Math.ceil(this.durationS * this.pxPerS);
  }

  /** Where a time stands, in pixels from the left edge of what is seen. */
  x(seconds) {
    return (seconds - this.startS) * this.pxPerS;
  }

  /** Which time stands there. */
  seconds(x) {
    return this.pxPerS ? Math.min(this.durationS, Math.max(0, this.startS + x / this.pxPerS)) : 0;
  }

  /** Another length or width; what fits, goes on to fit. */
  measure({ durationS = this.durationS, widthPx = this.widthPx }) {
    if (durationS === this.durationS && widthPx === this.widthPx) return;
    const fitted = this.fits;
    Object.assign(this, { durationS, widthPx });
    this.#show(fitted ? this.#fitPxPerS : this.pxPerS, this.startS);
  }

  /** So many times larger; the time `aroundS` stays where it is. */
  zoom(factor, aroundS = (this.startS + this.endS) / 2) {
    const x = this.x(aroundS);
    const pxPerS = Math.min(this.#mostPxPerS, Math.max(this.#fitPxPerS, this.pxPerS * factor));
    if (pxPerS) this.#show(pxPerS, aroundS - x / pxPerS);
  }

  /** All of it. */
  fit() {
    this.#show(this.#fitPxPerS, 0);
  }

  /** Begin there. */
  scrollTo(startS) {
    this.#show(this.pxPerS, startS);
  }

  /** Have a time in sight: near the left edge, where it was not. */
  reveal(seconds) {
    const margin = this.#shownS / 12;
    if (seconds < this.startS || seconds > this.endS - margin / 2) this.scrollTo(seconds - margin);
  }

  get #fitPxPerS() {
    return this.durationS ? this.widthPx / this.durationS : 0;
  }

  get #mostPxPerS() {
    return Math.max(MOST_PX_PER_S, this.#fitPxPerS);
  }

  get #shownS() {
    return this.pxPerS ? this.widthPx / this.pxPerS : this.durationS;
  }

  #show(pxPerS, startS) {
    this.pxPerS = Math.max(pxPerS, this.#fitPxPerS);
    this.startS = Math.max(0, Math.min(startS, this.durationS - this.#shownS));
    this.dispatchEvent(new Event("change"));
  }
}
