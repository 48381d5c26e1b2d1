"""Whether music, noise and silence were found where they are, and whether any words were heard in them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from quality.labels import overlap_s

from soniclayer.domain.window import Region

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from quality.truth import Truth

    from soniclayer.domain.segment import Segment, Word

SHORTEST_S = 5.0
"""Shorter non-speech need not be found (docs/architecture.md: one segment per region of 5 s or more)."""

EDGE_S = 1.0
"""How far the edges may be off."""

TOUCHING_S = 0.5
"""What is cut at the edge of a window touches; between two separate pieces of music there is more."""


@dataclass(frozen=True)
class Search:
    """A part without speech, and the region of the same kind that overlaps it most."""

    part: Region
    nearest: Region | None

    @property
    def found(self) -> bool:
        """Whether both edges are right."""
        return self.nearest is not None and max(abs(self.early_s), abs(self.late_s)) <= EDGE_S

    @property
    def early_s(self) -> float:
        """How much too early the region starts, in seconds; below 0: too late."""
        return self.part.start_s - self.nearest.start_s if self.nearest else 0.0

    @property
    def late_s(self) -> float:
        """How much too late the region ends, in seconds; below 0: too early."""
        return self.nearest.end_s - self.part.end_s if self.nearest else 0.0


def search(truth: Truth, segments: Sequence[Segment]) -> list[Search]:
    """Every part without speech that must be found, with what was found of it."""
    regions = found_regions(segments)
    return [_search(part, regions) for part in true_regions(truth) if part.duration_s >= SHORTEST_S]


def true_regions(truth: Truth) -> list[Region]:
    """The parts without speech; those of one kind that only the gap divides are one."""
    parts = (Region(part.start_s, part.end_s, part.kind) for part in truth.parts)
    return [part for part in _joined(parts, truth.gap_s + TOUCHING_S) if part.kind != "speech"]


def found_regions(segments: Sequence[Segment]) -> list[Region]:
    """The segments without speech; those of one kind that touch, at the edge of two windows say, are one."""
    regions = (Region(s.start_s, s.end_s, s.kind) for s in segments)
    return [region for region in _joined(regions, TOUCHING_S) if region.kind != "speech"]


def invented_regions(truth: Truth, segments: Sequence[Segment]) -> list[Region]:
    """Regions that lie, for the most part, where the truth has no part of their kind."""
    parts = true_regions(truth)
    return [
        region
        for region in found_regions(segments)
        if sum(overlap_s(region, part) for part in parts if part.kind == region.kind) < region.duration_s / 2
    ]


def words_in_non_speech(truth: Truth, segments: Sequence[Segment]) -> list[Word]:
    """The recognised words whose middle lies inside a part without speech, however short the part."""
    parts = [part for part in truth.parts if part.kind != "speech"]
    return [
        word
        for segment in segments
        for word in segment.words
        if any(part.start_s < (word.start_s + word.end_s) / 2 < part.end_s for part in parts)
    ]


def _search(part: Region, regions: Sequence[Region]) -> Search:
    same = [region for region in regions if region.kind == part.kind and overlap_s(region, part) > 0]
    return Search(part, max(same, key=lambda region: overlap_s(region, part), default=None))


def _joined(regions: Iterable[Region], within_s: float) -> list[Region]:
    joined: list[Region] = []
    for region in regions:
        before = joined[-1] if joined else None
        if before and before.kind == region.kind and region.start_s - before.end_s <= within_s:
            joined[-1] = replace(before, end_s=region.end_s)
        else:
            joined.append(region)
    return joined
