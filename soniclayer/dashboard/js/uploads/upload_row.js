/** One upload, for people: its name, how far it is, and what can be done. */

import { h, icon, replace } from "../dom.js";
import { bytes, percent, time } from "../format.js";
import { recordingHash } from "../router.js";
import { texts } from "../texts.js";
import { queue } from "./queue.js";

const MARKS = { waiting: "clock", sending: "upload", done: "check", known: "check", refused: "warning", cancelled: "stop" };
const REDRAW_MS = 200;

/** `element` shows `upload` as it was when show() was called last. */
export class UploadRow {
  constructor(upload) {
    this.upload = upload;
    this.state = null;
    this.drawnMs = 0;
    this.bar = h("progress", { max: 1, value: 0, "aria-label": texts.upload.progressOf(upload.name) });
    this.told = h("span.upload-told.number");
    this.mark = h("span.upload-mark");
    this.actions = h("span.actions");
    this.element = h("li.upload", null, this.mark, h("span.upload-name", { title: upload.name, dir: "auto" }, upload.name), h("span.faint.number", null, bytes(upload.sizeBytes)), this.bar, this.told, this.actions);
  }

  /** Show how it is now; whether it is in another state than before. */
  show() {
    const { state } = this.upload;
    const isOther = state !== this.state;
    if (isOther) this.#showState(state);
    const nowMs = performance.now();
    if (!isOther && nowMs - this.drawnMs < REDRAW_MS) return false;
    this.drawnMs = nowMs;
    const { sentBytes, sizeBytes } = this.upload;
    this.bar.value = sizeBytes ? sentBytes / sizeBytes : 0;
    const told = toldOf(this.upload);
    if (this.told.textContent !== told) this.told.textContent = told;
    return isOther;
  }

  #showState(state) {
    this.state = state;
    this.element.dataset.state = state;
    replace(this.mark, icon(MARKS[state]));
    this.bar.hidden = state !== "sending";
    replace(this.actions, actionsOf(this.upload));
  }
}

function actionsOf(upload) {
  const { name, state } = upload;
  const button = (mark, text, run) => h("button.button.plain", { type: "button", title: text, "aria-label": texts.library.actionOn(text, name), onclick: () => run(upload) }, icon(mark));
  if (upload.isUnderWay) return button("close", texts.upload.cancel, (one) => queue.cancel(one));
  if (upload.audioId) return h("a.button", { href: recordingHash(upload.audioId), "aria-label": texts.library.actionOn(texts.upload.open, name) }, texts.upload.open);
  return upload.sizeBytes && state !== "waiting" ? button("retry", texts.upload.again, (one) => queue.retry(one)) : null;
}

function toldOf(upload) {
  const { state, why, dueMs } = upload;
  if (state === "sending") return sendingOf(upload);
  if (state === "refused") return why;
  const leftS = Math.ceil((dueMs - performance.now()) / 1000);
  return state === "waiting" && leftS > 0 ? `${why} ${texts.upload.againIn(time(leftS))}` : texts.upload.states[state];
}

function sendingOf({ sentBytes, sizeBytes, speed, remainingS }) {
  if (sentBytes >= sizeBytes) return texts.upload.storing;
  const told = [percent(sentBytes / sizeBytes), texts.upload.ofBytes(bytes(sentBytes), bytes(sizeBytes))];
  if (speed) told.push(texts.upload.speed(bytes(speed)), texts.upload.remaining(time(Math.ceil(remainingS))));
  return told.join(" · ");
}
