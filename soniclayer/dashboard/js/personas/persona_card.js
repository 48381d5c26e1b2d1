/** A card of a persona: who it is, what it likes and dislikes, and who speaks for it. */

import { h, icon } from "../dom.js";
import { tagName } from "../recording/segment_labels.js";
import { texts } from "../texts.js";

/** The card of a persona of /personas. `faulty`: its file has faults now; `again()` has it judge again, null for who may not. */
export function personaCard(persona, { faulty, again }) {
  const id = `persona-${persona.name}`;
  return h("article.card.persona", { "aria-labelledby": id },
    h("header", null, h("h2", { id }, persona.title), h("code.faint", null, persona.name), faulty && h("span.badge.warn", null, icon("warning"), texts.personas.fileFaulty)),
    h("p", null, persona.description),
    taste("likes", "check", [[texts.personas.topics, persona.preferred_topics], [texts.personas.tones, persona.preferred_tones]]),
    taste("dislikes", "close", [
      [texts.personas.topics, persona.disliked_topics], [texts.personas.tones, persona.disliked_tones], [texts.personas.tags, persona.disliked_tags.map(tagName)],
    ]),
    h("footer", null, h("p.faint", { title: texts.personas.flowMeans(persona.batch) }, texts.personas.flow, " ", h("code", null, persona.flow)), again && againButton(persona, faulty, again)));
}

function taste(kind, mark, groups) {
  const told = groups.filter(([, names]) => names.length);
  return h(`section.${kind}`, null, h("h3", null, icon(mark), texts.personas[kind]),
    told.length ? h("dl", null, told.map(([what, names]) => [h("dt", null, what), h("dd", null, chips(names))])) : h("p.faint", null, texts.personas.nothing));
}

const chips = (names) => h("ul.chips", null, names.map((name) => h("li.chip", null, name)));

function againButton({ title }, faulty, again) {
  const told = { type: "button", disabled: faulty, title: faulty ? texts.personas.fileFaultyWhy : null, "aria-label": texts.personas.againFor(title), onclick: again };
  return h("button.button", told, icon("retry"), texts.personas.again);
}
