/** Work that is done once before the next picture, however often it is asked for. */

/** A function that asks for `work`; nothing is done any more when the signal has aborted. */
export function oncePerFrame(work, { signal }) {
  let asked = 0;
  signal.addEventListener("abort", () => cancelAnimationFrame(asked), { once: true });
  return () => {
    if (asked || signal.aborted) return;
    asked = requestAnimationFrame(() => { asked = 0; work(); });
  };
}
