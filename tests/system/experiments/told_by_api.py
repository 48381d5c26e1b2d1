"""Where the API or its list says other things than the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from installed_suite import InstalledSuite
    from told_by_store import Kept

PAGE = 200


def told_by_api(suite: InstalledSuite, kept: dict[str, Kept]) -> list[str]:
    """A line for each difference."""
    return [
        *_of_list(suite, kept),
        *(line for audio_id in kept for line in _of_detail(suite, audio_id, kept[audio_id])),
    ]


def _of_list(suite: InstalledSuite, kept: dict[str, Kept]) -> Iterator[str]:
    lines: dict[str, dict] = {}
    total = 1
    while len(lines) < total:
        page = suite.ask("GET", f"/recordings?limit={PAGE}&offset={len(lines)}").json()
        if page["rebuilding"] or (page["total"] and not page["recordings"]):
            yield "the list is being made anew"
            return
        total = page["total"]
        lines |= {line["audio_id"]: line for line in page["recordings"]}
    yield from (f"{audio_id}: in the list, not in the store" for audio_id in lines.keys() - kept.keys())
    yield from (f"{audio_id}: not in the list" for audio_id in kept.keys() - lines.keys())
    for audio_id in kept.keys() & lines.keys():
        told = tuple(lines[audio_id][name] for name in ("name", "size_bytes", "state", "failures"))
        one = kept[audio_id]
        if told != (one.name, one.size_bytes, one.state, len(one.failures)):
            yield f"{audio_id}: the list says {told}, the store {one}"


def _of_detail(suite: InstalledSuite, audio_id: str, kept: Kept) -> Iterator[str]:
    told = suite.recording(audio_id)
    failures = sorted(failure["step"] for failure in told["failures"])
    if (told["state"], failures) != (kept.state, kept.failures):
        yield f"{audio_id}: the API says {told['state']} {failures}, the store {kept}"
    if kept.segments is not None:
        segments = suite.ask("GET", f"/segments/{audio_id}").json()["segments"]
        if len(segments) != kept.segments:
            yield f"{audio_id}: the API has {len(segments)} segments, the store {kept.segments}"
