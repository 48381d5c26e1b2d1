/**
 * The page that is shown.
 *
 * A page is a function of a view {main, signal, name, ids, query, setTitle(text)}: it fills `main`, and ends all that
 * it started with `signal`. What it throws is shown in its place.
 */

import { h, replace } from "./dom.js";
import { oneLine } from "./format.js";
import { comparePage } from "./pages/compare.js";
import { libraryPage } from "./pages/library.js";
import { personasPage } from "./pages/personas.js";
import { recordingPage } from "./pages/recording.js";
import { findPlace, keepPlace } from "./scroll.js";
import { emptyState, faultState, loadingState } from "./states.js";
import { texts } from "./texts.js";

const PAGES = { library: libraryPage, recording: recordingPage, compare: comparePage, personas: personasPage, missing: missingPage };

const main = h("main.main#main", { tabindex: "-1" });
const announcer = h("p.unseen", { role: "status" });

let page = null;

/** The elements that hold it: the page, and what is said of its name. */
export const pagePlace = () => [replace(main, loadingState()), announcer];

/** The focus to the page. */
export const focusPage = () => main.focus({ preventScroll: true });

/** Show the page that `named` tells of, {name, ids, query}, in place of the one before; the focus goes to all but the first. */
export function openPage(named) {
  const isFirst = !page;
  keepPlace();
  const view = { ...named, ...freshView() };
  nameThePage(texts.shell[named.name] ?? "");
  if (!isFirst) focusPage();
  fill(view, named);
  findPlace(main, view);
}

/** A view for something that has no location; the page before has ended. */
export function freshView() {
  page?.abort();
  page = new AbortController();
  replace(main);
  return { main, signal: page.signal, setTitle };
}

async function fill(view, named) {
  try {
    await PAGES[view.name](view);
  } catch (error) {
    if (view.signal.aborted) return;
    reportError(error);
    replace(main, faultState(error, { retry: () => openPage(named), isPage: true }));
  }
}

function missingPage(view) {
  view.setTitle(texts.shell.missing);
  replace(view.main, emptyState({ mark: "warning", title: texts.shell.missing, actions: [h("a.button.primary", { href: "#/" }, texts.shell.toLibrary)], isPage: true }));
}

/** A name that a page learns later is also said. */
function setTitle(name) {
  const text = oneLine(name);
  if (main.getAttribute("aria-label") !== text) replace(announcer, text);
  nameThePage(text);
}

/** In the tab, and for who hears that the focus comes to the page. */
function nameThePage(name) {
  const text = oneLine(name);
  document.title = text ? `${text} · ${texts.app.name}` : texts.app.name;
  main.setAttribute("aria-label", text || texts.app.name);
}
