"""What a row of neighbours says of each one in it: talk goes on across cuts."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

Ranking = dict[str, float]
"""Label name -> probability; adds up to 1."""


def weigh_neighbours(rankings: Sequence[Ranking], stays: Sequence[float]) -> list[Ranking]:
    """The rankings of segments in a row, each with what all the others say.

    The labels are taken for a hidden Markov chain that stays where it is with the probability `stay` and else goes
    anywhere; the result is its posterior, by the forward-backward algorithm (Rabiner: A Tutorial on Hidden Markov
    Models, Proc. IEEE 1989, section III.B).

    Args:
        rankings: what each segment says for itself; no value is 0.
        stays: per segment, how likely it goes on with the label of the one before it, 0-1; 0 cuts the row.
    """
    if not rankings:
        return []
    before = _passed_on(rankings, stays)
    after = _passed_on(rankings[::-1], [0.0, *stays[:0:-1]])[::-1]
    return [
        _scaled({name: own[name] * left[name] * right[name] for name in own})
        for own, left, right in zip(rankings, before, after, strict=True)
    ]


def _passed_on(rankings: Sequence[Ranking], stays: Sequence[float]) -> list[Ranking]:
    """Per segment, how likely each label is by what the segments before it say."""
    passed: list[Ranking] = []
    for index, (ranking, stay) in enumerate(zip(rankings, stays, strict=True)):
        share = 1 / len(ranking)
        if index == 0:
            passed.append(dict.fromkeys(ranking, share))
            continue
        last = _scaled({name: rankings[index - 1][name] * passed[-1][name] for name in ranking})
        passed.append({name: stay * last[name] + (1 - stay) * share for name in ranking})
    return passed


def _scaled(ranking: Ranking) -> Ranking:
    total = sum(ranking.values())
    return {name: value / total for name, value in ranking.items()}
