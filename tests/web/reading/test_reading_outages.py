"""Streams when the server stops, and when Redis does."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest
from event_stream import EventStream
from fake_worker import FakeWorker
from service import running_service, wait_until

from soniclayer.web.gunicorn_worker import DRAIN_S


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    """A backend of this module's own, whose Redis may be stopped."""
    with running_service(
        tmp_path_factory.mktemp("own"), Path("/nowhere"), 0, SONICLAYER_BACKEND_WORKERS="1"
    ) as service:
        yield service


@pytest.fixture
def audio_id(service, tmp_path):
    """Of a recording that waits."""
    path = tmp_path / "a.flac"
    path.write_bytes(b"fLaC\x00\x00\x00\x22" + str(tmp_path).encode() + bytes(100))
    return service.upload(path)


def test_stream_goes_on_after_redis_was_away(service, audio_id):
    with EventStream(service.http, f"{service.url}/events/{audio_id}") as stream:
        stream.next("state")
        service.redis.restart()
        with service.courier() as courier:
            FakeWorker(service.recordings, courier).finish(audio_id)
        events = stream.rest()
    assert [event.data["window"] for event in events if event.kind == "window"] == [0, 1, 2]
    assert events[-1].data["state"] == "completed"
    assert "reset" not in {event.kind for event in events}


def test_stream_is_reset_when_redis_has_lost_its_data(service, audio_id):
    with EventStream(service.http, f"{service.url}/events/{audio_id}") as stream:
        stream.next("state")
        service.redis.restart(wiped=True)
        assert stream.next().kind == "reset"
        assert stream.next("state").data == {"audio_id": audio_id, "state": "accepted", "ended": False}


def test_stream_is_reset_when_redis_loses_its_data_under_the_connection(service, audio_id):
    with EventStream(service.http, f"{service.url}/events") as stream, service.courier() as courier:
        stream.next("")  # the head of the answer goes out just before anybody listens
        courier.events.publish("state", audio_id, state="accepted", ended=False)
        stream.next("state")
        courier.client.flushall()
        assert stream.next().kind == "reset"


def test_reading_goes_on_without_redis(service, audio_id):
    service.redis.kill()
    try:
        assert service.get(f"/recordings/{audio_id}").json()["state"] == "accepted"
        assert service.get(f"/segments/{audio_id}").status_code == 200
        assert service.get("/health/live").status_code == 200
        answer = service.get("/recordings")
        assert (answer.status_code, answer.json()["code"]) == (503, "courier_away")
        assert int(answer.headers["Retry-After"]) > 0
        checks = {check["name"]: check["ok"] for check in service.get("/health/ready").json()["checks"]}
        assert checks == {"redis": False, "store": True, "disk": True}
        assert "soniclayer_redis_up 0.0" in service.get("/metrics").text
    finally:
        service.redis.start()


def test_streams_end_by_themselves_when_the_server_stops(service, audio_id):
    one = EventStream(service.http, f"{service.url}/events/{audio_id}")
    everything = EventStream(service.http, f"{service.url}/events")
    with one, everything:
        one.next("state")
        everything.next("")
        began_s = time.monotonic()
        service.processes["backend"].send_signal(signal.SIGTERM)
        one.rest()
        everything.rest()
        assert time.monotonic() - began_s < DRAIN_S / 2
        assert not one.broken
        assert not everything.broken
    wait_until(lambda: service.processes["backend"].poll() is not None, 20.0, service.told)
    assert service.processes.pop("backend").returncode == 0
