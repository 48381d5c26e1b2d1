/** What can be done with the chosen recordings; there while some are chosen. */

import { h, icon, replace } from "../dom.js";
import { texts } from "../texts.js";
import { mayCancel, mayDelete, mayRetry } from "./steer.js";

/** The element. `chosen()` are the lines, `on` has {compare(), retry(lines), cancel(lines), remove(lines)}. */
export function selectionBar(selection, chosen, on) {
  const count = h("strong", { role: "status" });
  const actions = h("div.actions");
  const bar = h("div.selection-bar", { hidden: true, role: "region", "aria-label": texts.library.selection }, count, actions);
  const show = () => {
    const lines = chosen();
    const focused = actions.contains(document.activeElement) ? document.activeElement.dataset.name : null;
    bar.hidden = !selection.ids.size;
    replace(count, selection.ids.size ? texts.library.selected(selection.ids.size) : null);
    replace(actions, buttons(selection, lines, on));
    if (focused) (actions.querySelector(`[data-name="${focused}"]:not(:disabled)`) ?? actions.lastElementChild).focus();
  };
  selection.addEventListener("change", show);
  show();
  return { element: bar, show };
}

function buttons(selection, lines, on) {
  const these = (may) => lines.filter(may);
  const some = (name, mark, text, may, run) => these(may).length > 0 && button(name, mark, text(these(may).length), false, () => run(these(may)));
  return [
    button("compare", "compare", texts.library.compare, selection.ids.size !== 2, on.compare, texts.library.compareTwo),
    some("retry", "retry", texts.library.retryCount, mayRetry, on.retry),
    some("cancel", "stop", texts.library.cancelCount, mayCancel, on.cancel),
    some("remove", "bin", texts.library.deleteCount, mayDelete, on.remove),
    button("none", "close", texts.library.selectNone, false, () => selection.clear()),
  ];
}

const button = (name, mark, text, disabled, run, title = null) => h("button.button", { type: "button", disabled, title, dataset: { name }, onclick: run }, icon(mark), text);
