"""The list, one recording, and what can be done to it, over HTTP."""

from __future__ import annotations

import pytest

UNKNOWN = "0" * 64


def names(answer):
    return [line["name"] for line in answer.json()["recordings"]]


def test_list_is_paged_newest_first(backend, tmp_path):
    for name in ("pear 1.flac", "pear 2.flac", "pear 3.flac"):
        backend.upload(tmp_path, name)
    everything = backend.get("/recordings?q=PEAR&sort=name").json()
    assert [line["name"] for line in everything["recordings"]] == ["pear 1.flac", "pear 2.flac", "pear 3.flac"]
    assert everything["total"] == 3
    first, second = backend.get("/recordings?q=pear&limit=2"), backend.get("/recordings?q=pear&limit=2&offset=2")
    assert sorted(names(first) + names(second)) == ["pear 1.flac", "pear 2.flac", "pear 3.flac"]
    uploaded = [line["uploaded_at"] for line in backend.get("/recordings").json()["recordings"]]
    assert uploaded == sorted(uploaded, reverse=True)


def test_list_has_the_mean_scores_as_soon_as_there_is_a_summary(backend, tmp_path):
    audio_id = backend.upload(tmp_path, "cherry.flac")
    assert backend.get("/recordings?q=cherry").json()["recordings"][0]["scores"] == {}
    backend.worker.finish(audio_id)
    summary = backend.get(f"/summary/{audio_id}").json()
    expected = {persona["persona"]: persona["mean_score"] for persona in summary["personas"]}
    assert set(expected) == {"gen_z", "tradie"}
    assert backend.get("/recordings?q=cherry").json()["recordings"][0]["scores"] == expected


def test_list_finds_recordings_by_state(backend, tmp_path):
    cancelled, waiting = backend.upload(tmp_path, "plum 1.flac"), backend.upload(tmp_path, "plum 2.flac")
    backend.post(f"/recordings/{cancelled}/cancel")
    assert [line["audio_id"] for line in backend.get("/recordings?q=plum&state=cancelled").json()["recordings"]] == [
        cancelled
    ]
    assert [line["audio_id"] for line in backend.get("/recordings?q=plum&state=accepted").json()["recordings"]] == [
        waiting
    ]


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=201", "limit=x", "offset=-1", "state=odd", "sort=size", f"q={'x' * 201}"]
)
def test_wrong_query_is_told_with_its_parameter(backend, query):
    answer = backend.get(f"/recordings?{query}")
    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "bad_query"
    assert answer.json()["parameter"] == query.partition("=")[0]


def test_progress_counts_seconds_whose_steps_have_ended(backend, tmp_path):
    audio_id = backend.upload(tmp_path)
    detail = backend.get(f"/recordings/{audio_id}").json()
    assert (detail["state"], detail["ended"], detail["progress"]["estimated"]) == ("accepted", False, True)
    backend.worker.until(audio_id, "transcribe.0001")
    detail = backend.get(f"/recordings/{audio_id}").json()
    assert detail["progress"] == {"done_s": 20.0, "total_s": 60.0, "estimated": False}
    assert detail["stages"]["transcribe"] == {"done": 2, "failed": 0, "total": 3}
    backend.worker.finish(audio_id)
    detail = backend.get(f"/recordings/{audio_id}").json()
    assert (detail["state"], detail["ended"], detail["progress"]["done_s"]) == ("completed", True, 60.0)


def test_a_recording_says_whether_there_is_a_summary(backend, tmp_path):
    audio_id = backend.upload(tmp_path)
    backend.worker.until(audio_id, "transcribe.0002")
    assert backend.get(f"/recordings/{audio_id}").json()["summarised"] is False
    assert backend.get(f"/summary/{audio_id}").status_code == 409
    backend.worker.finish(audio_id)
    assert backend.post(f"/re-evaluate/{audio_id}?persona=gen_z").status_code == 202
    assert backend.get(f"/recordings/{audio_id}").json()["summarised"] is True
    assert backend.get(f"/summary/{audio_id}").status_code == 200


def test_links_of_a_finished_recording_lead_somewhere(backend, tmp_path):
    audio_id = backend.finished(tmp_path)
    links = backend.get(f"/recordings/{audio_id}").json()["links"]
    assert {backend.get(link).status_code for name, link in links.items() if name != "events"} == {200}


