"""`soniclayer analyze --timings`: the figures are those of the run, whoever measures it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

import pytest
from samples import ROOT, labels_of_config
from sound_files import write_audio

from soniclayer.domain.step import STAGES
from soniclayer.engines.child import EngineChild
from soniclayer.settings import Settings
from soniclayer.wiring import engine_config

pytestmark = pytest.mark.models


@pytest.fixture(scope="module")
def environment(models, tmp_path_factory):
    return {
        **os.environ,
        "SONICLAYER_MODELS_DIR": str(models),
        "SONICLAYER_UPLOADS_DIR": str(tmp_path_factory.mktemp("store")),
        "SONICLAYER_WHISPER_MODEL": "whisper-tiny.en",
        "PYTHONPATH": str(ROOT),
    }


@pytest.fixture(scope="module")
def sound(tmp_path_factory, jfk):
    return write_audio(tmp_path_factory.mktemp("sound") / "jfk.wav", jfk)


def analyze(environment, *arguments):
    command = [sys.executable, "-m", "soniclayer", "analyze", *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def run(environment, sound, tmp_path_factory):
    """What the command tells of itself, and what was measured from outside."""
    path = tmp_path_factory.mktemp("timings") / "t.json"
    before, started_s = os.times(), time.monotonic()
    done = analyze(environment, sound, "--timings", path)
    wall_s, after = time.monotonic() - started_s, os.times()
    assert done.returncode == 0, done.stderr
    cpu_s = after.children_user + after.children_system - before.children_user - before.children_system
    return json.loads(path.read_text()), wall_s, cpu_s


def test_the_wall_time_is_that_of_the_whole_process(run):
    told, wall_s, _ = run
    assert 0 <= wall_s - told["wall_s"] < max(0.5, 0.25 * wall_s)
    assert told["real_time_factor"] == pytest.approx(told["wall_s"] / told["audio_s"], abs=1e-3)


def test_the_cpu_times_together_are_all_that_was_used(run):
    told, _, cpu_s = run
    assert set(told["cpu_s"]) == {*STAGES, "other"}
    assert sum(told["cpu_s"].values()) == pytest.approx(cpu_s, rel=0.15)  # what it takes to end is not in it
    assert all(seconds > 0 for seconds in told["cpu_s"].values())


def test_the_first_window_is_done_before_the_end(run):
    told, _, _ = run
    assert 0 < told["first_window_s"] < told["wall_s"]
    assert told["audio_s"] == pytest.approx(11.0, abs=0.1)


def test_the_children_hold_models_and_the_parent_none(run):
    peaks = run[0]["peak_bytes"]
    assert peaks["parent"] < 100e6 < peaks["child_0"]
    assert "child_1" in peaks


def test_what_is_known_already_takes_no_cpu_time_for_stages_and_has_no_first_window(environment, sound, run):
    done = analyze(environment, sound, "--timings", "-")
    told = json.loads(done.stdout)
    assert told["first_window_s"] is None
    assert {told["cpu_s"][stage] for stage in ("evaluate", "summarise")} == {0}


def test_where_timings_cannot_go_is_told_before_the_work(environment, sound, tmp_path):
    both = analyze(environment, sound, "--timings", "-", "--json", "-")
    missing = analyze(environment, sound, "--timings", tmp_path / "no" / "t.json")
    assert (both.returncode, missing.returncode) == (2, 2)
    assert "only one thing can go to standard output" in both.stderr
    assert "there is no folder" in missing.stderr


@pytest.mark.parametrize(("model", "stage"), [("hearing", "prepare"), ("speech", "transcribe"), ("labels", "classify")])
def test_loading_a_model_is_booked_on_the_stage_it_is_for(models, model, stage):
    settings = Settings(models_dir=models, whisper_model="whisper-tiny.en")
    child = EngineChild(engine_config(settings, labels_of_config()), 2**31)
    try:
        child.warm_up(**{name: name == model for name in ("hearing", "speech", "labels")})
        cpu_s = child.cost.cpu_s
    finally:
        child.stop()
    assert {purpose for purpose, seconds in cpu_s.items() if seconds > 0} == {"other", stage}
