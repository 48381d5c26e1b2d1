r"""srt and vtt, from cues.

By hand and not by pysubs2: its writers read the text as SubStation markup, so `{...}` vanishes, `\N` and
`\h` become white space, and in vtt `&`, `<` and `-->` come out unescaped (pysubs2 1.8.1). The tests read our
files back with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from soniclayer.export.cues import Cue, cut_cues

if TYPE_CHECKING:
    from collections.abc import Iterable

    from soniclayer.domain.summary import SegmentReport

_VTT_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_SRT_LOOKALIKES = str.maketrans({"<": "‹", ">": "›", "{": "(", "}": ")", "\\": "/"})  # noqa: RUF001 - meant
r"""SubRip has no escapes, and players take `<...>`, `{...}` and `\N` for markup: these read alike, safely."""


def vtt(segments: Iterable[SegmentReport]) -> str:
    """WebVTT (W3C): header, then cues without identifiers."""
    return "WEBVTT\n" + "".join(f"\n{_cue(cue, '.', _VTT_ESCAPES)}" for cue in _cues(segments))


def srt(segments: Iterable[SegmentReport]) -> str:
    """SubRip: numbered cues; empty when nobody speaks."""
    blocks = (f"{n}\n{_cue(cue, ',', _SRT_LOOKALIKES)}" for n, cue in enumerate(_cues(segments), 1))
    return "\n".join(blocks)


def _cues(segments: Iterable[SegmentReport]) -> list[Cue]:
    return cut_cues([report.segment.words for report in segments])


def _cue(cue: Cue, decimal: str, escapes: dict[int, str]) -> str:
    times = f"{_time(cue.start_ms, decimal)} --> {_time(cue.end_ms, decimal)}"
    return "\n".join([times, *(line.translate(escapes) for line in cue.lines)]) + "\n"


def _time(time_ms: int, decimal: str) -> str:
    seconds, milliseconds = divmod(time_ms, 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{decimal}{milliseconds:03d}"
