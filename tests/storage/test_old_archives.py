"""What was stored before personas could speak through Langflow is read as it was, under the names it has.

And what is stored now is read by processes of that time: an upgrade does not stop them all at once, or is taken back.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Literal

import pytest
from fake_engine import FakeEngine
from fake_judge import FakeJudge
from samples import take_in, wanted, work_off

from soniclayer.domain.recording import Wanted
from soniclayer.domain.segment import Evaluation, WindowEvaluation
from soniclayer.domain.step import Step
from soniclayer.domain.summary import SegmentReports
from soniclayer.jobs.accept import accept
from soniclayer.jobs.results import results_of_window
from soniclayer.storage.codec import decode
from soniclayer.storage.local import LocalStore
from soniclayer.storage.recordings import Recordings

FINGERPRINT = "85ee9b6a086f"
OLD_WANTED = (
    b'{"personas":[{"name":"night_owl","title":"Night owl","description":"Awake.","preferred_topics":["Food"],'
    b'"preferred_tones":["Positive"],"disliked_topics":["Crime & Law"],"disliked_tones":[],'
    b'"disliked_tags":["profanity"],"voice":{"opinions":{"liked":["Yes: {topic}."],"neutral":["Well."],'
    b'"disliked":["No: {topic}."]},"notes":{"liked":["More {topic}."],"neutral":["Fine."],'
    b'"disliked":["Less {topic}."]},"rationales":["Because of {facts}."],"tags":{"profanity":'
    b'{"opinions":["Oh: {evidence}."],"notes":["Cut {evidence}."]}}}}],'
    b'"options":{"language":null,"speech_model":"fake","label_model":"fake","labels":"ffffffffffff"}}\n'
)
OLD_EVALUATION = (
    b'{"window":0,"persona":"night_owl","fingerprint":"85ee9b6a086f","source":"rules","evaluations":['
    b'{"segment_id":"0000.00","score":3.8,"confidence":0.7,"opinion":"Yes: Food.","rationale":"Because of Food.",'
    b'"note":"More Food."}]}\n'
)
OLD_SEGMENTS = (
    b'{"segments":[{"segment":{"start_s":0.0,"end_s":5.0,"segment_id":"0000.00","kind":"speech","text":"Hm.",'
    b'"words":[],"suspicious":false,"turn":false},"loudness_lufs":-23.0,"topic":null,"tone":null,"tags":[],'
    b'"evaluations":[{"persona":"night_owl","score":3.8,"confidence":0.7,"opinion":"Yes: Food.",'
    b'"rationale":"Because of Food.","note":"More Food.","source":"rules"}]}]}\n'
)
OLD_WINDOW = (
    b'{"start_s":0.0,"end_s":5.0,"number":0,"speech":[],"regions":[],"language":"en","momentary_lufs":[],"peaks":[]}\n'
)


@pytest.fixture
def run(tmp_path):
    """Of a recording as it lay in a store then."""
    store = LocalStore(tmp_path / "uploads")
    run = take_in(store, what=wanted("gen_z"))
    store.replace(run.name_of("wanted.json"), OLD_WANTED)
    store.create(run.name_of("windows/0000/window.json"), OLD_WINDOW)
    store.create(run.name_of(f"windows/0000/evaluations/night_owl.{FINGERPRINT}.json"), OLD_EVALUATION)
    return run


def test_a_persona_has_the_fingerprint_it_had():
    (persona,) = decode(Wanted, OLD_WANTED).personas
    assert persona.fingerprint == FINGERPRINT
    assert (persona.flow_name, persona.batch, persona.edition) == ("soniclayer_night_owl", 8, 0)


def test_an_evaluation_is_found_and_read_as_one_by_the_rules(run):
    survey = run.survey()
    assert Step(run.recording.audio_id, "evaluate", 0, "night_owl") in survey.done
    assert survey.provisional == {}
    said = Evaluation("0000.00", 3.8, 0.7, "Yes: Food.", "Because of Food.", "More Food.", "rules")
    expected = WindowEvaluation(0, "night_owl", FINGERPRINT, (said,), provisional=False, origin=None)
    assert results_of_window(run, survey, 0).evaluations == (expected,)


def test_the_segments_of_a_finished_recording_are_read_as_they_were_told():
    (report,) = decode(SegmentReports, OLD_SEGMENTS).segments
    (score,) = report.evaluations
    assert (score.source, score.provisional, score.origin) == ("rules", False, None)


def test_the_same_bytes_with_the_same_personas_change_nothing_of_what_is_wanted(run):
    recordings = Recordings(run._objects)
    again = accept(recordings, io.BytesIO(b"some audio"), "a.wav", run.wanted())
    assert (again.recording, again.wanted()) == (run.recording, decode(Wanted, OLD_WANTED))


@dataclass(frozen=True)
class OldEvaluation:
    """As it was then, and so are those below: what must be there, and of what type."""

    segment_id: str
    score: float
    confidence: float
    opinion: str
    rationale: str
    note: str


@dataclass(frozen=True)
class OldWindowEvaluation:
    window: int
    persona: str
    fingerprint: str
    source: Literal["langflow", "rules"]
    evaluations: tuple[OldEvaluation, ...]


@dataclass(frozen=True)
class OldPersonaScore:
    persona: str
    score: float
    confidence: float
    opinion: str
    rationale: str
    note: str
    source: Literal["langflow", "rules"]


@dataclass(frozen=True)
class OldSegmentReport:
    evaluations: tuple[OldPersonaScore, ...]


@dataclass(frozen=True)
class OldSegmentReports:
    segments: tuple[OldSegmentReport, ...]


@dataclass(frozen=True)
class OldPersonaSummary:
    persona: str
    title: str
    mean_score: float | None
    distribution: tuple[int, int, int, int, int]
    best: tuple[str, ...]
    worst: tuple[str, ...]


@dataclass(frozen=True)
class OldSummary:
    inputs: str
    personas: tuple[OldPersonaSummary, ...]


@pytest.mark.parametrize(("deed", "source"), [("answers", "langflow"), (None, "rules")])
def test_what_is_stored_now_is_read_by_a_process_that_knows_no_langflow(tmp_path, deed, source):
    store = LocalStore(tmp_path / "uploads")
    run = take_in(store, what=wanted("gen_z"))
    work_off(run, FakeEngine(1), judge=FakeJudge(deed) if deed else None)
    (name,) = [name for name in store.list(run.name_of("windows")) if "evaluations/" in name]
    assert decode(OldWindowEvaluation, store.read(name)).source == source
    (report,) = decode(OldSegmentReports, store.read(run.name_of("segments.json"))).segments
    assert [one.source for one in report.evaluations] == [source]
    assert len(decode(OldSummary, store.read(run.name_of("summary.json"))).personas) == 1
