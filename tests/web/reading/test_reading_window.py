"""The segments of one window over HTTP: what the dashboard asks for when it is told of that window."""

from __future__ import annotations

import pytest


def seen(answer):
    return {"If-None-Match": answer.headers["ETag"]}


def test_segments_of_one_window_are_those_among_all(backend, tmp_path):
    audio_id = backend.upload(tmp_path)
    while True:
        body = backend.get(f"/segments/{audio_id}").json()
        for number in range(3):
            alone = backend.get(f"/segments/{audio_id}?window={number}").json()
            assert alone["audio_id"] == audio_id
            of_window = [one for one in body["segments"] if one["segment"]["segment_id"].startswith(f"{number:04d}.")]
            assert alone["segments"] == of_window
        if not backend.worker.step(audio_id):
            break
    assert body["complete"]


def test_a_window_is_complete_when_it_has_ended_whatever_the_others_do(backend, tmp_path):
    audio_id = backend.upload(tmp_path)
    backend.worker.until(audio_id, "evaluate.0000.tradie")
    found = [backend.get(f"/segments/{audio_id}?window={number}").json()["complete"] for number in range(3)]
    assert found == [True, False, False]
    assert not backend.get(f"/segments/{audio_id}").json()["complete"]


def test_a_window_that_is_not_there_has_no_segments(backend, tmp_path):
    for audio_id in (backend.upload(tmp_path), backend.finished(tmp_path)):
        answer = backend.get(f"/segments/{audio_id}?window=999999")
        assert answer.json() == {"audio_id": audio_id, "complete": False, "segments": []}


def test_a_window_has_another_etag_after_every_step_of_its_own_alone(backend, tmp_path):
    audio_id = backend.upload(tmp_path)
    backend.worker.until(audio_id, "prepare")
    before = backend.get(f"/segments/{audio_id}?window=1")
    whole = backend.get(f"/segments/{audio_id}")
    assert before.headers["ETag"] != whole.headers["ETag"]
    while name := backend.worker.step(audio_id):
        answer = backend.get(f"/segments/{audio_id}?window=1", headers=seen(before))
        assert answer.status_code == (200 if ".0001" in name else 304), name
        before = answer if answer.status_code == 200 else before


@pytest.mark.parametrize("window", ["", "-1", "1.5", "one", "1000000", "0003.02"])
def test_a_window_that_is_no_number_is_a_422(backend, tmp_path, window):
    answer = backend.get(f"/segments/{backend.upload(tmp_path)}", params={"window": window})
    assert (answer.status_code, answer.json()["code"], answer.json()["parameter"]) == (422, "bad_query", "window")


def test_one_window_of_many_is_read_without_the_others(backend, tmp_path):
    audio_id = backend.finished(tmp_path)
    run = backend.service.run(audio_id)
    for number in (0, 2):
        for part in ("window", "transcript", "analysis"):
            backend.service.store.replace(run.name_of(f"windows/{number:04d}/{part}.json"), b"damaged")
    assert len(backend.get(f"/segments/{audio_id}?window=1").json()["segments"]) == 1
