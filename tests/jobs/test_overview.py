from __future__ import annotations

import pytest
from fake_engine import FakeEngine, fake_window
from queue_worker import perform_next, work_queues
from samples import upload, wanted

from soniclayer.courier.progress import Progress
from soniclayer.domain.state import state_of
from soniclayer.domain.step import Step, Survey
from soniclayer.errors import RecordingMissing
from soniclayer.jobs import steer
from soniclayer.jobs.overview import StageProgress, overview
from soniclayer.jobs.reading import run_of, segments_so_far, segments_version
from soniclayer.storage.run import Run


@pytest.fixture
def run(recordings, courier):
    return recordings.run(upload(recordings, courier).recording)


def look(recordings, run):
    return overview(recordings, run.recording.audio_id)


def test_an_accepted_recording_is_told_with_what_is_wanted(recordings, run):
    found = look(recordings, run)
    assert (found.recording, found.state) == (run.recording, "accepted")
    assert (found.personas, found.options) == (("gen_z", "parent"), wanted().options)
    assert found.progress == Progress(0.0, 0.0, estimated=True)
    assert found.stages["transcribe"] == StageProgress(0, 0, 0)


def test_progress_counts_windows_whose_steps_have_all_ended(recordings, courier, run):
    class Stopping(FakeEngine):
        def prepare(self, source, language, resume):
            yield from list(super().prepare(source, language, resume))[:3]
            self._live("prepare")

    perform_next(recordings, courier, Stopping(windows=5, deaths={"prepare": 1}))
    run.publish(fake_window(0), b"fLaC0")
    run.publish(fake_window(1), b"fLaC1")
    assert look(recordings, run).progress == Progress(0.0, 40.0, estimated=True)
    assert look(recordings, run).state == "preparing"
    work_queues(recordings, courier, FakeEngine(windows=5), most=100)
    assert look(recordings, run).progress == Progress(100.0, 100.0, estimated=False)


def test_stages_and_progress_add_up_while_it_is_worked_on(recordings, courier, run):
    engine = FakeEngine(windows=4)
    perform_next(recordings, courier, engine, ["prepare"])
    for _ in range(2):
        perform_next(recordings, courier, engine, ["transcribe.first"])
    perform_next(recordings, courier, engine, ["classify"])
    perform_next(recordings, courier, engine, ["evaluate"])
    found = look(recordings, run)
    assert found.state == "processing"
    assert found.progress == Progress(0.0, 80.0, estimated=False)
    assert found.stages == {
        "prepare": StageProgress(1, 0, 1),
        "transcribe": StageProgress(2, 0, 4),
        "classify": StageProgress(1, 0, 4),
        "evaluate": StageProgress(1, 0, 8),
        "summarise": StageProgress(0, 0, 1),
    }
    perform_next(recordings, courier, engine, ["evaluate"])
    assert look(recordings, run).progress.done_s == 20.0


def test_what_was_given_up_is_named_and_takes_what_needs_it_out_of_the_total(recordings, courier, run):
    work_queues(recordings, courier, FakeEngine(windows=4, deaths={"transcribe.1": 3, "classify.2": 3}))
    found = look(recordings, run)
    assert found.state == "completed_with_errors"
    assert [(failure.step, failure.attempts) for failure in found.failures] == [
        ("classify.0002", 3),
        ("transcribe.0001", 3),
    ]
    assert found.stages == {
        "prepare": StageProgress(1, 0, 1),
        "transcribe": StageProgress(3, 1, 4),
        "classify": StageProgress(2, 1, 3),
        "evaluate": StageProgress(4, 0, 4),
        "summarise": StageProgress(1, 0, 1),
    }
    assert found.progress == Progress(80.0, 80.0, estimated=False)


def test_a_failed_recording_is_told_with_its_cause(recordings, courier, run):
    work_queues(recordings, courier, FakeEngine(deaths={"prepare": 3}))
    found = look(recordings, run)
    assert (found.state, [failure.code for failure in found.failures]) == ("failed", ["engine_crashed"])
    assert not found.progress.estimated


def test_a_recording_that_is_not_there_or_goes_meanwhile_is_missing(recordings, courier, run, monkeypatch):
    with pytest.raises(RecordingMissing):
        overview(recordings, "0" * 64)
    wanted_of = Run.wanted

    def overtaken(self):
        steer.delete(recordings, courier, run.recording.audio_id)
        monkeypatch.undo()
        return wanted_of(self)

    monkeypatch.setattr(Run, "wanted", overtaken)
    with pytest.raises(RecordingMissing):
        look(recordings, run)


