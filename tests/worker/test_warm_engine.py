from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest
from fake_engine import fake_window
from samples import engine_config
from worker_place import wait_until

from soniclayer.engines.child import EngineChild
from soniclayer.errors import EngineDied, EngineStopped, ModelError
from soniclayer.worker import engine as engine_module
from soniclayer.worker.engine import WarmEngine

HERE = Path(__file__).parent


@pytest.fixture
def make(monkeypatch, tmp_path):
    """Makes a WarmEngine with the child of `quick_server`, or another server."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(map(str, [HERE, HERE.parent, HERE.parent.parent])))
    monkeypatch.setattr(engine_module, "LOOK_S", 0.02)
    monkeypatch.setattr(engine_module, "RETRY_S", 0.01)
    made = []

    def make_one(idle_s=0.0, server="quick_server", **told):
        monkeypatch.setenv("QUICK_ENGINE", json.dumps({"log": str(tmp_path / "log"), **told}))
        made.append(WarmEngine(EngineChild(engine_config(), 2**29, server=server), idle_s))
        made[-1].start()
        return made[-1]

    yield make_one
    for engine in made:
        engine.stop()


def transcribe(engine, tmp_path, number=0):
    sound = tmp_path / "sound.flac"
    sound.write_bytes(b"fLaC%d" % number)
    with engine.ready() as child:
        return child.transcribe(sound, fake_window(number))


def test_the_models_are_loaded_before_the_first_step(make, tmp_path):
    engine = make()
    wait_until(lambda: engine.state == "ready")
    assert (tmp_path / "log").read_text().split()[1:3] == ["begin", "warm_up"]
    assert engine.child.alive


def test_a_step_waits_until_they_are(make, tmp_path):
    assert transcribe(make(), tmp_path).window == 0
    calls = [line.split()[2] for line in (tmp_path / "log").read_text().splitlines()]
    assert calls == ["warm_up", "warm_up", "transcribe.0", "transcribe.0"]


def test_an_idle_child_is_ended_and_started_again_for_the_next_step(make, tmp_path):
    engine = make(idle_s=0.1)
    wait_until(lambda: engine.state == "asleep")
    assert not engine.child.alive
    assert engine.may_run
    assert transcribe(engine, tmp_path).window == 0
    wait_until(lambda: engine.state == "asleep")


def test_a_child_that_died_in_a_step_is_warm_again_before_the_next_is_fetched(make, tmp_path):
    engine = make(deeds={"transcribe.1": "abort"})
    with pytest.raises(EngineDied):
        transcribe(engine, tmp_path, 1)
    assert not engine.may_run
    wait_until(lambda: engine.may_run)
    assert engine.child.alive


def test_a_child_that_is_killed_between_two_steps_costs_no_step_an_attempt(make, tmp_path):
    engine = make()
    transcribe(engine, tmp_path)
    first = engine.child.pid
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: engine.child.pid != first)
    assert transcribe(engine, tmp_path).window == 0


def test_a_child_that_dies_while_it_loads_is_no_steps_fault_and_given_up_after_three_times(make, tmp_path):
    engine = make(deeds={"warm_up": "abort"})
    with pytest.raises(EngineStopped):
        transcribe(engine, tmp_path)
    assert engine.state == "failed"
    assert isinstance(engine.fault, EngineDied)
    assert (tmp_path / "log").read_text().count("begin warm_up") == 3


def test_a_missing_model_is_told_at_once(make, tmp_path):
    engine = make(deeds={"warm_up": "miss_a_model"})
    wait_until(lambda: engine.fault)
    assert isinstance(engine.fault, ModelError)
    assert (tmp_path / "log").read_text().count("begin warm_up") == 1


def test_a_step_that_waits_for_the_engine_is_told_when_it_is_stopped(make, tmp_path):
    engine = make(deeds={"warm_up": "wait_for_a_sign"})
    wait_until((tmp_path / "log").exists)
    engine.stop()
    with pytest.raises(EngineStopped):
        transcribe(engine, tmp_path)


def test_a_child_that_loads_but_cannot_work_does_not_come_up(make):
    engine = make(server="speechless_server")
    wait_until(lambda: engine.fault)
    assert "signal 6" in str(engine.fault)


@pytest.mark.models
def test_the_rehearsal_uses_every_model_once(models):
    child = EngineChild(engine_config(models), 2**31)
    try:
        child.warm_up(hearing=True, speech=True, labels=True)
        loaded = child.cost
        child.warm_up(hearing=True, speech=True, labels=True, rehearse=True)
        spent = {
            stage: child.cost.cpu_s[stage] - loaded.cpu_s[stage] for stage in ("prepare", "transcribe", "classify")
        }
        assert all(seconds > 0 for seconds in spent.values())
        assert spent["transcribe"] > 0.05, "30 s through Whisper's encoder"
    finally:
        child.stop()
