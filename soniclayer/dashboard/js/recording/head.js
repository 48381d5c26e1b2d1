/** The head of a recording: what it is, how far it is, what can be done with it. */

import { h, icon, replace } from "../dom.js";
import { bytes, date, time } from "../format.js";
import { texts } from "../texts.js";
import { recordingActions } from "./actions.js";
import { notes } from "./notes.js";
import { progressOf } from "./progress.js";
import { redraw } from "./redraw.js";

const BADGES = { completed: "good", completed_with_errors: "warn", failed: "bad", cancelled: "warn" };

/** The element of an open recording; `tools` stand beside its actions. What it listens to ends with the signal. */
export function head(open, { signal }, ...tools) {
  const name = h("h1", { dir: "auto" });
  const facts = h("p.recording-facts");
  const below = h("div.recording-notes");
  const actions = recordingActions(open, { signal });
  const element = h("header.recording-head", null,
    h("div.recording-title", null, h("a.button.plain", { href: "#/", title: texts.timeline.back, "aria-label": texts.timeline.back }, icon("back")), h("div", null, name, facts)),
    h("div.recording-tools", null, tools, actions.element), below);

  let shown = "";
  function draw() {
    const told = JSON.stringify([open.detail, open.personas, open.durationS, open.segments.length, open.complete, open.problem?.code]);
    if (told === shown) return;
    shown = told;
    name.textContent = open.detail.name;
    replace(facts, factsOf(open));
    redraw(below, progressOf(open), notes(open));
    actions.draw();
  }
  for (const event of ["detail", "segments", "summary", "problem"]) open.addEventListener(event, draw, { signal });
  open.audio.addEventListener("loadedmetadata", draw, { signal }); // it may know the length first
  draw();
  return element;
}

function factsOf({ detail, durationS }) {
  return [
    h(`span.badge.${BADGES[detail.state] ?? "busy"}`, null, texts.states[detail.state]), " ",
    h("span.number", null, durationS ? time(durationS) : texts.timeline.unknownLength), " · ", texts.timeline.uploaded(date(detail.uploaded_at)), " · ",
    h("span.number", null, bytes(detail.size_bytes)),
  ];
}
