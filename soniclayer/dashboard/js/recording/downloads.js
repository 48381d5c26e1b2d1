/** Everything there is of a recording, as files. */

import { apiUrl } from "../api.js";
import { h, icon, replace } from "../dom.js";
import { texts } from "../texts.js";

const FORMS = ["html", "srt", "vtt", "txt", "csv", "json"];

/** A button that unfolds the list; what it listens to ends with the signal. */
export function downloads(open, { signal }) {
  const note = h("p.faint");
  const forms = FORMS.map((form) => entry(`/transcripts/${open.id}.${form}?download=1`, texts.downloads[form]));
  const list = h("ul", null, forms, entry(`/audio/${open.id}?download=1`, texts.downloads.audio));
  const button = h("summary.button", null, icon("download"), texts.downloads.title, icon("down"));
  const menu = h("details.downloads", null, button, h("div.downloads-list.card", null, note, list));

  menu.addEventListener("keydown", (event) => event.key === "Escape" && menu.open && fold(event), { signal });
  document.addEventListener("click", (event) => { if (!menu.contains(event.target)) menu.open = false; }, { signal });
  list.addEventListener("click", (event) => { if (event.target.closest("a")) menu.open = false; }, { signal });
  for (const event of ["detail", "segments"]) open.addEventListener(event, show, { signal });
  show();
  return menu;

  function show() {
    const { detail, segments } = open;
    const nothing = Boolean(detail?.ended) && !segments.length; // but the sound itself
    for (const form of forms) form.hidden = nothing;
    replace(note, !detail || nothing || detail.state.startsWith("completed") ? null : detail.ended ? texts.downloads.stopped : texts.downloads.soFar);
    note.hidden = !note.textContent;
  }

  function fold(event) {
    event.preventDefault();
    menu.open = false;
    button.focus();
  }
}

function entry(path, { name, use }) {
  return h("li", null, h("a", { href: apiUrl(path), download: "" }, h("strong", null, name), h("span.faint", null, use)));
}
