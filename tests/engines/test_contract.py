"""What every engine keeps to: the real child, with real models, and the fake of the other tests."""

from __future__ import annotations

import itertools
import os
import signal
from contextlib import closing
from pathlib import Path

import pytest
from fake_engine import FakeEngine
from samples import engine_config
from sound_files import BROADCAST

from soniclayer.domain.window import Expected, Plan, PreparedWindow
from soniclayer.engines.child import KEPT_MEMORY, QUIET, EngineChild
from soniclayer.errors import EngineDied, EngineReplaced, InputError, ObjectMissing
from soniclayer.pipeline.resume import Resume, resume_after

pytestmark = pytest.mark.models


@pytest.fixture(scope="module")
def real(models):
    child = EngineChild(engine_config(models), 2**31)
    yield child
    child.stop()


@pytest.fixture(params=["fake", "real"])
def engine(request):
    return FakeEngine() if request.param == "fake" else request.getfixturevalue("real")


def prepared(engine, resume=None):
    with closing(engine.prepare(BROADCAST, "en", resume or Resume())) as findings:
        return list(findings)


def windows_of(findings):
    return [found for found in findings if isinstance(found, PreparedWindow)]


def test_prepare_tells_what_is_expected_then_every_window_then_the_plan(engine):
    first, *windows, plan = prepared(engine)
    assert isinstance(first, Expected)
    assert isinstance(plan, Plan)
    assert [found.window.number for found in windows] == list(range(plan.windows))


def test_windows_tile_the_recording(engine):
    findings = prepared(engine)
    windows = [found.window for found in windows_of(findings)]
    assert windows[0].start_s == 0.0
    assert all(one.end_s == two.start_s for one, two in itertools.pairwise(windows))
    assert windows[-1].end_s == findings[-1].duration_s


def test_prepare_resumed_gives_the_rest_and_the_same_plan(engine):
    whole = prepared(engine)
    windows = windows_of(whole)
    rest = prepared(engine, resume_after([windows[0].window]))
    assert windows_of(rest) == windows[1:]
    assert rest[-1] == whole[-1]


def test_other_calls_between_two_windows_change_nothing(engine, tmp_path):
    whole = prepared(engine)
    with (
        closing(engine.prepare(BROADCAST, "en", Resume())) as one,
        closing(engine.prepare(BROADCAST, "en", Resume())) as two,
    ):
        findings = [next(one), next(one)]
        transcript = engine.transcribe(sound(tmp_path, findings[1]), findings[1].window)
        assert [next(two), next(two)] == findings
        assert engine.transcribe(sound(tmp_path, findings[1]), findings[1].window) == transcript
        assert findings + list(one) == whole
        assert findings + list(two) == whole


def test_a_prepare_whose_child_died_in_another_call_says_so_and_can_be_resumed(real):
    whole = prepared(real)
    with closing(real.prepare(BROADCAST, "en", Resume())) as findings:
        found = [next(findings), next(findings)]
        os.kill(real.pid, signal.SIGKILL)
        with pytest.raises(EngineDied):
            real.warm_up(hearing=True, speech=False, labels=False)
        with pytest.raises(EngineReplaced):
            next(findings)
    assert found + prepared(real, resume_after([found[1].window]))[1:] == whole


def copied(engine, path):
    path.write_bytes(b"")
    return engine.listen(BROADCAST, path)


def test_a_listening_copy_is_the_same_when_other_calls_come_between_its_stretches(engine, tmp_path):
    assert len(list(copied(engine, tmp_path / "alone"))) > 1
    with closing(copied(engine, tmp_path / "shared")) as stretches:
        next(stretches)
        prepared(engine)
        list(stretches)
    assert (tmp_path / "shared").read_bytes() == (tmp_path / "alone").read_bytes()


def test_a_listening_copy_whose_child_died_in_another_call_says_so(real, tmp_path):
    with closing(copied(real, tmp_path / "copy")) as stretches:
        next(stretches)
        os.kill(real.pid, signal.SIGKILL)
        with pytest.raises(EngineDied):
            real.warm_up(hearing=True, speech=False, labels=False)
        with pytest.raises(EngineReplaced):
            next(stretches)


def test_a_window_cut_again_is_the_same_sound(engine):
    window = windows_of(prepared(engine))[1]
    assert engine.cut(BROADCAST, window.window) == window.flac


def test_segments_are_numbered_in_their_window_and_lie_in_it(engine, tmp_path):
    for found in windows_of(prepared(engine))[:2]:
        transcript = engine.transcribe(sound(tmp_path, found), found.window)
        numbers = [f"{found.window.number:04d}.{place:02d}" for place in range(len(transcript.segments))]
        assert [segment.segment_id for segment in transcript.segments] == numbers
        assert all(found.window.start_s <= s.start_s < s.end_s <= found.window.end_s for s in transcript.segments)


def test_every_speech_segment_is_labelled_once(engine, tmp_path):
    found = windows_of(prepared(engine))[1]
    transcript = engine.transcribe(sound(tmp_path, found), found.window)
    speech = [segment.segment_id for segment in transcript.segments if segment.kind == "speech"]
    assert speech
    assert [labels.segment_id for labels in engine.classify(transcript).segments] == speech


def sound(folder, found):
    path = folder / "window.flac"
    path.write_bytes(found.flac)
    return path


def test_the_real_engine_names_the_cause_when_a_file_is_no_audio(real, tmp_path):
    text = tmp_path / "notes.mp3"
    text.write_text("this is no audio")
    with pytest.raises(InputError, match="no readable audio") as caught:
        list(real.prepare(text, None, Resume()))
    assert caught.value.code == "undecodable"


def test_a_file_that_was_taken_away_meanwhile_is_told_as_missing_and_the_child_lives_on(real, tmp_path):
    window = windows_of(prepared(real))[0].window
    pid, gone = real.pid, tmp_path / "deleted"
    for ask in (
        lambda: list(real.prepare(gone, None, Resume())),
        lambda: real.cut(gone, window),
        lambda: real.transcribe(gone, window),
    ):
        with pytest.raises(ObjectMissing, match="deleted: not there any more"):
            ask()
    assert real.pid == pid


def test_the_real_engine_reports_nothing_to_the_makers_of_its_libraries(models, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.delenv("CI", raising=False)  # some are silent there of their own accord
    child = EngineChild(engine_config(models), 2**31)
    try:
        child.warm_up(hearing=True, speech=True, labels=True)
        environment = Path(f"/proc/{child.pid}/environ").read_bytes()
    finally:
        child.stop()
    promised = {f"{name}={value}".encode() for name, value in {**QUIET, **KEPT_MEMORY}.items()}
    assert promised <= set(environment.split(b"\0"))
    assert QUIET["ORT_DISABLE_TELEMETRY"] == "1"
    assert os.listdir(tmp_path) == []  # noqa: PTH208 - hidden files too
