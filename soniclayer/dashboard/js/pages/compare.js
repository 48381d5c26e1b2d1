/** The page: two recordings side by side. */

import { audiencesCompared } from "../compare/audiences_compared.js";
import { ComparedRecording } from "../compare/compared_recording.js";
import { measuresCompared } from "../compare/measures_compared.js";
import { chooseRecording } from "../compare/choose_recording.js";
import { sharesCompared } from "../compare/shares_compared.js";
import { sideMark } from "../compare/side_mark.js";
import { h, icon, replace } from "../dom.js";
import { explain } from "../problems.js";
import { redraw } from "../recording/redraw.js";
import { compareHash, recordingHash } from "../router.js";
import { emptyState, faultState, loadingState } from "../states.js";
import { texts } from "../texts.js";

/** Fill `view.main`; everything that is started ends with `view.signal`. */
export function comparePage(view) {
  const { signal, ids } = view;
  view.setTitle(texts.compare.title);
  const sides = ids.map((id) => new ComparedRecording(id, { signal }));
  const body = h("div.compare-body");
  const head = h("div.compare-head");
  const swap = h("a.button", { href: compareHash(ids[1], ids[0]) }, icon("compare"), texts.compare.swap);
  replace(view.main, h("div.part-head", null, h("h1", null, texts.compare.title), swap), head, body);
  let drawn = "";
  for (const side of sides) for (const event of ["detail", "segments", "summary", "problem"]) side.addEventListener(event, draw, { signal });
  draw();
  return Promise.all(sides.map((side) => side.load()));

  function draw() {
    const version = JSON.stringify([sides.map(({ detail, shown, gone, problem }) => [detail, shown, gone, problem?.code])]);
    if (version === drawn) return;
    drawn = version;
    redraw(head, sides.map((side, place) => sideHead(side, place, ids, signal)));
    redraw(body, content(sides));
  }
}

function content(sides) {
  const [one, other] = sides;
  const fault = sides.find(({ problem, shown }) => problem && !shown)?.problem;
  if (one.id === other.id) return emptyState({ mark: "compare", title: texts.compare.sameTitle, text: texts.compare.same });
  if (sides.some(isMissing)) return emptyState({ mark: "compare", title: texts.compare.oneTitle, text: texts.compare.same });
  if (fault) return faultState(fault, { retry: () => sides.forEach((side) => side.reload()) });
  return one.shown && other.shown ? comparison(sides) : loadingState();
}

function comparison(sides) {
  const told = sides.map(({ id, detail, segments, shown }) => ({ id, detail, segments, summary: shown }));
  const shares = [[texts.compare.topics, "topic_shares"], [texts.compare.tones, "tone_shares"]];
  return [measuresCompared(told), audiencesCompared(told), ...shares.map(([title, what]) => sharesCompared(title, told, what))];
}

function sideHead(side, place, ids, signal) {
  const { id, detail, problem, shown } = side;
  const ask = () => chooseRecording({ place, ids, signal });
  const choose = h("button.button", { type: "button", dataset: { keep: `choose ${place}` }, onclick: ask }, icon("search"), texts.compare.choose);
  const fault = isMissing(side) ? texts.compare.gone : problem && shown && explain(problem);
  const name = fault ? h("p.notice.warn", null, icon("warning"), fault)
    : h("h2", null, h("a", { href: recordingHash(id), dir: "auto", dataset: { keep: `name ${place}` } }, detail?.name ?? texts.app.loading));
  const soFar = detail && !detail.ended && !fault && h("p.faint", null, h("span.badge", null, texts.compare.soFar), " ", texts.compare.soFarMeans(texts.compare.names[place]));
  return h("section.card.compare-side", { "aria-label": texts.compare.names[place] }, sideMark(place), name, soFar, choose);
}

const isMissing = ({ gone, problem }) => gone || problem?.status === 404;
