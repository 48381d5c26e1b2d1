/** Whether somebody looks at this page. Only then it holds a connection open: browsers allow six to a server without HTTP/2. */

/** A page that is hidden for a shorter time goes on as if it were seen. */
const HIDDEN_S = 60;

let isLeft = false;

/** Wait until the page is shown. */
export function untilShown(signal) {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    if (isShown()) {
      resolve();
      return;
    }
    const settled = new AbortController();
    const settle = (how) => () => { settled.abort(); how(); };
    const look = () => isShown() && settle(resolve)();
    document.addEventListener("visibilitychange", look, { signal: settled.signal });
    addEventListener("pageshow", () => { isLeft = false; look(); }, { signal: settled.signal });
    signal.addEventListener("abort", settle(() => reject(signal.reason)), { signal: settled.signal });
  });
}

/** A signal that aborts when the page has been hidden for a minute, or at once when it is left; and with `signal`. */
export function whileShown(signal) {
  const left = new AbortController();
  let timer = null;
  const look = () => {
    clearTimeout(timer);
    if (document.visibilityState === "hidden") timer = setTimeout(() => left.abort(), HIDDEN_S * 1000);
  };
  const both = AbortSignal.any([signal, left.signal]);
  document.addEventListener("visibilitychange", look, { signal: both });
  addEventListener("pagehide", () => { isLeft = true; left.abort(); }, { signal: both });
  both.addEventListener("abort", () => clearTimeout(timer), { once: true });
  look();
  return both;
}

/** A page that is being left still counts as visible for a moment. */
const isShown = () => !isLeft && document.visibilityState === "visible";
