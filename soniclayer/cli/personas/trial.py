"""`soniclayer personas try PERSONA TEXT`: what a persona says of a text, asked as the workers ask."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from soniclayer import log
from soniclayer.cli.personas.answer import Tried, print_document, print_page
from soniclayer.cli.personas.here import labels_and_personas, settings_stepping_down
from soniclayer.domain.segment import Analysis, Label, Segment, SegmentLabels, Transcript
from soniclayer.errors import ConfigError
from soniclayer.jobs.judge import Judgement, Question
from soniclayer.pipeline.evaluate import evaluate

if TYPE_CHECKING:
    from collections.abc import Iterable

    from soniclayer.domain.labels import Labels
    from soniclayer.domain.persona import Persona
    from soniclayer.domain.segment import Evaluation
    from soniclayer.settings import Settings

SEGMENT_ID = "0000.00"
SEGMENT_S = 15.0
"""How long a segment mostly is; a text has no time."""

MOST_TEXT_BYTES = 64 * 1024

EPILOG = """\
Topic and tone are found as in a recording, unless they are given; with both given no model is needed, and no tags are
looked for. Where LANGFLOW_BASE_URL is set the persona's flow is asked, as a worker would ask it; else the rules answer.
Exit codes: 0 it was answered as it is set up, 1 the rules stood in for a Langflow, or a model is missing, 2 wrong usage
or configuration.
"""


def add_action(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Declare the action."""
    parser = actions.add_parser(
        "try",
        help="what a persona says of a text, as the workers would ask it",
        description="Let a persona judge a text, as if it were a segment of a recording.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("persona", metavar="PERSONA", help="its name, as `soniclayer personas list` shows it")
    parser.add_argument("text", metavar="TEXT", help="what is said, - for standard input")
    parser.add_argument("--topic", metavar="TOPIC", help="what it is about, a topic of labels.yaml (default: found)")
    parser.add_argument("--tone", metavar="TONE", help="how it is said, a tone of labels.yaml (default: found)")
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.set_defaults(run=run)
    return parser


def run(args: argparse.Namespace) -> int:
    """Ask, and show what was answered."""
    text = _text(args.text)
    settings = settings_stepping_down()
    log.to_nobody()
    labels, personas = labels_and_personas(args.config_dir or settings.config_dir)
    persona = _named(personas, args.persona)
    _check("--topic", args.topic, labels.topics)
    _check("--tone", args.tone, labels.tones)
    found = _labels_of(text, args.topic, args.tone, settings, labels)
    tried = _ask(persona, text, found, settings)
    (print_document if args.json else print_page)(tried)
    return 1 if tried.fault else 0


def _text(given: str) -> str:
    """What is to be judged.

    Raises:
        ConfigError: there is none, or too much.
    """
    if given != "-":
        text = given
    else:
        data = sys.stdin.buffer.read(MOST_TEXT_BYTES + 1)
        if len(data) > MOST_TEXT_BYTES:
            raise ConfigError(f"TEXT: more than {MOST_TEXT_BYTES // 1024} KiB: a segment is what is said in 15 seconds")
        text = data.decode("utf-8", "replace")
    if not text.strip():
        raise ConfigError("TEXT is empty: nothing to judge")
    return text.strip()


def _named(personas: Iterable[Persona], name: str) -> Persona:
    known = {persona.name: persona for persona in personas}
    if name not in known:
        raise ConfigError(f"no such persona: {name}; there are {', '.join(known)}")
    return known[name]


def _check(option: str, name: str | None, known: Iterable[str]) -> None:
    if name is not None and name not in known:
        raise ConfigError(f"{option} is {name!r}: need one of {', '.join(known)}")


def _labels_of(text: str, topic: str | None, tone: str | None, settings: Settings, labels: Labels) -> SegmentLabels:
    """What is given, and what the label model finds of the rest."""
    if topic and tone:
        return SegmentLabels(SEGMENT_ID, _given(topic), _given(tone), ())
    from soniclayer.wiring import text_engine  # noqa: PLC0415 - 0.2 s that `check` and `list` need not wait for

    engine = text_engine(settings, labels)
    try:
        (found,) = engine.classify(_transcript(text, settings)).segments
    finally:
        engine.stop()
    return replace(found, topic=_given(topic) if topic else found.topic, tone=_given(tone) if tone else found.tone)


def _given(name: str) -> Label:
    """A label that nobody doubts."""
    return Label(name, 1.0, runner_up="", unsure=False)


def _transcript(text: str, settings: Settings) -> Transcript:
    segment = Segment(0.0, SEGMENT_S, SEGMENT_ID, "speech", text, ())
    return Transcript(0, settings.whisper_language or "en", "none", (segment,))


def _ask(persona: Persona, text: str, labels: SegmentLabels, settings: Settings) -> Tried:
    (by_rules,) = evaluate(persona, _transcript(text, settings), Analysis(0, "none", (labels,))).evaluations
    judgement = _judgement(persona, text, labels, settings)
    if judgement is None:
        return Tried(persona, text, labels, by_rules)
    evaluation: Evaluation = judgement.evaluations[0] if judgement.evaluations else by_rules
    fault = None if judgement.evaluations else judgement.fault or "it judged nothing"
    return Tried(persona, text, labels, evaluation, judgement.origin, fault)


def _judgement(persona: Persona, text: str, labels: SegmentLabels, settings: Settings) -> Judgement | None:
    """What Langflow says; None where there is none."""
    from soniclayer.wiring import make_judge  # noqa: PLC0415 - as above

    judge = make_judge(settings, None)
    if judge is None:
        return None
    try:
        return judge.judge(persona, [Question(SEGMENT_ID, text, labels.topic.name, labels.tone.name)])
    finally:
        judge.stop()
