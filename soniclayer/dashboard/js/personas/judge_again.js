/** A dialog: which recordings a persona is to judge again, and how that goes. */

import { getJson } from "../api.js";
import { openDialog } from "../dialog.js";
import { h, icon, replace } from "../dom.js";
import { listen } from "../live.js";
import { explain } from "../problems.js";
import { emptyState, faultState, loadingState } from "../states.js";
import { texts } from "../texts.js";
import { askForEach } from "./asking.js";
import { recordingChoice } from "./recording_choice.js";

const MOST = 100;
const FINISHED = new Set(["completed", "completed_with_errors"]);

/** Open it for a persona of /personas; what it has asked for goes on when it is closed, or the page is left. */
export function judgeAgain(persona, { signal: left }) {
  const closed = new AbortController();
  const signal = AbortSignal.any([left, closed.signal]);
  const body = h("div", null, loadingState());
  const dialog = openDialog(texts.personas.againTitle(persona.title), h("p", null, texts.personas.againMeans), body);
  dialog.classList.add("judge-again");
  dialog.addEventListener("close", () => closed.abort(), { once: true });
  left.addEventListener("abort", () => dialog.close(), { signal: closed.signal });
  load();

  async function load() {
    try {
      const { recordings } = await getJson(`/recordings?limit=${MOST}`, { signal });
      const finished = recordings.filter(({ state }) => FINISHED.has(state));
      replace(body, finished.length ? form(persona, finished, { signal, close: () => dialog.close() })
        : emptyState({ mark: "search", title: texts.personas.noRecordings, text: texts.personas.noRecordingsHow }));
    } catch (error) {
      if (!signal.aborted) replace(body, faultState(error, { retry: load }));
    }
  }
}

function form(persona, recordings, { signal, close }) {
  const choice = recordingChoice(recordings, persona.name, { onchange: showCount });
  const progress = h("progress", { "aria-label": texts.personas.progress, hidden: true });
  const said = h("p", { role: "status" });
  const start = h("button.button.primary", { type: "submit" });
  const end = h("button.button", { type: "button", onclick: close }, texts.dialog.cancel);
  let asked = 0;
  let complete = false;
  listen(({ kind, audioId, data }) => { if (kind === "state" && data.ended) showJudged(choice.judged(audioId)); }, { signal });
  showCount();
  return h("form", { onsubmit: run }, choice.element, progress, said, h("div.dialog-foot", null, end, start));

  function showCount() {
    const count = choice.chosen().length;
    replace(start, icon("retry"), texts.personas.againStart(count));
    start.disabled = !count;
  }

  function showJudged(all) {
    if (all && complete) replace(said, texts.personas.allJudged);
  }

  async function run(event) {
    event.preventDefault();
    const ids = choice.chosen();
    asked = 0;
    const showProgress = () => { progress.value = asked; replace(said, texts.personas.asked(asked, ids.length)); };
    const tell = (id, kind, told = {}) => {
      choice.tell(id, kind, told);
      if (kind === "asked" || kind === "idle") asked += 1;
      if (kind === "waiting") replace(said, texts.personas.waiting(Math.ceil(told.seconds)));
      else showProgress();
    };
    choice.lock(true);
    Object.assign(progress, { hidden: false, max: ids.length });
    start.hidden = true;
    replace(end, texts.personas.stop);
    end.focus();
    try {
      await askForEach(ids, persona.name, { signal, tell });
      replace(said, texts.personas.done(asked, ids.length, persona.title));
    } catch (error) {
      if (!signal.aborted) replace(said, explain(error));
    }
    complete = asked === ids.length;
    choice.lock(false);
    replace(end, texts.dialog.close);
    start.hidden = complete;
    showCount();
  }
}
