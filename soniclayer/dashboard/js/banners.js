/** Lines between head and page: how news come, and a session that is about to end. */

import { h, icon, replace } from "./dom.js";
import { onConnection } from "./live.js";
import { endsAt } from "./session.js";
import { texts } from "./texts.js";

const connection = banner();
const ending = banner();

/** The element that holds them. */
export const bannerPlace = () => h("div.banners", null, connection, ending);

/** Show them while somebody is signed in, which ends with the signal; `renew` has people sign in again. */
export function startBanners(renew, { signal }) {
  onConnection(showConnection, { signal });
  document.addEventListener("soniclayer:session-ending", () => showEnding(renew), { signal });
  document.addEventListener("soniclayer:signed-in", () => { ending.hidden = true; }, { signal });
  signal.addEventListener("abort", () => { connection.hidden = true; ending.hidden = true; }, { once: true });
}

function showConnection(now) {
  connection.hidden = now === "live";
  replace(connection, now === "live" ? null : [icon(now === "offline" ? "warning" : "retry"), h("span", null, texts.shell[now])]);
}

function showEnding(renew) {
  ending.hidden = false;
  const time = endsAt().toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  replace(ending, icon("warning"), h("span", null, texts.shell.ending(time)), h("button.button", { type: "button", onclick: renew }, texts.shell.renew));
}

function banner() {
  return h("div.banner", { role: "status", hidden: true });
}
