/**
 * What stands where nothing else can: pages and their parts use these.
 *
 * loadingState(text), emptyState({mark, title, text, actions}), faultState(error, {retry}) are elements. With `isPage` they are
 * all there is of a page, and have its h1.
 */

import { h, icon } from "./dom.js";
import { explain } from "./problems.js";
import { texts } from "./texts.js";

/** Something is on its way; seen only when it takes a while. */
export const loadingState = (text = texts.app.loading) => h("p.loading", { role: "status" }, h("span.spinner", { "aria-hidden": "true" }), text);

/** Nothing is there, and what to do about it. `mark` is the name of an icon. */
export const emptyState = ({ mark, title, text, actions = [], isPage = false }) =>
  h("div.empty", null, icon(mark), h(isPage ? "h1" : "h2", null, title), text && h("p", null, text), actions.length ? h("div.actions", null, actions) : null);

/** Something went wrong, in words, with a button that tries it again. */
export const faultState = (error, { retry, isPage = false }) =>
  h("div.empty", { role: "alert" }, icon("warning"), isPage && h("h1", null, texts.app.notShown), h("p", null, explain(error)),
    h("button.button", { type: "button", onclick: retry }, icon("retry"), texts.app.tryAgain));