PREPARE, SUMMARISE = Step("a", "prepare"), Step("a", "summarise")


@pytest.mark.parametrize(
    ("survey", "state"),
    [
        (Survey("a", ()), "accepted"),
        (Survey("a", (), windows=frozenset({0})), "preparing"),
        (Survey("a", (), windows=frozenset({0}), planned=1), "processing"),
        (Survey("a", (), planned=2, windows=frozenset({0})), "preparing"),
        (Survey("a", (), failed=frozenset({PREPARE})), "failed"),
        (Survey("a", (), failed=frozenset({PREPARE}), windows=frozenset({0})), "processing"),
        (Survey("a", (), planned=0, failed=frozenset({SUMMARISE})), "failed"),
        (Survey("a", (), planned=0, cancelled=True, failed=frozenset({PREPARE})), "cancelled"),
    ],
)
def test_the_state_is_the_first_that_the_store_shows(survey, state):
    assert state_of(survey) == state


def test_a_current_summary_is_above_a_failure_and_below_a_cancellation():
    survey = Survey("a", (), windows=frozenset({0}), failed=frozenset({PREPARE}))
    survey = survey.with_summary(survey.inputs)
    assert state_of(survey) == "completed_with_errors"
    assert state_of(Survey("a", (), planned=0).with_summary(Survey("a", (), planned=0).inputs)) == "completed"
    assert state_of(survey.with_done(PREPARE)) != "completed_with_errors"


def test_segments_appear_window_by_window_and_their_version_changes_with_them(recordings, courier, run):
    engine, versions, counts = FakeEngine(), [], []
    while True:
        found = segments_so_far(run)
        assert found.version == segments_version(run)
        versions.append(found.version)
        counts.append(len(found.segments))
        if perform_next(recordings, courier, engine) is None:
            break
    assert found.complete
    assert counts == sorted(counts)
    assert {1, 2, 3} <= set(counts)
    assert len(set(versions)) == len(versions)
    assert [segment.segment.start_s for segment in found.segments] == [0.0, 20.0, 40.0]
    assert found.segments == run.segments().segments


def test_segments_so_far_have_what_there_is_of_each(recordings, courier, run):
    engine = FakeEngine()
    perform_next(recordings, courier, engine, ["prepare"])
    for queue in ("transcribe.first", "transcribe.first", "classify", "evaluate"):
        perform_next(recordings, courier, engine, [queue])
    found = segments_so_far(run)
    assert [(bool(one.topic), len(one.evaluations)) for one in found.segments] == [(True, 1), (False, 0)]
    assert not found.complete


def test_a_finished_recording_is_read_without_a_look_at_its_windows(recordings, courier, run, monkeypatch):
    work_queues(recordings, courier, FakeEngine())
    monkeypatch.setattr(Run, "survey", None)
    monkeypatch.setattr(Run, "window", None)
    found = segments_so_far(run_of(recordings, run.recording.audio_id))
    assert (len(found.segments), found.complete, found.version) == (3, True, segments_version(run))


def test_evaluated_again_a_finished_recording_shows_the_new_persona_as_it_comes(recordings, courier, run):
    work_queues(recordings, courier, FakeEngine())
    before = segments_version(run)
    steer.re_evaluate(recordings, courier, run.recording.audio_id, wanted("tradie").personas)
    assert [len(one.evaluations) for one in segments_so_far(run).segments] == [0, 0, 0]
    perform_next(recordings, courier, FakeEngine())
    assert [len(one.evaluations) for one in segments_so_far(run).segments] == [1, 0, 0]
    assert not segments_so_far(run).complete
    work_queues(recordings, courier, FakeEngine())
    assert segments_version(run) != before
    assert {e.persona for one in segments_so_far(run).segments for e in one.evaluations} == {"tradie"}


def test_a_cancelled_recording_shows_what_it_has(recordings, courier, run):
    work_queues(recordings, courier, FakeEngine())
    steer.re_evaluate(recordings, courier, run.recording.audio_id, wanted("tradie").personas)
    perform_next(recordings, courier, FakeEngine())
    steer.cancel(recordings, courier, run.recording.audio_id)
    found = segments_so_far(run)
    assert [len(one.evaluations) for one in found.segments] == [1, 0, 0]
    assert not found.complete
