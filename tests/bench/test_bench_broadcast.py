from __future__ import annotations

import json
from itertools import islice

import numpy as np
import pytest
from bench.broadcast import GAP_S, make_broadcast, shuffled_parts
from quality.truth import load_truth
from sound_files import BROADCAST, RATE_HZ, read_samples

SAMPLE_PARTS = json.loads(BROADCAST.with_name("truth.json").read_text())["parts"]
LEAST_S = 300.0


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return make_broadcast(tmp_path_factory.mktemp("made"), LEAST_S)


def at(sound, part):
    return sound[round(part["start_s"] * RATE_HZ) : round(part["end_s"] * RATE_HZ)]


def test_every_part_sounds_as_in_the_sample_where_its_truth_says(made):
    sound, sample = read_samples(made.audio), read_samples(BROADCAST)
    truth = json.loads(made.truth.read_text())
    by_text = {(part["text"], part["kind"], round(part["end_s"] - part["start_s"], 2)): part for part in SAMPLE_PARTS}
    for part in truth["parts"]:
        original = by_text[part["text"], part["kind"], round(part["end_s"] - part["start_s"], 2)]
        assert np.array_equal(at(sound, part), at(sample, original))


def test_parts_are_divided_by_digital_silence(made):
    sound, truth = read_samples(made.audio), json.loads(made.truth.read_text())
    for part in truth["parts"][:-1]:
        end = round(part["end_s"] * RATE_HZ)
        assert not sound[end : end + round(GAP_S * RATE_HZ)].any()


def test_the_truth_is_one_and_as_long_as_the_audio(made):
    truth = load_truth(made.truth)
    assert LEAST_S <= truth.duration_s < LEAST_S + 40
    assert round(truth.duration_s * RATE_HZ) == len(read_samples(made.audio))


def test_sentences_move_with_their_part(made):
    for part in json.loads(made.truth.read_text())["parts"]:
        for sentence in part.get("sentences", []):
            assert part["start_s"] <= sentence["start_s"] < sentence["end_s"] <= part["end_s"] + 0.001


def test_no_part_comes_again_before_all_have_come():
    order = [part["id"] for part, _ in islice(shuffled_parts(SAMPLE_PARTS, 3600.0, seed=1), 3 * len(SAMPLE_PARTS))]
    rounds = [order[i : i + len(SAMPLE_PARTS)] for i in range(0, len(order), len(SAMPLE_PARTS))]
    assert all(sorted(one) == [part["id"] for part in SAMPLE_PARTS] for one in rounds)
    assert rounds[0] != rounds[1]


def test_the_order_is_the_seed_s():
    def order(seed):
        return [part["id"] for part, _ in shuffled_parts(SAMPLE_PARTS, 200.0, seed)]

    assert order(1) == order(1) != order(2)


def test_a_recording_that_is_there_is_not_made_again(made, monkeypatch):
    monkeypatch.setattr("bench.broadcast._write", lambda *_: pytest.fail("made again"))
    assert make_broadcast(made.audio.parent, LEAST_S) == made
