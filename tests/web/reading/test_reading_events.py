"""Event streams over HTTP, from a backend of several processes."""

from __future__ import annotations

import pytest
from event_stream import EventStream


@pytest.fixture
def follow(backend):
    """Opens streams, and closes them in the end."""
    streams = []

    def open_stream(path, last_id=None):
        streams.append(EventStream(backend.service.http, f"{backend.service.url}{path}", last_id))
        return streams[-1]

    yield open_stream
    for stream in streams:
        stream.close()


def test_stream_tells_how_a_recording_is_at_once(backend, follow, tmp_path):
    audio_id = backend.upload(tmp_path)
    backend.worker.until(audio_id, "transcribe.0001")
    stream = follow(f"/events/{audio_id}")
    assert stream.next().data == {"audio_id": audio_id, "done_s": 20.0, "total_s": 60.0, "estimated": False}
    assert stream.next().data == {"audio_id": audio_id, "state": "processing", "ended": False}
    assert stream.answer.headers["Content-Type"].startswith("text/event-stream")


def test_stream_follows_a_recording_to_its_end_and_closes(backend, follow, tmp_path):
    audio_id = backend.upload(tmp_path)
    stream = follow(f"/events/{audio_id}")
    stream.next("state")
    backend.worker.finish(audio_id)
    events = stream.rest()
    assert [event.data["window"] for event in events if event.kind == "window"] == [0, 1, 2]
    done_s = [event.data["done_s"] for event in events if event.kind == "progress"]
    assert done_s == sorted(done_s)
    assert done_s[-1] == 60.0
    assert events[-1].data == {"audio_id": audio_id, "state": "completed", "ended": True}
    assert not stream.broken


def test_stream_of_an_ended_recording_says_so_and_closes(backend, follow, tmp_path):
    events = follow(f"/events/{backend.finished(tmp_path)}").rest()
    assert [event.kind for event in events] == ["progress", "state"]
    assert events[-1].data["ended"]


def test_stream_of_all_tells_of_all_recordings(backend, follow, tmp_path):
    stream = follow("/events")
    stream.next("")  # the head of an answer goes out just before anybody listens
    first, second = backend.finished(tmp_path), backend.finished(tmp_path)
    told = {first: [], second: []}
    while not all(states[-1:] == ["completed"] for states in told.values()):
        event = stream.next("state")
        told.setdefault(event.data["audio_id"], []).append(event.data["state"])
    assert told[first] == ["accepted", "preparing", "processing", "completed"]


def test_client_that_comes_again_gets_what_it_missed_once(backend, follow, tmp_path):
    audio_id = backend.upload(tmp_path)
    stream = follow(f"/events/{audio_id}")
    stream.next("state")
    backend.worker.until(audio_id, "evaluate.0000.tradie")
    seen = stream.next("window")
    stream.close()
    backend.worker.until(audio_id, "evaluate.0001.tradie")
    again = follow(f"/events/{audio_id}", last_id=seen.event_id)
    assert again.next("window").data["window"] == 1
    backend.worker.finish(audio_id)
    events = again.rest()
    assert [event.data["window"] for event in events if event.kind == "window"] == [2]
    assert "reset" not in {event.kind for event in events}


def test_stream_of_all_can_be_resumed_before_its_first_event(backend, follow, tmp_path):
    stream = follow("/events")
    stream.next("")
    stream.close()
    audio_id = backend.upload(tmp_path)
    assert follow("/events", last_id=stream.last_id).next("state").data["audio_id"] == audio_id


@pytest.mark.parametrize("last_id", ["1-1", "nonsense", "9999999999999999999-0"])
def test_unknown_id_gets_a_reset_and_how_it_is(backend, follow, tmp_path, last_id):
    audio_id = backend.upload(tmp_path)
    stream = follow(f"/events/{audio_id}", last_id)
    assert [stream.next().kind for _ in range(3)] == ["reset", "progress", "state"]
    assert follow("/events", last_id).next().kind == "reset"


def test_browser_that_knows_the_end_is_told_not_to_come_again(backend, follow, tmp_path):
    audio_id = backend.finished(tmp_path)
    end = follow(f"/events/{audio_id}").rest()[-1]
    assert follow(f"/events/{audio_id}", last_id=end.event_id).answer.status_code == 204


def test_deletion_ends_the_stream(backend, follow, tmp_path):
    audio_id = backend.upload(tmp_path)
    stream = follow(f"/events/{audio_id}")
    stream.next("state")
    backend.delete(f"/recordings/{audio_id}")
    assert stream.rest()[-1].data == {"audio_id": audio_id}
    assert not stream.broken


def test_head_of_a_stream_ends_at_once(backend):
    answer = backend.service.http.head(f"{backend.service.url}/events", timeout=10)
    assert (answer.status_code, answer.content) == (200, b"")
