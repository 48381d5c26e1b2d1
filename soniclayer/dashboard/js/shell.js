/** The frame around every page, and who sees which: the sign-in, or the page that the location names. */

import { bannerPlace, startBanners } from "./banners.js";
import { confirm } from "./dialog.js";
import { h } from "./dom.js";
import { headPlace, nextTheme, showHead } from "./head.js";
import { onKeys, showKeys } from "./keys.js";
import { startLive } from "./live.js";
import { focusPage, freshView, openPage, pagePlace } from "./open_page.js";
import { noAnswerPage } from "./pages/no_answer.js";
import { renewDialog, signInGate, signInPage } from "./pages/sign_in.js";
import { explain } from "./problems.js";
import { followLocation, pageOf } from "./router.js";
import { mayWrite, resume, signOut, startSession } from "./session.js";
import { texts } from "./texts.js";
import { focusToast, toast, toastPlace } from "./toast.js";
import { takeDrops } from "./uploads/intake.js";

let session = null;
let live = null;
let wrote = false;

/** Show the dashboard to who is signed in, the sign-in to everybody else. Called once. */
export async function startShell() {
  const skip = h("a.button.skip", { href: "#main", onclick: (event) => { event.preventDefault(); focusPage(); } }, texts.app.skip);
  document.body.append(skip, headPlace(), bannerPlace(), ...pagePlace(), toastPlace());
  showHead(null);
  history.scrollRestoration = "manual";
  startSession();
  document.addEventListener("soniclayer:signed-in", enter);
  document.addEventListener("soniclayer:signed-out", (event) => (event.detail.byHand ? leave() : wait()));
  const found = await resume().catch((error) => noAnswerPage(freshView(), error, resume));
  if (!found && !session) leave();
}

/** Somebody has signed in: first, or again above the page that is there. */
function enter() {
  if (!live) {
    live = new AbortController();
    startLive({ signal: live.signal });
  }
  if (!session) begin();
  else if (wrote !== mayWrite()) show(pageOf(location.hash));
  else showHead(pageOf(location.hash).name, leaveSession);
  wrote = mayWrite();
}

function begin() {
  session = new AbortController();
  const { signal } = session;
  startBanners(() => renewDialog({ signal }), { signal });
  takeDrops({ signal });
  onKeys(texts.keys.everywhere, [
    { keys: ["?"], text: texts.keys.help, run: showKeys },
    { keys: ["g"], text: texts.keys.toLibrary, run: () => { location.hash = "#/"; } },
    { keys: ["p"], text: texts.keys.toPersonas, run: () => { location.hash = "#/personas"; } },
    { keys: ["t"], text: texts.keys.theme, run: nextTheme },
    { keys: ["m"], text: texts.keys.toMessage, run: focusToast },
  ], { signal });
  followLocation(show, { signal });
}

function show(named) {
  showHead(named.name, leaveSession);
  openPage(named);
}

/** The session has ended: the page stays as it is, behind the sign-in. */
function wait() {
  endLive();
  signInGate({ leave: leaveSession, signal: session.signal });
}

/** Nobody is signed in: nothing of what was shown stays. */
function leave() {
  session?.abort();
  session = null;
  endLive();
  showHead(null);
  signInPage(freshView());
}

function endLive() {
  live?.abort();
  live = null;
}

async function leaveSession() {
  const free = document.dispatchEvent(new CustomEvent("soniclayer:signing-out", { cancelable: true }));
  if (!free && !(await confirm(texts.shell.signOutBusy))) return;
  try {
    await signOut();
  } catch (error) {
    toast(explain(error), { kind: "error" });
  }
}
