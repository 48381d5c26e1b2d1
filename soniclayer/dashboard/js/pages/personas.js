/** The page: personas. Who they are, what they like, and a button that has one judge recordings again. */

import { getJson } from "../api.js";
import { h, icon, replace } from "../dom.js";
import { faultsByPersona } from "../personas/file_faults.js";
import { judgeAgain } from "../personas/judge_again.js";
import { personaCard } from "../personas/persona_card.js";
import { mayWrite } from "../session.js";
import { emptyState, faultState, loadingState } from "../states.js";
import { texts } from "../texts.js";

/** Fill `view.main`; everything that is started ends with `view.signal`. */
export async function personasPage(view) {
  const place = h("div", null, loadingState());
  view.setTitle(texts.personas.title);
  replace(view.main, h("header.page-head", null, h("h1", null, texts.personas.title), h("p.faint", null, texts.personas.intro)), place);
  let shown = "";
  document.addEventListener("visibilitychange", () => document.hidden || load().catch(() => {}), { signal: view.signal });
  await show();

  async function show() {
    try {
      await load();
    } catch (error) {
      if (!view.signal.aborted) replace(place, faultState(error, { retry: show }));
    }
  }

  /** The files are read again by the server as soon as they change; so is the page, when somebody comes back to it. */
  async function load() {
    const found = await getJson("/personas", { signal: view.signal });
    if (JSON.stringify(found) === shown) return;
    shown = JSON.stringify(found);
    replace(place, ...content(found, view));
  }
}

function content({ personas, faults }, view) {
  const byPersona = faultsByPersona(faults);
  if (!personas.length) return [faultNotice(byPersona, []), emptyState({ mark: "person", title: texts.personas.none, text: texts.personas.noneHow })];
  const cards = personas.map((persona) => h("li", null, personaCard(persona, { faulty: byPersona.has(persona.name), again: mayWrite() ? () => judgeAgain(persona, view) : null })));
  return [faultNotice(byPersona, personas), h("ul.personas", null, cards), mayWrite() ? null : h("p.faint", null, texts.personas.looksOnly)];
}

function faultNotice(byPersona, personas) {
  if (!byPersona.size) return null;
  const titles = new Map(personas.map(({ name, title }) => [name, title]));
  const items = [...byPersona].map(([name, lines]) => h("li", null, h("strong", null, titles.get(name) ?? texts.personas.newOne(name)),
    h("ul", null, lines.map((line) => h("li", null, line)))));
  return h("section.file-faults", null, icon("warning"), h("div", null, h("p", null, texts.personas.faulty(byPersona.size)), h("ul", null, items)));
}
