/** What is looked for: search by name, one state, an order. It stands in the location too, so going back finds it. */

import { h, icon } from "../dom.js";
import { texts } from "../texts.js";
import { USUAL_SORT } from "./recording_list.js";

const QUIET_S = 0.25;

/** What a location's query (URLSearchParams) asks for: {q, state, sort}; what it does not know is left out. */
export function wantedOf(query) {
  const [state, sort] = [query.get("state") ?? "", query.get("sort") ?? ""];
  return {
    q: query.get("q") ?? "",
    state: Object.hasOwn(texts.states, state) ? state : "",
    sort: Object.hasOwn(texts.library.sorts, sort) ? sort : USUAL_SORT,
  };
}

/** {element, focus(), reset()}; `ask(wanted)` is called when somebody wants something else. */
export function toolbar(wanted, ask, { signal }) {
  let timer = null;
  const search = h("input.field", { type: "search", placeholder: texts.library.search, "aria-label": texts.library.search, oninput: () => soon(), onkeydown: (event) => leave(event) });
  search.value = wanted.q;
  const state = choice(texts.library.state, { "": texts.library.allStates, ...texts.states }, wanted.state, () => now());
  const sort = choice(texts.library.sort, texts.library.sorts, wanted.sort, () => now());
  signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
  const soon = () => { clearTimeout(timer); timer = setTimeout(now, QUIET_S * 1000); };
  const now = () => {
    clearTimeout(timer);
    const asked = { q: search.value.trim(), state: state.value, sort: sort.value };
    history.replaceState(history.state, "", hashOf(asked));
    ask(asked);
  };
  const leave = (event) => {
    if (event.key === "Enter") now();
    if (event.key !== "Escape") return;
    event.preventDefault();
    if (!search.value) search.blur(); // letters are keys again
    else {
      search.value = "";
      now();
    }
  };
  const element = h("div.library-tools", { role: "search" }, h("span.library-search", null, icon("search"), search), state, sort);
  const reset = () => { search.value = ""; state.value = ""; now(); };
  return { element, focus: () => search.select(), reset };
}

function choice(label, options, chosen, onchange) {
  const select = h("select.field", { "aria-label": label, title: label, onchange }, Object.entries(options).map(([value, text]) => h("option", { value }, text)));
  select.value = chosen;
  return select;
}

function hashOf({ q, state, sort }) {
  const query = new URLSearchParams(Object.entries({ q, state, sort: sort === USUAL_SORT ? "" : sort }).filter(([, value]) => value));
  return query.size ? `#/?${query}` : "#/";
}
