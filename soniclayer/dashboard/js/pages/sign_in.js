/** The sign-in: an API key for a session. As a page where nobody is signed in, as a gate above a page whose session has ended. */

import { openDialog, openGate } from "../dialog.js";
import { h, icon, replace } from "../dom.js";
import { explain } from "../problems.js";
import { signIn } from "../session.js";
import { texts } from "../texts.js";

/** Ask for a key until one is right. That somebody has signed in says "soniclayer:signed-in". */
export function signInPage(view) {
  const intro = h("div", null, h("h1", null, texts.signIn.title), h("p.faint", null, texts.signIn.why));
  replace(view.main, h("section.card.sign-in", null, intro, keyForm(), h("p.faint", null, texts.signIn.where)));
  view.setTitle(texts.signIn.title);
  view.main.querySelector("#key").focus();
}

/** The same above a page that stays as it is; gone as soon as somebody has signed in, here or in another tab. `leave`: not at all. */
export function signInGate({ leave, signal }) {
  const away = h("button.button.plain", { type: "button", onclick: leave }, texts.signIn.leave);
  const gate = openGate(texts.signIn.ended, h("div.sign-in", null, h("p", null, texts.signIn.goesOn), keyForm(), away));
  gate.querySelector("#key").focus();
  closeWith(gate, signal);
}

/** The same before the session ends: people may close it, and go on until then. */
export function renewDialog({ signal }) {
  const dialog = openDialog(texts.signIn.renew, h("div.sign-in", null, h("p", null, texts.signIn.renewWhy), keyForm()));
  dialog.querySelector("#key").focus();
  closeWith(dialog, signal);
}

function closeWith(dialog, signal) {
  const close = () => dialog.close();
  const closed = new AbortController();
  dialog.addEventListener("close", () => closed.abort(), { once: true });
  document.addEventListener("soniclayer:signed-in", close, { signal: closed.signal });
  document.addEventListener("soniclayer:signed-out", close, { signal: closed.signal });
  signal.addEventListener("abort", close, { signal: closed.signal });
}

function keyForm() {
  const key = h("input.field#key", {
    type: "password", name: "key", autocomplete: "current-password", required: true, autocapitalize: "off", autocorrect: "off", spellcheck: "false", "aria-describedby": "key-fault",
  });
  const name = h("input", { type: "text", name: "username", value: texts.app.name, autocomplete: "username", readonly: true, hidden: true });
  const fault = h("p.fault#key-fault", { role: "alert" });
  const button = h("button.button.primary", { type: "submit" }, texts.signIn.action);
  return h("form", { onsubmit: submit }, name, h("label", { for: "key" }, texts.signIn.key), h("div.key", null, key, showButton(key)), fault, button);

  async function submit(event) {
    event.preventDefault();
    if (button.ariaBusy === "true") return;
    button.ariaBusy = "true";
    replace(fault);
    try {
      await signIn(key.value.trim());
    } catch (error) {
      key.setAttribute("aria-invalid", "true");
      replace(fault, error.code === "missing_scope" ? texts.signIn.noScope : explain(error));
      key.select();
    } finally {
      button.ariaBusy = null;
    }
  }
}

function showButton(key) {
  return h("button.button.plain", {
    type: "button", "aria-label": texts.signIn.show, "aria-pressed": "false", title: texts.signIn.show,
    onclick({ currentTarget }) {
      const shown = key.type === "password";
      key.type = shown ? "text" : "password";
      currentTarget.ariaPressed = String(shown);
    },
  }, icon("eye"));
}
