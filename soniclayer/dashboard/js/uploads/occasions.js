/** What happens beside uploads and concerns them: somebody signs out, the server comes back, the page is about to go. */

import { onConnection } from "../live.js";

/** Have a queue take account of all that, as long as the page is open. */
export function followOccasions(queue) {
  const warn = (event) => queue.underWay.length && event.preventDefault();
  addEventListener("beforeunload", warn);
  document.addEventListener("soniclayer:signing-out", warn);
  document.addEventListener("soniclayer:signed-out", ({ detail }) => {
    queue.pause();
    if (detail.byHand) forget(queue);
  });
  document.addEventListener("soniclayer:signed-in", () => queue.resume());
  onConnection((now) => now !== "offline" && queue.hurry(), { signal: new AbortController().signal });
}

/** Who signed out by hand leaves nothing behind for whoever comes next. */
function forget(queue) {
  queue.cancelAll();
  queue.clear();
}
