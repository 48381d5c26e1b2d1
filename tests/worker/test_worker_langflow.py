"""Worker processes that ask a Langflow: scripted, over HTTP."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest
from scripted_langflow import API_KEY, ScriptedLangflow, well
from worker_place import wait_until

from soniclayer.courier.message import StepMessage
from soniclayer.domain.state import state_of
from soniclayer.domain.step import Step
from soniclayer.jobs.reading import segments_so_far
from soniclayer.jobs.reconcile import reconcile
from soniclayer.settings import Settings
from soniclayer.worker.steps import BEAT_S


@pytest.fixture
def langflow():
    """A Langflow that answers well until told otherwise."""
    server = ScriptedLangflow()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def asking(place, langflow):
    """Start a worker that asks it."""

    def start(*arguments, **settings):
        env = {"LANGFLOW_BASE_URL": langflow.url, "LANGFLOW_API_KEY": API_KEY, **settings.pop("env", {})}
        return place.worker(*arguments, env=env, **settings)

    return start


def hold(exchange):
    exchange.hold()


def sources(run):
    return {one.source for report in segments_so_far(run).segments for one in report.evaluations}


def test_a_worker_has_personas_judged_by_langflow(place, asking):
    asking()
    run = place.take_in()
    assert place.wait_ended(run) == ["completed"]
    assert sources(run) == {"langflow"}
    (one, _) = run.segments().segments[0].evaluations
    assert (one.provisional, one.origin.flow) == (False, "soniclayer_gen_z")


def test_langflow_that_hangs_holds_up_neither_transcripts_nor_other_personas_nor_recordings(place, asking, langflow):
    langflow.plays["soniclayer_gen_z"] = hold
    asking(engine={"windows": 12})
    slow, quick = place.take_in(b"slow"), place.take_in(b"quick", personas=("parent",))
    wait_until(lambda: langflow.calls_of("soniclayer_gen_z"))
    assert place.wait_ended(quick) == ["completed"]
    wait_until(lambda: len([step for step in slow.survey().done if step.persona == "parent"]) == 12)
    done = {step.name for step in slow.survey().done}
    assert {f"classify.{number:04d}" for number in range(12)} <= done
    assert not [name for name in done if name.endswith("gen_z")]


def test_a_worker_that_is_told_to_stop_gives_back_what_waits_for_langflow(place, asking, langflow):
    langflow.plays["soniclayer_gen_z"] = hold
    worker = asking(env={"SONICLAYER_WORKER_GRACE_S": "0.5"})
    run = place.take_in(personas=("gen_z",))
    wait_until(lambda: len(langflow.calls) == 3)
    began = time.monotonic()
    worker.signal(signal.SIGTERM)
    assert worker.wait(30) == 0
    assert time.monotonic() - began < 15
    depths = {depth.queue: (depth.waiting, depth.running) for depth in place.courier.queue.depths()}
    given_back = depths["evaluate"][0] + place.courier.queue.put_off_count()
    assert (given_back, depths["evaluate"][1]) == (3, 0)
    assert place.deaths(run) == {}
    assert run.survey().provisional == {}
    langflow.plays["soniclayer_gen_z"] = well
    asking()
    assert place.wait_ended(run) == ["completed"]
    assert sources(run) == {"langflow"}


def test_a_call_that_ends_within_the_grace_time_is_waited_for(place, asking, langflow):
    langflow.plays["soniclayer_gen_z"] = lambda exchange: (exchange.hold(1.0), well(exchange))
    worker = asking(engine={"windows": 1})
    run = place.take_in(personas=("gen_z",))
    wait_until(lambda: langflow.calls)
    worker.signal(signal.SIGTERM)
    assert worker.wait(30) == 0
    assert Step(run.recording.audio_id, "evaluate", 0, "gen_z") in run.survey().done
    assert len(langflow.calls) == 1


def test_the_lease_of_a_step_is_kept_while_langflow_is_waited_for(place, asking, langflow):
    langflow.plays["soniclayer_gen_z"] = hold
    asking(engine={"windows": 1}, patience_s=4)
    run = place.take_in(personas=("gen_z",))
    wait_until(lambda: langflow.calls)
    message = StepMessage(run.recording.run, Step(run.recording.audio_id, "evaluate", 0, "gen_z"))
    end = time.monotonic() + 6.0
    while time.monotonic() < end:
        assert place.courier.client.get(f"soniclayer:lease:{message.key}")
        assert not place.courier.leases.take(message)
        threading.Event().wait(0.1)
    assert len(langflow.calls) == 1


def test_langflow_killed_in_the_middle_and_back_all_becomes_better_by_itself(place, asking, langflow):
    worker = asking(engine={"windows": 10, "step_s": 0.05})
    run = place.take_in()
    wait_until(lambda: len(langflow.calls) > 4)
    langflow.stop()
    assert place.wait_ended(run) == ["completed"]
    assert sources(run) == {"langflow", "rules"}
    wait_until(lambda: "open" in place.courier.breakers.states().values(), words="an open breaker")
    langflow.start()
    place.courier.client.delete(*place.courier.client.keys("soniclayer:breaker:*"))  # half a minute later
    reconcile(place.recordings, place.courier)
    wait_until(lambda: not place.recordings.open_ids(), 60, "the end of all improvements")
    assert (state_of(run.survey()), run.survey().provisional) == ("completed", {})
    assert sources(run) == {"langflow"}
    for report in run.segments().segments:
        assert {one.opinion for one in report.evaluations} == {f"opinion {report.segment.segment_id}"}
    assert worker.process.poll() is None


def test_a_killed_worker_leaves_its_improvements_to_the_next(place, asking, langflow):
    langflow.plays["soniclayer_gen_z"] = lambda exchange: exchange.send(403, {"detail": "no"})
    worker = asking(patience_s=1)
    run = place.take_in(personas=("gen_z",))
    assert place.wait_ended(run) == ["completed"]
    assert sources(run) == {"rules"}
    langflow.plays["soniclayer_gen_z"] = hold
    before = len(langflow.calls)
    wait_until(lambda: not place.courier.client.keys("soniclayer:queued:*"))
    place.courier.client.delete(*place.courier.client.keys("soniclayer:breaker:*"))
    reconcile(place.recordings, place.courier)
    wait_until(lambda: len(langflow.calls) > before)
    os.kill(worker.process.pid, signal.SIGKILL)
    langflow.plays["soniclayer_gen_z"] = well
    asking(patience_s=1)
    wait_until(lambda: not place.recordings.open_ids(), 60, "the end of all improvements")
    assert sources(run) == {"langflow"}


def test_a_worker_without_langflow_keeps_what_the_rules_say(place, asking, langflow):
    langflow.plays["soniclayer_gen_z"] = lambda exchange: exchange.send(403, {"detail": "no"})
    worker = asking()
    run = place.take_in(personas=("gen_z",))
    assert place.wait_ended(run) == ["completed"]
    worker.signal(signal.SIGTERM)
    assert worker.wait(30) == 0
    assert len(run.survey().provisional) == 3
    place.courier.client.delete(*place.courier.client.keys("soniclayer:breaker:*"))
    place.worker()
    wait_until(lambda: not place.recordings.open_ids(), 60, "the end of all improvements")
    assert (run.survey().provisional, sources(run)) == ({}, {"rules"})


def test_no_evaluation_takes_so_long_that_its_thread_seems_to_hang():
    longest_s = max(limit.le for limit in Settings.model_fields["langflow_timeout_s"].metadata if hasattr(limit, "le"))
    assert BEAT_S["evaluate"] > 3 * longest_s
