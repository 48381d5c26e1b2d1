from __future__ import annotations

import json

import numpy as np
import pytest
from bench.contestants import Heard, cut_in_two, quiet_place
from bench.figures import Round, error_rate_figures, figure, memory_figures, speed_figures
from bench.parts import word_error_rate
from bench.processes import CommandFailed, Took, environment, run_together, seconds_until
from bench.report import document, table
from sound_files import BROADCAST, RATE_HZ, noise, read_samples

MACHINE = {"processor": "A", "cores": 2, "python": "3.11", "load_before": 0.1}


def a_round(limit_s, analyze_s, script_s, cpu_s=None):
    timings = {"cpu_s": cpu_s or {"prepare": 1.0, "classify": 1.0, "evaluate": 0.0, "summarise": 0.0}}
    return Round(
        limit=Heard(Took(limit_s, 2 * limit_s), ""),
        analyze=Heard(Took(analyze_s, 2 * analyze_s), "", timings),
        script=Heard(Took(script_s, script_s), ""),
    )


def test_ratios_are_taken_within_a_round_and_then_the_middle_one_counts():
    rounds = [a_round(10, 11, 33), a_round(20, 30, 60), a_round(40, 48, 144)]  # a machine that gets slower
    figures = speed_figures(rounds)
    assert figures["analyze_vs_limit"].value == 1.2
    assert figures["default_vs_analyze"].value == 3.0
    assert figures["analyze_s"].value == 30
    assert figures["default_vs_analyze_cpu"].value == 1.5


def test_shares_are_of_all_cpu_time_and_of_all_that_labels_need():
    cpu_s = {"prepare": 10, "transcribe": 70, "classify": 2, "evaluate": 1, "summarise": 1, "other": 16}
    figures = speed_figures([a_round(1, 1, 1, cpu_s)])
    assert figures["cpu_share_prepare"].value == 0.10
    assert figures["cpu_share_labels"].value == 0.04


def test_the_memory_ratio_is_that_of_the_child_that_grew_most():
    short = {"parent": 50_000_000, "child_0": 500_000_000, "child_1": 300_000_000}
    long = {"parent": 80_000_000, "child_0": 510_000_000, "child_1": 390_000_000}
    figures = memory_figures(short, long)
    assert figures["peak_memory_ratio_4h"].value == 1.3
    assert not figures["peak_memory_ratio_4h"].met
    assert figures["peak_child_bytes"].value == 510_000_000
    assert figures["peak_parent_bytes"].value == 80_000_000


@pytest.mark.parametrize(
    ("name", "value", "met"),
    [
        ("analyze_vs_limit", 1.15, True),
        ("analyze_vs_limit", 1.16, False),
        ("default_vs_analyze", 2.7, True),
        ("default_vs_analyze", 2.6, False),
        ("limit_s", 3.0, None),
    ],
)
def test_a_figure_is_met_up_to_its_target(name, value, met):
    assert figure(name, value).met is met


def test_our_error_rate_may_not_be_worse_than_the_script_s():
    assert error_rate_figures(0.01, 0.04, 0.04)["wer_analyze"].met
    assert not error_rate_figures(0.09, 0.05, 0.04)["wer_analyze"].met


def test_the_json_has_value_target_and_met_of_each_figure_and_the_raw_numbers():
    figures = {"analyze_vs_limit": figure("analyze_vs_limit", 1.2)}
    told = json.loads(document(figures, {"speed": {"runs": [1]}}, MACHINE))
    assert told["analyze_vs_limit"] == {"value": 1.2, "target": 1.15, "met": False}
    assert told["measured"] == {"speed": {"runs": [1]}}
    assert told["machine"] == MACHINE


def test_the_table_says_what_was_missed_and_warns_of_a_busy_machine():
    figures = {"default_vs_analyze": figure("default_vs_analyze", 2.0), "wer_limit": figure("wer_limit", 0.031)}
    quiet, busy = table(figures, MACHINE), table(figures, {**MACHINE, "load_before": 1.5})
    assert "2.00 x  at least 2.70 x   MISSED" in quiet
    assert "3.1 %" in quiet
    assert "busy" in busy
    assert "busy" not in quiet


def test_the_halves_together_are_the_whole_cut_in_a_pause(tmp_path):
    whole, halves = read_samples(BROADCAST), cut_in_two(BROADCAST, tmp_path)
    first, second = map(read_samples, halves)
    assert len(first) + len(second) == len(whole)
    assert not first[-RATE_HZ // 10 :].any()
    assert not second[: RATE_HZ // 10].any()


def test_the_cut_is_in_the_quietest_place_near_the_middle():
    sound = noise(100.0).astype(np.float32)
    for at_s, level in ((10.0, 0.0), (55.0, 0.1)):
        sound[round(at_s * RATE_HZ) : round((at_s + 0.5) * RATE_HZ)] *= level
    assert 55.0 < quiet_place(sound) / RATE_HZ < 55.5


def test_words_are_compared_in_their_order_after_normalising():
    truth = BROADCAST.with_name("truth.json")
    said = [part["text"] for part in json.loads(truth.read_text())["parts"] if part["text"]]
    assert word_error_rate(truth, " ".join(said).upper().replace(",", "")) == 0
    assert word_error_rate(truth, " ".join(reversed(said))) > 0.5


def test_every_command_has_the_same_environment_without_numbers_of_threads(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("SONICLAYER_WHISPER_DEVICE", "cpu")
    assert "OMP_NUM_THREADS" not in environment()
    assert environment()["SONICLAYER_WHISPER_DEVICE"] == "cpu"


def test_a_command_that_fails_is_told_with_its_last_words():
    with pytest.raises(CommandFailed, match="unrecognized arguments: --nonsense"):
        run_together([["json.tool", "--nonsense"], ["this"]])


def test_what_ends_before_it_happened_is_a_failure():
    with pytest.raises(CommandFailed, match="Beautiful is better than ugly"):
        seconds_until(lambda: False, ["this"])


def test_the_cpu_time_is_that_of_all_commands():
    one, ten = run_together([["this"]]), run_together([["this"]] * 10)  # the first may start colder than all others
    assert 0 < one.cpu_s < ten.cpu_s
