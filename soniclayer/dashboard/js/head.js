/** The head of every page: where one can go, the colours, help, and who is signed in. */

import { apiUrl } from "./api.js";
import { h, icon, replace } from "./dom.js";
import { showKeys } from "./keys.js";
import { current, mayWrite } from "./session.js";
import { texts } from "./texts.js";
import { chooseTheme, chosenTheme, THEMES } from "./theme.js";

const LINKS = { library: "#/", personas: "#/personas" };

const head = h("header.head");

/** The element, empty until showHead() fills it. */
export const headPlace = () => head;

/** Fill it for a page of `name`; without one, where nobody is signed in, with what needs no session. `leave` signs out. */
export function showHead(name, leave) {
  const focused = document.activeElement?.id;
  const home = h("a.home", { href: "#/" }, h("img", { src: "icon.svg", alt: "", width: 28, height: 28 }), texts.app.name);
  replace(head, home, name && nav(name), h("div.end", null, name && who(), themeButton(), name && [helpButton(), leaveButton(leave)]));
  if (focused && document.activeElement === document.body) document.getElementById(focused)?.focus();
}

/** The next of the colours. */
export function nextTheme() {
  chooseTheme(THEMES[(THEMES.indexOf(chosenTheme()) + 1) % THEMES.length]);
  const focused = document.activeElement?.id === "theme";
  document.getElementById("theme").replaceWith(themeButton());
  if (focused) document.getElementById("theme").focus();
}

function nav(name) {
  const links = Object.entries(LINKS).map(([to, hash]) => h("a", { href: hash, "aria-current": name === to ? "page" : null }, texts.shell[to]));
  return h("nav", { "aria-label": texts.app.nav }, links, h("a.docs", { href: apiUrl("/docs"), target: "_blank", rel: "noopener" }, texts.shell.docs));
}

function who() {
  const { name } = current();
  return h("span.who", { title: texts.shell.signedInAs(name) }, h("span.name", null, h("span.unseen", null, texts.shell.signedInBefore), name),
    mayWrite() ? null : h("span.badge.warn", { title: texts.shell.looksOnlyWhy }, texts.shell.looksOnly));
}

function themeButton() {
  const theme = chosenTheme();
  return iconButton("theme", theme, texts.shell.theme[theme], nextTheme);
}

const helpButton = () => iconButton("help", "help", texts.shell.help, showKeys);

const leaveButton = (leave) => h("button.button.plain#leave", { type: "button", "aria-label": texts.shell.signOut, onclick: leave }, icon("signOut"), h("span.wide", null, texts.shell.signOut));

const iconButton = (id, mark, label, onclick) => h(`button.button.plain#${id}`, { type: "button", title: label, "aria-label": label, onclick }, icon(mark));
