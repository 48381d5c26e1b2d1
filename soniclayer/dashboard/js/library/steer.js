/** What people do to recordings of the list: try again, cancel, delete; one or many. */

import { act, pause } from "../api.js";
import { confirm } from "../dialog.js";
import { explain } from "../problems.js";
import { mayWrite } from "../session.js";
import { texts } from "../texts.js";
import { toast } from "../toast.js";
import { RUNNING } from "./recording_list.js";

const MOST_NAMES = 5;

/** With many, so long is between two: what else the page asks for has room beside it. */
const EVERY_S = 0.2;

export const mayCancel = (line) => mayWrite() && RUNNING.includes(line.state);
export const mayRetry = (line) => mayWrite() && (line.state === "failed" || line.state === "cancelled" || (line.state === "completed_with_errors" && line.failures > 0));
export const mayDelete = () => mayWrite();

/** Try again what was given up or cancelled. */
export const retry = (list, lines) => each(list, lines.filter(mayRetry), "POST", "/retry", texts.library.retried);

/** Let nothing more be computed. It can be tried again, so nobody is asked. */
export const cancel = (list, lines) => each(list, lines.filter(mayCancel), "POST", "/cancel", texts.library.cancelled);

/** Delete for good, once somebody has agreed; whether that was so. */
export async function remove(list, lines) {
  const doomed = lines.filter(mayDelete);
  if (!doomed.length || !(await confirm(question(doomed)))) return false;
  await each(list, doomed, "DELETE", "", texts.library.deleted);
  return true;
}

function question(lines) {
  const names = lines.slice(0, MOST_NAMES).map((line) => `“${line.name}”`).join(", ");
  const rest = lines.length - MOST_NAMES;
  return {
    title: lines.length === 1 ? texts.library.deleteOne(lines[0].name) : texts.library.deleteMany(lines.length),
    text: lines.length === 1 ? texts.library.deleteWhy : `${names}${rest > 0 ? texts.library.andMore(rest) : ""}. ${texts.library.deleteWhy}`,
    action: texts.library.delete,
  };
}

async function each(list, lines, method, what, done) {
  const faults = [];
  let count = 0;
  for (const line of lines) {
    try {
      take(list, line, await patiently(() => act(method, `/recordings/${line.audio_id}${what}`)));
      count += 1;
    } catch (error) {
      if (error.code === "recording_missing") list.drop(line.audio_id);
      faults.push(texts.library.notDone(line.name, explain(error)));
    }
    if (lines.length > 1) await pause(EVERY_S);
  }
  if (count) toast(done(count, lines[0].name));
  if (faults.length) toast([faults[0], faults.length > 1 ? texts.library.moreFaults(faults.length - 1) : ""].join(" "), { kind: "error" });
}

/** What the answer says; none: the recording is gone. */
function take(list, { audio_id: id }, detail) {
  if (!detail) {
    list.drop(id);
    return;
  }
  list.note(id, { state: detail.state, failures: detail.failures.length });
  list.noteProgress(id, detail.progress);
}

async function patiently(ask) {
  try {
    return await ask();
  } catch (error) {
    if (error.status !== 429) throw error;
    await pause(error.retryAfterS ?? 1);
    return ask();
  }
}
