/** A summary out of the segments there are, as the server makes one in the end: pipeline/summarise.py. */

const BEST = 3;

/** The parts of a summary that segments alone can tell; `personas` are {name, title}[]. */
export function summaryOf(segments, personas) {
  const speech = segments.filter(({ segment }) => segment.kind === "speech");
  const labelled = speech.filter(({ topic, tone }) => topic && tone);
  return {
    speech_s: rounded(speech.reduce((sum, { segment }) => sum + lengthS(segment), 0), 3),
    personas: personas.map((persona) => personaSummary(persona, speech)),
    topic_shares: sharesOf(labelled, "topic"),
    tone_shares: sharesOf(labelled, "tone"),
  };
}

function personaSummary({ name, title }, speech) {
  const said = speech.flatMap(({ segment, evaluations }) => evaluations.filter(({ persona }) => persona === name).map((one) => ({ ...one, id: segment.segment_id })));
  const ranked = said.sort((one, other) => other.score - one.score || (one.id < other.id ? -1 : 1)).map(({ id }) => id);
  return {
    persona: name, title,
    mean_score: said.length ? rounded(said.reduce((sum, { score }) => sum + score, 0) / said.length, 3) : null,
    distribution: [1, 2, 3, 4, 5].map((grade) => said.filter(({ score }) => Math.floor(score + 0.5) === grade).length),
    best: ranked.slice(0, BEST),
    worst: ranked.slice(Math.max(BEST, ranked.length - BEST)).reverse(),
    by_langflow: said.filter(({ source }) => source === "langflow").length,
    provisional: said.filter(({ provisional }) => provisional).length,
  };
}

function sharesOf(labelled, what) {
  const sums = new Map();
  for (const report of labelled) sums.set(report[what].name, (sums.get(report[what].name) ?? 0) + lengthS(report.segment));
  const total = [...sums.values()].reduce((sum, seconds) => sum + seconds, 0);
  return [...sums].map(([name, seconds]) => [name, rounded(seconds / total, 4)])
    .sort(([name, one], [otherName, other]) => other - one || (name < otherName ? -1 : 1));
}

const rounded = (value, places) => Math.round(value * 10 ** places) / 10 ** places;
const lengthS = ({ start_s: startS, end_s: endS }) => endS - startS;
