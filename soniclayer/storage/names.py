"""The names of all objects. The layout is drawn in docs/architecture.md."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from soniclayer.domain.step import Step, Tries

if TYPE_CHECKING:
    from collections.abc import Mapping

MANIFEST = "recording.json"
SOURCE = "source"
LISTENING = "listening.m4a"
WANTED = "wanted.json"
PLAN = "plan.json"
PEAKS = "peaks.json"
CANCELLED = "cancelled.json"
SEGMENTS = "segments.json"
SUMMARY = "summary.json"

_AUDIO = "audio.flac"
_WINDOW_OBJECT = re.compile(r"windows/(\d{4,})/(window|transcript|analysis)\.json")
_EVALUATION = re.compile(
    r"windows/(\d{4,})/evaluations/([a-z0-9_]+)\.([0-9a-f]{12})(?:\.provisional\.(\d+)\.(\d+))?\.json"
)
_FAILURE = re.compile(r"failures/([a-z]+)(?:\.(\d{4,}))?(?:\.([a-z0-9_]+))?\.json")
_RESULT_STAGES = {"transcript": "transcribe", "analysis": "classify"}


def window_folder(number: int) -> str:
    """Where everything of a window lies."""
    return f"windows/{number:04d}"


def window(number: int) -> str:
    """The facts of a window; its presence = published."""
    return f"{window_folder(number)}/window.json"


def audio(number: int) -> str:
    """The window's sound, a cache."""
    return f"{window_folder(number)}/{_AUDIO}"


def transcript(number: int) -> str:
    """What `transcribe` made of a window."""
    return f"{window_folder(number)}/transcript.json"


def analysis(number: int) -> str:
    """What `classify` made of a window."""
    return f"{window_folder(number)}/analysis.json"


def evaluation(number: int, persona: str, fingerprint: str) -> str:
    """What a persona, as it was when it had this fingerprint, says of a window."""
    return f"{window_folder(number)}/evaluations/{persona}.{fingerprint}.json"


def provisional(number: int, persona: str, fingerprint: str, tries: Tries) -> str:
    """What the rules say for a persona while its judge, after so many tries in vain, is to be asked again."""
    return (
        f"{window_folder(number)}/evaluations/{persona}.{fingerprint}.provisional.{tries.answered}.{tries.silent}.json"
    )


def failure(step: Step) -> str:
    """Why a step was given up."""
    return f"failures/{step.name}.json"


def stays(name: str) -> bool:
    """Whether an object of a run is there for good, as long as the run is; the others come and go."""
    return not (name.startswith("failures/") or name == CANCELLED or name.endswith(f"/{_AUDIO}"))


def published_window(name: str) -> int | None:
    """The number of the window whose facts this object holds."""
    match = _WINDOW_OBJECT.fullmatch(name)
    return int(match[1]) if match and match[2] == "window" else None


def finished_step(audio_id: str, name: str, personas: Mapping[str, str]) -> Step | None:
    """The step whose result this object is; evaluations count for `personas` (name -> fingerprint) alone."""
    if name == PLAN:
        return Step(audio_id, "prepare")
    if (match := _WINDOW_OBJECT.fullmatch(name)) and match[2] in _RESULT_STAGES:
        return Step(audio_id, _RESULT_STAGES[match[2]], int(match[1]))  # type: ignore[arg-type]
    if (match := _EVALUATION.fullmatch(name)) and personas.get(match[2]) == match[3] and not match[4]:
        return Step(audio_id, "evaluate", int(match[1]), match[2])
    return None


def provisional_step(audio_id: str, name: str, personas: Mapping[str, str]) -> tuple[Step, Tries] | None:
    """The evaluation that this object holds a provisional result of, and its tries; see `finished_step`."""
    match = _EVALUATION.fullmatch(name)
    if match is None or personas.get(match[2]) != match[3] or not match[4]:
        return None
    return Step(audio_id, "evaluate", int(match[1]), match[2]), Tries(int(match[4]), int(match[5]))


def failed_step(audio_id: str, name: str) -> Step | None:
    """The step this object says was given up."""
    match = _FAILURE.fullmatch(name)
    if match is None:
        return None
    number = int(match[2]) if match[2] else None
    return Step(audio_id, match[1], number, match[3])  # type: ignore[arg-type]
