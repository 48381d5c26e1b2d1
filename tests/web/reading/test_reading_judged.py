"""Who has judged, over HTTP: Langflow, the rules, or the rules for the time being."""

from __future__ import annotations

import csv
import io
from collections import Counter

import pytest
from fake_judge import FakeJudge

from soniclayer.domain.summary import PersonaScore, PersonaSummary
from soniclayer.storage.codec import decode, encode
from soniclayer.web.openapi.document import openapi_document
from soniclayer.web.routes import all_routes

STANDS_IN = ("rules", True, None)
STAYS = ("rules", False, None)


@pytest.fixture
def judged(backend, tmp_path):
    """Uploads a recording of three windows for two personas, and has it judged by a script."""

    def make(*script):
        backend.worker.judge = FakeJudge(*script) if script else None
        return backend.finished(tmp_path)

    return make


def found(segments):
    return [
        (one["source"], one["provisional"], one["origin"] and one["origin"]["flow"])
        for segment in segments
        for one in segment["evaluations"]
    ]


def test_segments_tell_of_every_evaluation_who_has_judged(backend, judged):
    audio_id = judged("silent", "nonsense", "answers")
    told = Counter(found(backend.get(f"/segments/{audio_id}").json()["segments"]))
    answered = {one: count for one, count in told.items() if one[0] == "langflow"}
    assert told[STANDS_IN] == 2
    assert sum(answered.values()) == 4
    assert {flow for _, _, flow in answered} <= {"soniclayer_gen_z", "soniclayer_tradie"}


def test_summary_counts_who_has_judged_per_persona(backend, judged):
    audio_id = judged("silent", "nonsense", "answers")
    personas = backend.get(f"/summary/{audio_id}").json()["personas"]
    assert sum(persona["by_langflow"] for persona in personas) == 4
    assert sum(persona["provisional"] for persona in personas) == 2


def test_without_a_langflow_nothing_is_provisional(backend, judged):
    audio_id = judged()
    assert set(found(backend.get(f"/segments/{audio_id}").json()["segments"])) == {STAYS}
    personas = backend.get(f"/summary/{audio_id}").json()["personas"]
    assert {(persona["by_langflow"], persona["provisional"]) for persona in personas} == {(0, 0)}


def test_transcripts_as_files_tell_it_too(backend, judged):
    audio_id = judged("silent", "nonsense", "answers")
    rows = list(csv.DictReader(io.StringIO(backend.get(f"/transcripts/{audio_id}.csv").text)))
    told = Counter(row[f"source_{name}"] for row in rows for name in ("gen_z", "tradie"))
    assert told == {"langflow": 4, "provisional": 2}
    document = backend.get(f"/transcripts/{audio_id}.json").json()
    assert Counter(found(document["segments"]))[STANDS_IN] == 2


@pytest.mark.parametrize(
    ("kind", "stored"),
    [
        (PersonaSummary, b'{"persona":"p","title":"P","mean_score":3,"distribution":[0,0,1,0,0],"best":[],"worst":[]}'),
        (
            PersonaScore,
            b'{"persona":"p","score":3,"confidence":0.5,"opinion":"","rationale":"","note":"","source":"rules"}',
        ),
    ],
)
def test_what_an_older_release_has_stored_is_read_as_by_the_rules_for_good(kind, stored):
    old = decode(kind, stored)
    assert old.provisional in (False, 0)
    assert encode(old) != stored
    if isinstance(old, PersonaSummary):
        assert (old.by_langflow, old.by_rules) == (0, 1)
    else:
        assert old.origin is None


def test_document_demands_no_field_that_an_older_release_did_not_store():
    schemas = openapi_document(all_routes())["components"]["schemas"]
    assert {"by_langflow", "provisional"}.isdisjoint(schemas["PersonaSummary"]["required"])
    assert {"provisional", "origin"}.isdisjoint(schemas["PersonaScore"]["required"])
    assert {"persona", "source"} <= {*schemas["PersonaScore"]["required"]}
    assert set(schemas["Origin"]["properties"]) == {"flow", "flow_fingerprint", "model", "latency_s", "attempts"}
