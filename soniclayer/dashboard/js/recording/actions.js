/** What can be done with a recording: retry, cancel, delete. */

import { act } from "../api.js";
import { confirm } from "../dialog.js";
import { h, icon, replace } from "../dom.js";
import { mayCancel, mayDelete, mayRetry } from "../library/steer.js";
import { explain } from "../problems.js";
import { texts } from "../texts.js";
import { toast } from "../toast.js";

/** {element, draw()} of an open recording; nothing for who may only look. */
export function recordingActions(open, { signal }) {
  const element = h("div.recording-actions", { tabindex: "-1" });
  let shown = "";
  function draw() {
    const line = { state: open.detail.state, failures: open.detail.failures.length };
    const wanted = [mayRetry(line) && "retry", mayCancel(line) && "cancel", mayDelete(line) && "delete"].filter(Boolean);
    if (wanted.join() === shown) return;
    shown = wanted.join();
    const hadFocus = element.contains(document.activeElement);
    replace(element, wanted.map((name) => ACTIONS[name](open, signal)));
    if (hadFocus) element.focus({ preventScroll: true }); // not one of the others: that would be pressed by the next Enter
  }
  draw();
  return { element, draw };
}

const ACTIONS = { retry: retryButton, cancel: cancelButton, delete: deleteButton };

function retryButton(open, signal) {
  return button("retry", texts.library.retry, () => act("POST", `/recordings/${open.id}/retry`, { signal }).then(() => open.reload()));
}

function cancelButton(open, signal) {
  return button("stop", texts.library.cancel, async () => {
    await act("POST", `/recordings/${open.id}/cancel`, { signal }); // it can be tried again, so nobody is asked
    toast(texts.library.cancelled(1, open.detail.name));
    await open.reload();
  });
}

function deleteButton(open, signal) {
  const { removeAsk } = texts.timeline;
  return button("bin", texts.library.delete, async () => {
    const { name } = open.detail;
    if (!(await confirm({ title: removeAsk.title(name), text: removeAsk.text, action: texts.library.delete }))) return;
    await act("DELETE", `/recordings/${open.id}`, { signal });
    toast(removeAsk.done(name));
    location.hash = "#/";
  });
}

/** A button that does one thing at a time, and says what goes wrong. */
function button(mark, text, run) {
  const element = h("button.button", { type: "button", onclick: press }, icon(mark), h("span", null, text));
  async function press() {
    if (element.ariaDisabled === "true") return;
    element.ariaDisabled = "true"; // a disabled one would lose the focus
    try {
      await run();
    } catch (error) {
      if (error.name !== "AbortError") toast(explain(error), { kind: "error" });
    }
    element.ariaDisabled = null;
  }
  return element;
}
