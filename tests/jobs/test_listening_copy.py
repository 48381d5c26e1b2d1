"""The listening copy among the objects of a run: written once, never half, and never at the recording's cost."""

from __future__ import annotations

import logging
import os

import pytest
from fake_engine import FakeEngine
from samples import take_in

from soniclayer.domain.step import Step
from soniclayer.errors import EngineDied, EngineError, EngineReplaced, EngineStopped, RecordingGone, StoreFull
from soniclayer.jobs.engine import Engines
from soniclayer.jobs.run_step import run_step
from soniclayer.storage.local import INCOMING, LocalStore

WHOLE = b"m4a0m4a1m4a2"


@pytest.fixture
def run(tmp_path):
    return take_in(LocalStore(tmp_path))


class Interrupted(FakeEngine):
    """Raises these errors, one after the other, each after the first stretch of a copy."""

    def __init__(self, *errors):
        super().__init__(unsuited="an MP3 of variable bit rate")
        self.errors = list(errors)

    def listen(self, source, target):
        for place, _ in enumerate(super().listen(source, target)):
            yield
            if place == 0 and self.errors:
                raise self.errors.pop(0)


def prepare(run, engine, listened=True):  # noqa: FBT002 - as the field
    return run_step(run, Step(run.recording.audio_id, "prepare"), Engines(engine, listened=listened), lambda _: None)


def copy_of(run):
    with run.listening() as path:
        return path.read_bytes()


def test_recording_that_browsers_do_not_play_exactly_gets_a_copy_before_its_plan(run):
    plan = prepare(run, Interrupted())
    assert plan.unsuited == "an MP3 of variable bit rate"
    assert copy_of(run) == WHOLE
    with run.listening() as path:
        assert oct(path.stat().st_mode & 0o777) == "0o644"


@pytest.mark.parametrize(("unsuited", "listened"), [(None, True), ("an MP3 of variable bit rate", False)])
def test_no_copy_is_made_that_nobody_needs(run, unsuited, listened):
    engine = FakeEngine(unsuited=unsuited)
    prepare(run, engine, listened)
    assert not run.has_listening()
    assert not any(call.startswith("listen") for call in engine.calls)


def test_prepare_that_ended_in_the_midst_of_a_copy_begins_it_again(run):
    engine = Interrupted(EngineStopped("the worker is stopping"))
    with pytest.raises(EngineStopped):
        prepare(run, engine)
    assert not run.has_listening()
    assert not run.is_planned()
    prepare(run, engine)
    assert copy_of(run) == WHOLE


def test_copy_that_is_there_is_not_made_again(run):
    with run.receive() as incoming:
        incoming.write(b"by another worker")
        run.publish_listening(incoming)
    engine = Interrupted()
    prepare(run, engine)
    assert copy_of(run) == b"by another worker"
    assert "listen.0" not in engine.calls


@pytest.mark.parametrize("error", [EngineDied("died"), EngineReplaced("another step")])
def test_copy_at_which_the_engine_died_is_tried_again(run, error):
    prepare(run, Interrupted(error, error))
    assert copy_of(run) == WHOLE


@pytest.mark.parametrize("errors", [[EngineDied("died")] * 3, [EngineError("no encoder", code="listening_copy")]])
def test_copy_that_cannot_be_made_costs_the_recording_nothing(run, errors, caplog):
    with caplog.at_level(logging.WARNING):
        prepare(run, Interrupted(*errors))
    assert run.is_planned()
    assert not run.has_listening()
    assert "no listening copy" in caplog.text


def test_full_disk_ends_prepare_as_with_any_other_object_and_leaves_nothing(run, tmp_path):
    engine = Interrupted(StoreFull("no space left"))
    with pytest.raises(StoreFull):
        prepare(run, engine)
    assert os.listdir(tmp_path / INCOMING) == []  # noqa: PTH208 - hidden files too
    assert not run.is_planned()


def test_cancelled_recording_is_not_copied_on(run):
    class Cancelling(Interrupted):
        def listen(self, source, target):
            for _ in super().listen(source, target):
                run.cancel()
                yield

    engine = Cancelling()
    with pytest.raises(RecordingGone):
        prepare(run, engine)
    assert "listen.1" not in engine.calls
    assert not run.has_listening()


def test_log_tells_of_a_copy_its_codec_cause_size_and_time(run, caplog):
    with caplog.at_level(logging.INFO):
        prepare(run, Interrupted())
    (told,) = [record.keys for record in caplog.records if record.message == "listening copy written"]
    facts = {"codec": "flac", "cause": "an MP3 of variable bit rate", "size_bytes": len(WHOLE)}
    assert facts.items() <= told.items()
    assert told["duration_s"] >= 0
