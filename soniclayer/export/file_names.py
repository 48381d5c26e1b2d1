"""File names for exports, made from the names that recordings came with."""

from __future__ import annotations

import unicodedata
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from soniclayer.export.plain import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from soniclayer.domain.summary import Result

_STEM_BYTES = 120
"""With an audio_id of 64 and an ending it stays under the 255 bytes of Linux file systems."""

_ID_LENGTHS = (0, 8, 64)


def file_names(results: Sequence[Result], ending: str) -> list[str]:
    """One name per recording, `<stem>.<ending>`: different ones, whatever the order of the recordings.

    Where two would be the same (also to a file system that ignores case), both get the start of their
    audio_id.
    """
    lengths = [0] * len(results)
    for longer in _ID_LENGTHS[1:]:
        stems = [_stem(result, length) for result, length in zip(results, lengths, strict=True)]
        taken = _taken_twice(stems)
        lengths = [longer if _folded(stem) in taken else length for stem, length in zip(stems, lengths, strict=True)]
    return [f"{_stem(result, length)}.{ending}" for result, length in zip(results, lengths, strict=True)]


def _stem(result: Result, id_length: int) -> str:
    """The name without folders, ending, and whatever is no part of a file name; never empty, never hidden."""
    name = one_line(result.name.replace("\\", "/").rpartition("/")[2])
    stem = PurePosixPath(name).stem.lstrip(". ").encode()[:_STEM_BYTES].decode(errors="ignore").rstrip()
    audio_id = result.audio_id[:id_length]
    if not stem:
        return audio_id or result.audio_id[:8]
    return f"{stem}.{audio_id}" if audio_id else stem


def _taken_twice(stems: Iterable[str]) -> set[str]:
    seen: set[str] = set()
    twice: set[str] = set()
    for stem in map(_folded, stems):
        (twice if stem in seen else seen).add(stem)
    return twice


def _folded(stem: str) -> str:
    return unicodedata.normalize("NFC", stem).casefold()
