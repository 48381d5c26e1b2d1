"""What a request asks for: the recording in its path, numbers and words in its query."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

from soniclayer.errors import RecordingMissing
from soniclayer.web.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request

T = TypeVar("T", bound=str)

_AUDIO_ID = re.compile(r"[0-9a-f]{64}")
_NUMBER = re.compile(r"[0-9]{1,9}")


def asked_id(request: Request) -> str:
    """The audio_id in the path.

    Raises:
        RecordingMissing: it is none, so there is no such recording.
    """
    audio_id: str = request.path_params["audio_id"]
    if not _AUDIO_ID.fullmatch(audio_id):
        raise RecordingMissing("An audio_id is the SHA-256 of a recording, 64 hex digits in lower case")
    return audio_id


def asked_number(request: Request, name: str, default: int, *, least: int = 0, most: int) -> int:
    """A whole number of the query.

    Raises:
        Problem: `bad_query`.
    """
    text = request.query_params.get(name)
    if text is None:
        return default
    if _NUMBER.fullmatch(text) and least <= int(text) <= most:
        return int(text)
    raise _bad_query(name, text, f"a number from {least} to {most}")


def asked_word(request: Request, name: str, choice: Sequence[T]) -> T | None:
    """A word of the query, one of `choice`; None when it is not there.

    Raises:
        Problem: `bad_query`.
    """
    text = request.query_params.get(name)
    if text is None:
        return None
    for word in choice:
        if word == text:
            return word
    raise _bad_query(name, text, f"one of {', '.join(choice)}")


def asked_text(request: Request, name: str, longest: int = 200) -> str | None:
    """A text of the query; None when it is not there, or empty.

    Raises:
        Problem: `bad_query`, when it is too long.
    """
    text = request.query_params.get(name)
    if text and len(text) > longest:
        raise _bad_query(name, f"{text[:20]}...", f"at most {longest} characters")
    return text or None


def asked_switch(request: Request, name: str) -> bool:
    """Whether a switch of the query is on: `1`; off is `0`, or not there.

    Raises:
        Problem: `bad_query`.
    """
    return asked_word(request, name, ("0", "1")) == "1"


def _bad_query(name: str, text: str, need: str) -> Problem:
    return Problem("bad_query", f"{name} is {text!r}: need {need}", extra={"parameter": name})
