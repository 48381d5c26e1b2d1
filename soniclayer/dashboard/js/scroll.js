/** Where a page was scrolled to: who goes back finds it as it was left. */

const WAIT_S = 3;

let visits = 0;
let shown = null;
const places = new Map();

/** Note how far the page that is shown now is scrolled. Called before it goes. */
export function keepPlace() {
  if (shown !== null) places.set(shown, scrollY);
}

/** Scroll the page that comes to where it was left, if it is an older one of the history, else to its top. */
export function findPlace(main, { signal }) {
  const visited = history.state?.visit;
  shown = visited ?? `${performance.timeOrigin}-${(visits += 1)}`;
  if (visited === undefined) history.replaceState({ ...history.state, visit: shown }, "");
  const wanted = places.get(shown) ?? 0;
  scrollTo(0, wanted);
  if (wanted > scrollY) scrollWhenLongEnough(main, wanted, signal);
}

function scrollWhenLongEnough(main, wanted, signal) {
  const done = new AbortController();
  const end = AbortSignal.any([signal, done.signal, AbortSignal.timeout(WAIT_S * 1000)]);
  const watch = new ResizeObserver(() => {
    scrollTo(0, wanted);
    if (scrollY >= wanted - 1) done.abort();
  });
  end.addEventListener("abort", () => watch.disconnect(), { once: true });
  for (const moved of ["wheel", "touchstart", "keydown", "pointerdown"]) addEventListener(moved, () => done.abort(), { signal: end, passive: true });
  watch.observe(main);
}
