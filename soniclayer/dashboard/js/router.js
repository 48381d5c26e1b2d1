/** Which page a location names. Pages are told apart by the part behind #: the server need not know them. */

const ID = "([0-9a-f]{64})";
const PAGES = [
  { name: "library", pattern: /^\/?$/ },
  { name: "recording", pattern: new RegExp(`^/recordings/${ID}$`) },
  { name: "compare", pattern: new RegExp(`^/compare/${ID}/${ID}$`) },
  { name: "personas", pattern: /^\/personas$/ },
];

/** {name, ids, query} of a location's hash; the name `missing` where there is no such page. */
export function pageOf(hash) {
  const [path, search] = hash.replace(/^#/, "").split("?", 2);
  for (const { name, pattern } of PAGES) {
    const match = pattern.exec(path);
    if (match) return { name, ids: match.slice(1), query: new URLSearchParams(search) };
  }
  return { name: "missing", ids: [], query: new URLSearchParams() };
}

/** The location of a recording, at a time of it. */
export const recordingHash = (id, atS) => `#/recordings/${id}${atS === undefined ? "" : `?t=${Math.round(atS * 100) / 100}`}`;

/** The location of two, side by side. */
export const compareHash = (one, other) => `#/compare/${one}/${other}`;

/** Call back with the page that is shown now, and with every other until the signal aborts. */
export function followLocation(show, { signal }) {
  addEventListener("hashchange", () => show(pageOf(location.hash)), { signal });
  show(pageOf(location.hash));
}
