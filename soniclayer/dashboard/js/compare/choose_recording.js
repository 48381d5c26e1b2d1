/** Choosing another recording for one side. */

import { getJson } from "../api.js";
import { openDialog } from "../dialog.js";
import { h, replace } from "../dom.js";
import { date, time } from "../format.js";
import { explain } from "../problems.js";
import { compareHash } from "../router.js";
import { loadingState } from "../states.js";
import { texts } from "../texts.js";

const MOST = 20;
const PAUSE_MS = 250;

/** A dialog with a search by name; whoever chooses goes to the new comparison. `place` is the side that is replaced. */
export function chooseRecording({ place, ids, signal }) {
  let [timer, asked] = [0, new AbortController()];
  const list = h("ul.choose-list");
  const state = h("div", { role: "status" });
  const box = h("input.field", { type: "search", "aria-label": texts.compare.find, placeholder: texts.compare.find, autocomplete: "off", spellcheck: "false", oninput: soon });
  const dialog = openDialog(texts.compare.chooseTitle, box, state, list);
  list.addEventListener("click", (event) => event.target.closest("a") && dialog.close());
  dialog.addEventListener("close", () => { clearTimeout(timer); asked.abort(); });
  signal.addEventListener("abort", () => dialog.close(), { once: true });
  box.focus();
  find();

  function soon() {
    clearTimeout(timer);
    timer = setTimeout(find, PAUSE_MS);
  }

  async function find() {
    asked.abort();
    asked = new AbortController();
    if (!list.children.length) replace(state, loadingState());
    try {
      const query = new URLSearchParams({ q: box.value.trim(), limit: MOST });
      const { recordings } = await getJson(`/recordings?${query}`, { signal: asked.signal });
      replace(state, recordings.length ? null : h("p.faint", null, texts.compare.noneFound));
      replace(list, recordings.map(entry));
    } catch (error) {
      if (error.name !== "AbortError") replace(state, h("p.fault", null, explain(error)));
    }
  }

  function entry({ audio_id: id, name, uploaded_at: sent, duration_s: durationS }) {
    const facts = h("span.faint", null, [durationS && time(durationS), date(sent)].filter(Boolean).join(", "));
    if (ids.includes(id)) return h("li.choose-taken", null, h("span", { dir: "auto" }, name), h("span.faint", null, texts.compare.alreadyThere));
    const pair = place === 0 ? [id, ids[1]] : [ids[0], id];
    return h("li", null, h("a", { href: compareHash(...pair) }, h("span", { dir: "auto" }, name), facts));
  }
}
