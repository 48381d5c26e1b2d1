/** Keys of the library. What they do they do with the chosen recordings, or without such with the current one. */

import { recordingHash } from "../router.js";
import { mayWrite } from "../session.js";
import { texts } from "../texts.js";
import { askFor } from "../uploads/intake.js";

/** Shortcuts for onKeys. */
export function libraryKeys({ table, selection, steer, tools }) {
  const meant = () => {
    const chosen = (table.list.lines ?? []).filter((line) => selection.has(line.audio_id));
    return chosen.length ? chosen : [table.current].filter(Boolean);
  };
  const told = texts.library.keys;
  const shortcuts = [
    { keys: ["j", "ArrowDown"], text: told.next, run: () => table.step(1) },
    { keys: ["k", "ArrowUp"], text: told.previous, run: () => table.step(-1) },
    { keys: ["Enter"], text: told.open, run: () => table.current && (location.hash = recordingHash(table.currentId)) },
    { keys: ["x"], text: told.select, run: () => table.current && selection.toggle(table.currentId) },
    { keys: ["c"], text: told.compare, run: steer.compare },
    { keys: ["/"], text: told.search, run: tools.focus },
    { keys: ["Escape"], text: told.none, run: () => selection.clear() },
  ];
  const writing = [
    { keys: ["u"], text: told.upload, run: () => askFor("files") },
    { keys: ["f"], text: told.folder, run: () => askFor("folder") },
    { keys: ["r"], text: told.retry, run: () => steer.retry(meant()) },
    { keys: ["s"], text: told.cancel, run: () => steer.cancel(meant()) },
    { keys: ["Delete", "#"], text: told.delete, run: () => steer.remove(meant()) },
  ];
  return mayWrite() ? [...shortcuts, ...writing] : shortcuts;
}
