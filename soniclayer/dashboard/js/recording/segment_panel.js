/** Everything that is known of one segment: the selected one, or the one that plays. */

import { h, icon, replace } from "../dom.js";
import { time } from "../format.js";
import { texts } from "../texts.js";
import { redraw } from "./redraw.js";
import { segmentLabels } from "./segment_labels.js";
import { segmentOpinions } from "./segment_opinions.js";
import { ShownSegment } from "./shown_segment.js";

/** The element; what it listens to ends with the signal. */
export function segmentPanel(open, { signal }) {
  const shown = new ShownSegment(open, { signal });
  const body = h("div.segment-body");
  const spoken = h("p.unseen", { role: "status" });
  const back = h("button.button", { type: "button", onclick: () => shown.toCurrent() }, icon("play"), texts.segment.toPlaying);
  const head = h("div.part-head", null, h("h2", null, texts.segment.title), back);
  let drawn = "";

  shown.addEventListener("change", draw, { signal });
  for (const event of ["segments", "detail", "summary"]) open.addEventListener(event, draw, { signal });
  open.addEventListener("play", tellFollowing, { signal });
  open.addEventListener("select", announce, { signal });
  draw();
  return h("section.segment-panel.card", { "aria-label": texts.segment.title }, head, spoken, body);

  function draw() {
    tellFollowing();
    const { report } = shown;
    const version = JSON.stringify([report, open.personas, open.detail?.ended, open.detail?.failures, open.segments.length > 0, open.summary?.language]);
    if (version === drawn) return;
    drawn = version;
    redraw(body, report ? content(open, report) : nothing(open));
  }

  function tellFollowing() {
    back.hidden = !open.playing || shown.follows;
  }

  function announce() {
    replace(spoken, shown.report && open.selectedId ? announcement(shown.report) : null);
  }
}

function content(open, report) {
  const { segment } = report;
  const play = h("button.button", { type: "button", onclick: () => open.seek(segment.start_s), "aria-label": texts.transcript.playFrom(time(segment.start_s)) },
    icon("play"), h("span.number", null, `${time(segment.start_s)} – ${time(segment.end_s)}`));
  const badges = [h("span.badge", { dataset: { kind: segment.kind } }, texts.kinds[segment.kind]), segment.turn && h("span.badge", null, texts.transcript.turn)];
  return [
    h("div.segment-when", null, play, badges),
    segment.text && h("blockquote.segment-text", { dir: "auto", lang: open.summary?.language ?? null }, segment.text),
    segment.suspicious && h("p.notice.warn", null, icon("warning"), texts.segment.suspicious),
    segmentLabels(report, open),
    segment.kind === "speech" ? segmentOpinions(report, open) : h("p.faint", null, texts.segment.notJudged(texts.kinds[segment.kind])),
  ];
}

function nothing({ segments, detail }) {
  const why = segments.length ? "none" : detail?.ended ? "never" : "yet";
  return h("p.faint", null, texts.segment.nothing[why]);
}

function announcement({ segment, topic, tone }) {
  return [time(segment.start_s), texts.kinds[segment.kind], topic?.name, tone?.name].filter(Boolean).join(", ");
}
