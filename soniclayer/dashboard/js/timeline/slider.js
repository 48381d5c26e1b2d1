/** The timeline for who does not see it: a slider that says where it is, and what is there. */

import { score, time } from "../format.js";
import { texts } from "../texts.js";
import { leap, stepSegment } from "../player/steps.js";

const KEYS = {
  ArrowLeft: (open) => leap(open, -1), ArrowRight: (open) => leap(open, 1), Home: (open) => open.seek(0), End: (open) => open.seek(open.durationS),
  ArrowDown: (open) => stepSegment(open, -1), ArrowUp: (open) => stepSegment(open, 1), PageDown: (open) => stepSegment(open, -1), PageUp: (open) => stepSegment(open, 1),
};

/** Make an element the slider of an open recording, with the keys of one; they are those of the page, which leaves them to it. */
export function asSlider(element, open, { signal }) {
  const fixed = { role: "slider", tabindex: "0", "aria-label": texts.timeline.slider, "aria-orientation": "horizontal", "aria-valuemin": "0" };
  for (const [name, value] of Object.entries(fixed)) element.setAttribute(name, value);
  let said = "";
  let place = "";
  /** While it plays, not every second is told: only what comes next. */
  function say() {
    const now = Math.floor(open.timeS);
    const here = describe(open.current, open.personas);
    const spoken = texts.timeline.sliderValue(time(now), time(open.durationS), here);
    if (spoken === said || (open.playing && here === place)) return;
    place = here;
    said = spoken;
    element.setAttribute("aria-valuemax", String(Math.max(1, Math.ceil(open.durationS))));
    element.setAttribute("aria-valuenow", String(now));
    element.setAttribute("aria-valuetext", spoken);
  }
  for (const event of ["time", "segments", "detail", "play"]) open.addEventListener(event, say, { signal });
  say();

  element.addEventListener("keydown", (event) => {
    if (!Object.hasOwn(KEYS, event.key) || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    KEYS[event.key](open);
  }, { signal });
}

function describe(report, personas) {
  if (!report) return "";
  const scores = personas.map(({ name, title }) => [title, report.evaluations.find(({ persona }) => persona === name)]);
  const told = scores.map(([title, found]) => found && `${title} ${score(found.score)}`);
  return [texts.kinds[report.segment.kind], report.topic?.name, report.tone?.name, ...told].filter(Boolean).join(", ");
}
