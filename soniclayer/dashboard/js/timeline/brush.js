/** Drawing on a canvas that is as sharp as the screen, in pixels of the page. */

import { palette } from "./palette.js";

const FONT = "12px system-ui, 'Segoe UI', 'Noto Sans', sans-serif";
const HATCH_PX = 6;
const PADDING_PX = 5;
const LEAST_CHARACTERS = 2;
const MOST_WIDTHS = 5000;

const COLOURS = [
  "wave", "ink", "faint", "card", "sunken", "line", "control", "accent", "accent-soft", "warn", "warn-soft",
  ...["speech", "music", "noise", "silence"].flatMap((kind) => [kind, `on-${kind}`]),
  ...[1, 2, 3, 4, 5].flatMap((step) => [`score-${step}`, `on-score-${step}`]),
];
const widths = new Map();

/** `colours` are those of css/tokens.css, without the dashes before. Sizes are in pixels of the page. */
export class Brush {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.restyle();
  }

  /** Read the colours again. */
  restyle() {
    this.colours = palette(...COLOURS);
    this.hatching = null;
  }

  /** Make the canvas so large, and empty it. */
  begin(widthPx, heightPx) {
    const ratio = Math.max(1, devicePixelRatio);
    const [width, height] = [Math.round(widthPx * ratio), Math.round(heightPx * ratio)];
    if (this.canvas.width !== width) this.canvas.width = width; // where it is the same this would cost as much as all the rest
    if (this.canvas.height !== height) this.canvas.height = height;
    Object.assign(this, { widthPx, heightPx });
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.context.clearRect(0, 0, widthPx, heightPx);
    Object.assign(this.context, { font: FONT, textBaseline: "middle", lineWidth: 1 });
  }

  fill(x, y, width, height, colour) {
    this.context.fillStyle = colour;
    this.context.fillRect(x, y, width, height);
  }

  /** Strokes over a ground: what is there is not certain. */
  hatch(x, y, width, height) {
    this.hatching ??= this.#makeHatching();
    this.fill(x, y, width, height, this.hatching);
  }

  frame(x, y, width, height, colour, lineWidth = 1) {
    Object.assign(this.context, { strokeStyle: colour, lineWidth });
    this.context.strokeRect(x + lineWidth / 2, y + lineWidth / 2, Math.max(0, width - lineWidth), height - lineWidth);
  }

  /** A text between x and x + width, cut where it is too long; with `short` that in its place, and rather nothing than a part. */
  text(text, x, y, width, colour, { short = null } = {}) {
    const [left, right] = [Math.max(x, 0), Math.min(x + width, this.widthPx)];
    const shown = this.#fitting(text, right - left - 2 * PADDING_PX, short !== null);
    this.context.fillStyle = colour;
    if (shown) this.context.fillText(shown, left + PADDING_PX, y);
    else if (short !== null && this.width(short) <= right - left) this.context.fillText(short, (left + right - this.width(short)) / 2, y);
  }

  width(text) {
    if (widths.size > MOST_WIDTHS) widths.clear();
    if (!widths.has(text)) widths.set(text, this.context.measureText(text).width);
    return widths.get(text);
  }

  #fitting(text, room, whole) {
    if (room <= 0) return "";
    const needed = this.width(text);
    if (needed <= room) return text;
    return whole ? "" : this.#cut(text, room, Math.floor((text.length * room) / needed));
  }

  #cut(text, room, length) {
    const shown = `${text.slice(0, length).trimEnd()}…`;
    if (length < LEAST_CHARACTERS) return "";
    return this.width(shown) <= room ? shown : this.#cut(text, room, length - 1);
  }

  #makeHatching() {
    const tile = document.createElement("canvas");
    tile.width = tile.height = HATCH_PX;
    const context = tile.getContext("2d");
    Object.assign(context, { strokeStyle: this.colours.card, lineWidth: 1.6, globalAlpha: 0.7 });
    for (const shift of [-HATCH_PX, 0, HATCH_PX]) {
      context.moveTo(shift, HATCH_PX);
      context.lineTo(shift + HATCH_PX, 0);
    }
    context.stroke();
    return this.context.createPattern(tile, "repeat");
  }
}
