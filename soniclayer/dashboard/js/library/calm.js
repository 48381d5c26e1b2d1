/** Nothing jumps under the mouse: what would move rows waits until nobody is at them. */

const QUIET_S = 1.5;

/** calm(run): call `run` at once when nobody is at `element`, else as soon as they have been quiet for a moment. */
export function calmOf(element, { signal }) {
  let busyUntilMs = 0;
  let waiting = [];
  let timer = null;
  const look = () => {
    const leftMs = busyUntilMs - performance.now();
    clearTimeout(timer);
    if (leftMs > 0) {
      timer = setTimeout(look, leftMs + 10);
      return;
    }
    const runs = waiting;
    waiting = [];
    for (const run of runs) run();
  };
  const note = () => { busyUntilMs = performance.now() + QUIET_S * 1000; };
  for (const kind of ["pointermove", "pointerdown", "keydown", "touchmove"]) element.addEventListener(kind, note, { signal, passive: true });
  element.addEventListener("pointerleave", () => { busyUntilMs = 0; look(); }, { signal });
  signal.addEventListener("abort", () => { clearTimeout(timer); waiting = []; }, { once: true });
  return (run) => { waiting.push(run); look(); };
}
