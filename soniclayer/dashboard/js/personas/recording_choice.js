/** A list of recordings to choose from, each with a line on how it goes. */

import { scoreBadge } from "../charts/score_badge.js";
import { h, icon, replace } from "../dom.js";
import { date, time } from "../format.js";
import { explain } from "../problems.js";
import { texts } from "../texts.js";

const MARKS = { asked: "check", idle: "check", judged: "check", failed: "warning", waiting: "retry" };

/**
 * All of `recordings` (lines of /recordings) chosen at first. What comes back has `element`, chosen() -> ids,
 * lock(true) while no choice is to be made, tell(id, kind, {error}) of what becomes of one, and judged(id) of one that is
 * done: whether all that were asked for are.
 */
export function recordingChoice(recordings, persona, { onchange }) {
  const lines = new Map(recordings.map((recording) => [recording.audio_id, choiceLine(recording, persona, changed)]));
  const boxes = [...lines.values()].map(({ box }) => box);
  const all = h("input", { type: "checkbox", onchange: () => { for (const box of boxes) if (!box.disabled) box.checked = all.checked; changed(); } });
  const list = h("ul.list", { tabindex: 0, "aria-label": texts.personas.which }, [...lines.values()].map(({ element }) => element));
  const set = h("fieldset.which", null, h("legend", null, texts.personas.which), h("label.check.all", null, all, texts.personas.all(recordings.length)), list);
  showAll();
  return { element: set, chosen, lock, tell, judged };

  function chosen() {
    return [...lines].filter(([, { box }]) => box.checked && !box.dataset.done).map(([id]) => id);
  }

  function lock(locked) {
    all.disabled = locked;
    for (const box of boxes) box.disabled = locked || Boolean(box.dataset.done);
    if (!locked) changed();
  }

  function tell(id, kind, { error } = {}) {
    const line = lines.get(id);
    line.kind = kind;
    if (kind === "asked" || kind === "idle") Object.assign(line.box.dataset, { done: "true" });
    replace(line.said, MARKS[kind] && icon(MARKS[kind]), kind === "failed" ? explain(error) : texts.personas.how[kind]);
    line.said.dataset.kind = kind;
    line.element.scrollIntoView({ block: "nearest" });
  }

  function judged(id) {
    if (lines.get(id)?.kind === "asked") tell(id, "judged");
    return ![...lines.values()].some(({ kind }) => kind === "asked");
  }

  function changed() {
    showAll();
    onchange();
  }

  function showAll() {
    const free = boxes.filter((box) => !box.dataset.done);
    const checked = free.filter((box) => box.checked).length;
    all.checked = free.length > 0 && checked === free.length;
    all.indeterminate = checked > 0 && checked < free.length;
  }
}

function choiceLine({ name, uploaded_at: uploadedAt, duration_s: durationS, scores, audio_id: id }, persona, onchange) {
  const box = h("input", { type: "checkbox", name: "recording", value: id, checked: true, onchange });
  const said = h("span.said");
  const present = scores?.[persona];
  const known = h("span.known", null, h("span.name", { dir: "auto" }, name), h("span.faint.number", null, `${date(uploadedAt)} · ${time(durationS)}`));
  return { box, said, kind: null, element: h("li", null, h("label.check", null, box, known, present !== undefined && scoreBadge(present, texts.personas.scoreNow)), said) };
}
