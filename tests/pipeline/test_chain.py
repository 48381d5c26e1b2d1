from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from soniclayer.pipeline.chain import weigh_neighbours

NAMES = ("A", "B", "C")


def ranking(*shares):
    total = sum(shares)
    return {name: share / total for name, share in zip(NAMES, shares, strict=True)}


rankings = st.lists(st.tuples(*[st.floats(0.01, 1)] * 3).map(lambda shares: ranking(*shares)), min_size=1, max_size=4)


def by_all_paths(row, stays, index, name):
    """The posterior from the definition: a sum over every way the labels can go."""
    weights = dict.fromkeys((True, False), 0.0)
    for path in product(NAMES, repeat=len(row)):
        weight = 1.0
        for place, label in enumerate(path):
            weight *= row[place][label]
            if place:
                goes_on = stays[place] if label == path[place - 1] else 0.0
                weight *= goes_on + (1 - stays[place]) / len(NAMES)
        weights[path[index] == name] += weight
    return weights[True] / sum(weights.values())


@given(rankings, st.lists(st.floats(0, 0.99), min_size=4, max_size=4))
def test_the_answer_is_that_of_all_paths_together(row, stays):
    found = weigh_neighbours(row, stays[: len(row)])
    for index, name in product(range(len(row)), NAMES):
        assert found[index][name] == pytest.approx(by_all_paths(row, stays, index, name))


def test_without_staying_nobody_has_a_say_in_another():
    row = [ranking(5, 3, 2), ranking(1, 8, 1)]
    for own, found in zip(row, weigh_neighbours(row, [0.0, 0.0]), strict=True):
        assert found == pytest.approx(own)


def test_an_empty_row_has_an_empty_answer():
    assert weigh_neighbours([], []) == []
