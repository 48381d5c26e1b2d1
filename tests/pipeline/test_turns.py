"""Where another voice goes on, with the voices of the sample broadcast and of read books."""

from __future__ import annotations

import json
from itertools import pairwise

import numpy as np
import pytest
from sound_files import BROADCAST, DATA, RATE_HZ, read_samples

from soniclayer.pipeline.turns import Voices


@pytest.fixture(scope="module")
def sentences():
    parts = json.loads((BROADCAST.parent / "truth.json").read_text())["parts"]
    return [(s["start_s"], s["end_s"], part["voice"]) for part in parts for s in part.get("sentences", [])]


@pytest.mark.parametrize("gain", [1.0, 0.01])
def test_another_voice_is_told_from_the_same_that_goes_on(sentences, gain):
    voices = Voices(gain * read_samples(BROADCAST))
    near = [(one, two) for one, two in pairwise(sentences) if two[0] - one[1] < 2]
    found = [voices.turn(one[1], two[0]) for one, two in near]
    assert found == [one[2] != two[2] for one, two in near]
    assert 5 < sum(found) < len(found) - 20


def test_a_real_reader_stays_the_same_and_another_is_another(jfk):
    austen = read_samples(DATA / "librivox_austen_5.flac")
    reader = Voices(austen)
    assert sum(reader.turn(seconds, seconds) for seconds in range(3, 25)) <= 1
    both = Voices(np.concatenate([austen, jfk]))
    assert both.turn(len(austen) / RATE_HZ, len(austen) / RATE_HZ)


def test_too_little_sound_is_nobody_else_s(jfk):
    voices = Voices(jfk)
    assert voices.distance(0.1, 0.2) == 0
    assert voices.distance(10.9, 11.0) == 0
    assert Voices(jfk[:100]).distance(0, 0) == 0
    assert np.isfinite(Voices(np.zeros(10 * RATE_HZ, np.float32)).distance(5, 5))
