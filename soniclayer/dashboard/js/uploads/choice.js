/** Which files of what was dropped or chosen are worth sending. What a file truly is, the server finds out. */

const NO_SOUND = /^(image|text|font|model)\/|^application\/(?!ogg|octet-stream|mp4|x-matroska|vnd\.rn-realmedia)/;
const NO_SOUND_ENDINGS = /\.(asd|bak|cue|db|ds_store|ini|json|log|lnk|m3u8?|nfo|pkf|pls|reapeaks|rpp|sesx|sfk|sfv|tmp|xml|ya?ml)$/i;
const HIDDEN = /(^|\/)(\.|__MACOSX\/|Thumbs\.db$|desktop\.ini$)/i;

/**
 * {files, hidden, other}: the files to send, and how many were left out: hidden ones, and those of a folder that are
 * clearly no audio. `found` are {file, path}; a path with a / is one inside a folder.
 */
export function choose(found) {
  const choice = { files: [], hidden: 0, other: 0 };
  for (const { file, path } of found) {
    if (HIDDEN.test(path)) choice.hidden += 1;
    else if (path.includes("/") && isOther(file)) choice.other += 1;
    else choice.files.push(file);
  }
  choice.files.sort((one, two) => (one.webkitRelativePath ?? "").localeCompare(two.webkitRelativePath ?? "", undefined, { numeric: true }));
  return choice;
}

function isOther(file) {
  return NO_SOUND.test(file.type) || NO_SOUND_ENDINGS.test(file.name);
}

/** What an <input type="file"> holds, as `choose` takes it. */
export const chosenFiles = (input) => [...input.files].map((file) => ({ file, path: file.webkitRelativePath || file.name }));

/** What was dropped, as `choose` takes it: files, and those of folders, however deep. Call it while the event lasts. */
export async function droppedFiles(transfer) {
  const items = [...transfer.items].filter(({ kind }) => kind === "file");
  const entries = items.map((item) => ({ entry: item.webkitGetAsEntry?.(), file: item.getAsFile() }));
  const found = await Promise.all(entries.map(({ entry, file }) => (entry?.isDirectory ? filesIn(entry) : file && [{ file, path: file.name }])));
  return found.flat().filter(Boolean);
}

async function filesIn(folder) {
  const found = [];
  for (const entry of await entriesOf(folder)) {
    if (entry.isDirectory) found.push(...(await filesIn(entry)));
    else found.push(await fileOf(entry));
  }
  return found;
}

/** readEntries gives a hundred at a time, and none at the end. */
async function entriesOf(folder) {
  const reader = folder.createReader();
  const entries = [];
  for (;;) {
    const some = await new Promise((resolve) => { reader.readEntries(resolve, () => resolve([])); });
    if (!some.length) return entries.sort((one, other) => one.name.localeCompare(other.name, undefined, { numeric: true }));
    entries.push(...some);
  }
}

function fileOf(entry) {
  const path = entry.fullPath.replace(/^\//, "");
  return new Promise((resolve) => { entry.file((file) => resolve({ file, path }), () => resolve(null)); });
}