def test_cancelled_recording_goes_on_after_retry(backend, tmp_path):
    audio_id = backend.upload(tmp_path)
    assert backend.post(f"/recordings/{audio_id}/cancel").json()["state"] == "cancelled"
    assert backend.worker.step(audio_id) is None
    answer = backend.post(f"/recordings/{audio_id}/retry")
    assert (answer.status_code, answer.json()["state"]) == (202, "accepted")
    assert answer.headers["Location"] == f"/recordings/{audio_id}"
    backend.worker.finish(audio_id)
    assert backend.get(f"/recordings/{audio_id}").json()["state"] == "completed"


@pytest.mark.parametrize(("what", "code"), [("cancel", "already_ended"), ("retry", "nothing_to_retry")])
def test_completed_recording_cannot_be_cancelled_or_retried(backend, tmp_path, what, code):
    answer = backend.post(f"/recordings/{backend.finished(tmp_path)}/{what}")
    assert (answer.status_code, answer.json()["code"]) == (409, code)


def test_deleted_recording_is_gone(backend, tmp_path):
    audio_id = backend.finished(tmp_path, "quince.flac")
    assert backend.delete(f"/recordings/{audio_id}").status_code == 204
    assert names(backend.get("/recordings?q=quince")) == []
    for path in ("recordings", "segments", "summary", "peaks", "audio", "events"):
        assert backend.get(f"/{path}/{audio_id}").json()["code"] == "recording_missing"
    assert backend.delete(f"/recordings/{audio_id}").status_code == 404


@pytest.mark.parametrize("audio_id", [UNKNOWN, "nope", "%2e%2e", "A" * 64])
@pytest.mark.parametrize(
    "path", ["recordings/{}", "segments/{}", "summary/{}", "peaks/{}", "audio/{}", "transcripts/{}.srt"]
)
def test_unknown_recording_is_a_404(backend, path, audio_id):
    answer = backend.get(f"/{path.format(audio_id)}")
    assert answer.status_code == 404
    assert answer.json()["code"] in {"recording_missing", "not_found"}


def test_re_evaluation_asks_anew_what_is_unchanged_and_once_while_that_is_on_its_way(backend, tmp_path):
    audio_id = backend.finished(tmp_path)
    answers = [backend.post(f"/re-evaluate/{audio_id}?persona=gen_z") for _ in range(2)]
    assert [(answer.status_code, answer.json()["state"]) for answer in answers] == [
        (202, "processing"),
        (200, "processing"),
    ]
    backend.worker.finish(audio_id)
    assert backend.get(f"/recordings/{audio_id}").json()["state"] == "completed"


@pytest.mark.parametrize("how", ["params", "data"])
def test_re_evaluation_adds_a_persona_that_was_not_wanted(backend, tmp_path, how):
    path = tmp_path / "few.flac"
    path.write_bytes(b"fLaC\x00\x00\x00\x22 " + how.encode() + bytes(100))
    audio_id = backend.service.upload(path, personas="parent")
    backend.worker.finish(audio_id)
    answer = backend.post(f"/re-evaluate/{audio_id}", **{how: {"persona": "gen_z"}})
    assert (answer.status_code, answer.json()["personas"]) == (202, ["parent", "gen_z"])
    assert backend.get(f"/summary/{audio_id}").headers["X-Complete"] == "false"
    backend.worker.finish(audio_id)
    summary = backend.get(f"/summary/{audio_id}")
    assert summary.headers["X-Complete"] == "true"
    assert [persona["persona"] for persona in summary.json()["personas"]] == ["parent", "gen_z"]


def test_re_evaluation_wants_a_persona_that_there_is(backend, tmp_path):
    answer = backend.post(f"/re-evaluate/{backend.finished(tmp_path)}?persona=nobody")
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_query")
    assert "gen_z" in answer.json()["detail"]


def test_re_evaluation_takes_forms_alone(backend, tmp_path):
    answer = backend.post(f"/re-evaluate/{backend.finished(tmp_path)}", json={"persona": "gen_z"})
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


def test_personas_are_listed_with_what_they_like(backend):
    personas = {persona["name"]: persona for persona in backend.get("/personas").json()["personas"]}
    assert personas["gen_z"]["title"] == "Gen Z listener"
    assert len(personas["gen_z"]["fingerprint"]) == 12
    assert "voice" not in personas["gen_z"]
