/** The waveform: wavesurfer draws the stretch in sight, from the peaks that the server has made; it never touches the sound. */

import WaveSurfer from "../../vendor/wavesurfer/wavesurfer.esm.js";
import { h } from "../dom.js";
import { palette } from "./palette.js";

export const WAVEFORM_PX = 84;

/** {element, draw(), restyle()}: the waveform of an open recording, as far as the axis shows it. */
export function waveform(open, axis, { signal }) {
  const element = h("div.waveform", { style: { height: `${WAVEFORM_PX}px` } });
  let surfer = null;
  let shown = null;
  signal.addEventListener("abort", () => surfer?.destroy(), { once: true });
  function draw() {
    if (!open.peaks?.peaks.length || !axis.pxPerS || !element.isConnected) return;
    const wanted = [open.peaks, axis.startS, axis.pxPerS, axis.widthPx];
    if (shown?.every((value, place) => value === wanted[place])) return;
    shown = wanted;
    surfer ??= begin(element);
    const readPx = Math.min(axis.widthPx, Math.max(0, axis.x(open.peaks.peaks.length * open.peaks.step_s)));
    element.style.setProperty("clip-path", `inset(0 ${axis.widthPx - readPx}px 0 0)`); // silence is a line; what is not read yet is nothing
    surfer.load("", [inSight(open.peaks, axis)], axis.endS - axis.startS).catch(() => {}); // the next one has taken its place
  }
  return { element, draw, restyle: () => surfer?.setOptions(colours()) };
}

function begin(element) {
  const host = h("div");
  const surfer = WaveSurfer.create({ container: host, height: WAVEFORM_PX, interact: false, cursorWidth: 0, ...colours() });
  adoptStyle(host.firstElementChild.shadowRoot);
  element.append(host);
  return surfer;
}

/** A height of 0-1 for every pixel; the largest peak of the recording is 1, and what is not read yet is 0. */
function inSight({ step_s: stepS, peaks }, axis) {
  const scale = 1 / Math.max(1, largest(peaks));
  const heights = new Float32Array(Math.max(1, Math.round(axis.widthPx)));
  const perPx = 1 / (axis.pxPerS * stepS);
  for (let x = 0; x < heights.length; x += 1) {
    const from = axis.startS / stepS + x * perPx;
    heights[x] = scale * (perPx < 1 ? between(peaks, from) : highest(peaks, Math.floor(from), Math.ceil(from + perPx)));
  }
  return heights;
}

function between(peaks, place) {
  const [before, share] = [Math.floor(place), place % 1];
  return (peaks[before] ?? 0) * (1 - share) + (peaks[before + 1] ?? 0) * share;
}

function highest(peaks, from, to) {
  let found = 0;
  for (let place = from; place < to && place < peaks.length; place += 1) if (peaks[place] > found) found = peaks[place];
  return found;
}

const known = new WeakMap();

function largest(peaks) {
  if (!known.has(peaks)) known.set(peaks, highest(peaks, 0, peaks.length));
  return known.get(peaks);
}

function colours() {
  const { wave } = palette("wave");
  return { waveColor: wave, progressColor: wave };
}

/**
 * wavesurfer writes a <style> into its shadow root, which our policy forbids as soon as it comes into the page. It has not
 * come there yet: its text becomes a sheet that the root adopts, which is none of the policy's business.
 */
function adoptStyle(root) {
  const style = root.querySelector("style");
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(style.textContent);
  root.adoptedStyleSheets = [sheet];
  style.remove();
}
