/** What a segment is about, how it is said, how loud it is, and what rules have found in it. */

import { shareBar } from "../charts/shares.js";
import { h, icon } from "../dom.js";
import { percent } from "../format.js";
import { texts } from "../texts.js";

/** A list of facts on a SegmentReport. */
export function segmentLabels({ segment, topic, tone, tags, loudness_lufs: loudness }, { detail }) {
  const isSpeech = segment.kind === "speech";
  return h("dl.facts", null,
    isSpeech && fact(texts.segment.topic, label(topic, detail)),
    isSpeech && fact(texts.segment.tone, label(tone, detail)),
    tags.length > 0 && fact(texts.segment.found, tags.map(tag)),
    loudness !== null && fact(texts.segment.loudness, h("span.number", null, texts.summary.lufs(loudness))));
}

/** The name of a tag in words. */
export const tagName = (name) => (Object.hasOwn(texts.timeline.tags, name) ? texts.timeline.tags[name] : name);

function fact(name, value) {
  return [h("dt", null, name), h("dd", null, value)];
}

function label(found, detail) {
  if (!found) return h("span.faint", null, detail?.ended ? texts.segment.noLabel : texts.segment.labelComing);
  return [
    h("div.label-line", null, h("strong", null, found.name), shareBar(found.confidence, 1), h("span.number", null, texts.segment.sure(percent(found.confidence)))),
    h("p.faint", null, texts.segment.runnerUp(found.runner_up)),
    found.unsure && h("p.notice.warn", null, icon("warning"), texts.segment.unsure(found.name, found.runner_up)),
  ];
}

function tag({ name, evidence }) {
  return h("p.tag-line", null, h("span.badge.warn", null, icon("warning"), tagName(name)), " ", h("span", { dir: "auto" }, evidence));
}
