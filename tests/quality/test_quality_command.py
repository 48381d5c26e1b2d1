"""`python -m quality` as `make quality` runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from quality.__main__ import main
from samples import DATA, ROOT

JFK = {
    "duration_s": 11.0,
    "gap_s": 0,
    "parts": [
        {
            "start_s": 0.3,
            "end_s": 10.6,
            "kind": "speech",
            "text": "And so, my fellow Americans, ask not what your country can do for you, "
            "ask what you can do for your country.",
            "topic": "Sports",  # on purpose: a target is missed
            "tone": "Serious",
        }
    ],
}


def quality(*arguments, **changes):
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}", **changes}
    command = [sys.executable, "-m", "quality", *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=300)


@pytest.fixture
def truth(tmp_path):
    path = tmp_path / "truth.json"
    path.write_text(json.dumps(JFK))
    return path


@pytest.fixture(scope="module")
def measured(models, tmp_path_factory):
    """A real measurement: what the command said, and the figures it wrote."""
    folder = tmp_path_factory.mktemp("measured")
    (folder / "truth.json").write_text(json.dumps(JFK))
    arguments = ("--audio", DATA / "jfk.flac", "--truth", folder / "truth.json", "--json", folder / "out.json")
    done = quality(*arguments, "--model", "whisper-tiny.en", SONICLAYER_MODELS_DIR=str(models))
    assert done.returncode == 0, done.stderr
    return done, json.loads((folder / "out.json").read_text())


@pytest.mark.models
def test_figures_are_printed_and_written_though_targets_are_missed(measured):
    done, figures = measured
    asked = "wer topic_accuracy tone_accuracy topic_ece non_speech_found words_in_non_speech edges_in_words"
    assert list(figures)[:7] == asked.split()
    assert (figures["words"], figures["topic_accuracy"], figures["non_speech_found"]) == (22, 0.0, None)
    assert "MISSED" in done.stdout
    assert "jfk.flac: completed" in done.stderr


@pytest.mark.models
def test_short_phrases_between_long_pauses_are_heard(measured):
    """`ask not` lasts a second, with a second of quiet before and after it."""
    assert measured[1]["wer"] == 0.0, measured[0].stdout


@pytest.mark.models
def test_a_failed_analysis_is_no_measurement(models, truth, tmp_path):
    out = tmp_path / "out.json"
    done = quality("--audio", DATA / "jfk.flac", "--truth", truth, "--json", out, SONICLAYER_MODELS_DIR=str(tmp_path))
    assert (done.returncode, done.stdout, out.exists()) == (1, "", False)
    assert "models fetch" in done.stderr


def test_wrong_use_is_told_in_one_line_before_anything_is_analysed(truth, tmp_path, capsys):
    damaged = tmp_path / "damaged.json"
    damaged.write_text('{"parts": [')
    text = tmp_path / "text.flac"
    text.write_text("no audio")
    for arguments, told in (
        (("--truth", truth), "the truth is of 11.0 s of audio, but"),
        (("--truth", damaged), "damaged.json: no JSON"),
        (("--audio", DATA / "jfk.flac"), "truth.json: No such file or directory"),
        (("--audio", text, "--truth", truth), "text.flac: no sound in it"),
        (("--audio", tmp_path / "none.flac", "--truth", truth), "none.flac: No such file or directory"),
        (("--audio", DATA / "jfk.flac", "--truth", truth, "--json", "/no/such/x.json"), "/no/such: no such folder"),
    ):
        assert main([str(argument) for argument in arguments]) == 2
        said = capsys.readouterr()
        assert (said.out, said.err.count("\n")) == ("", 1), said.err
        assert told in said.err


def test_help_tells_the_options_and_the_exit_codes():
    done = quality("--help")
    assert done.returncode == 0
    for words in ("--audio", "--truth", "--json", "Exit codes", "docs/quality.md"):
        assert words in done.stdout
