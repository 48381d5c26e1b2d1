/** The page: one recording, to hear, see and read. */

import { h, replace } from "../dom.js";
import { playerBar } from "../player/player_bar.js";
import { downloads } from "../recording/downloads.js";
import { head } from "../recording/head.js";
import { OpenRecording } from "../recording/open_recording.js";
import { keepPlace } from "../recording/place.js";
import { segmentPanel } from "../recording/segment_panel.js";
import { recordingKeys } from "../recording/shortcuts.js";
import { summaryPanel } from "../recording/summary_panel.js";
import { transcript } from "../recording/transcript.js";
import { emptyState, faultState, loadingState } from "../states.js";
import { texts } from "../texts.js";
import { timeline } from "../timeline/timeline.js";

/** Fill `view.main`; everything that is started ends with `view.signal`. */
export function recordingPage(view) {
  const { main, signal } = view;
  const open = new OpenRecording(view.ids[0], { signal });
  let shown = "";
  function show() {
    const now = open.gone ? "gone" : open.detail ? "recording" : open.problem?.status === 404 ? "missing" : open.problem ? "fault" : "loading";
    if (open.detail) view.setTitle(open.detail.name);
    const version = now === "fault" ? `fault ${open.problem.code}` : now; // it is tried again and again, and told once
    if (version === shown) return;
    shown = version;
    const hadFocus = main.contains(document.activeElement);
    replace(main, STATES[now](open, view));
    if (hadFocus) main.focus({ preventScroll: true });
  }
  for (const event of ["detail", "problem"]) open.addEventListener(event, show, { signal });
  show();
  return open.load();
}

const STATES = {
  loading: () => loadingState(),
  fault: (open) => faultState(open.problem, { retry: () => open.reload(), isPage: true }),
  missing: () => emptyState({ mark: "search", ...texts.timeline.missing, actions: toLibrary(), isPage: true }),
  gone: (open) => {
    open.audio.pause();
    return emptyState({ mark: "bin", ...texts.timeline.gone, actions: toLibrary(), isPage: true });
  },
  recording: parts,
};

function parts(open, { signal, query }) {
  const line = timeline(open, { signal });
  recordingKeys(open, line, { signal });
  keepPlace(open, query, { signal });
  const element = h("article.recording", null,
    head(open, { signal }, downloads(open, { signal })),
    playerBar(open, { signal }),
    line.element,
    h("div.recording-columns", null, transcript(open, { signal }), segmentPanel(open, { signal })),
    summaryPanel(open, { signal }));
  const showOnly = () => { element.dataset.holds = holds(open); };
  for (const event of ["detail", "segments"]) open.addEventListener(event, showOnly, { signal });
  showOnly();
  return element;
}

/** What there is to show of it: "all" (also where it is still to come), "sound" alone, or "nothing". */
function holds({ detail: { state }, segments }) {
  if (segments.length) return "all";
  return { failed: "nothing", cancelled: "sound" }[state] ?? "all";
}

const toLibrary = () => [h("a.button.primary", { href: "#/" }, texts.shell.toLibrary)];
