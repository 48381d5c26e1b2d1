"""What flows: uploads wait in nginx until they are whole, events come at once."""

from __future__ import annotations

import hashlib
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from event_stream import EventStream
from raw_http import form, part, read_answer, upload_head
from service import wait_until

WAIT_S = 20.0


def test_large_upload_arrives_whole(behind, tmp_path):
    answer = behind.upload(tmp_path, 30 * 2**20)
    assert answer.status_code == 202
    with behind.service.run(answer.json()["audio_id"]).source() as source:
        assert source.stat().st_size == 30 * 2**20 + 16


def test_slow_upload_waits_in_nginx_until_it_is_whole(behind):
    """The backend, whose processes are few, hears of it when it is all there."""
    body = form(part("file", b"fLaC" + bytes(200_000) + b"slow", "slow.flac"))
    with behind.site.connect() as connection:
        connection.sendall(upload_head(behind.key, len(body), at="/api/evaluate/") + body[:150_000])
        wait_until(lambda: behind.site.waiting_bodies() == 1, WAIT_S, behind.site.told)
        assert list((behind.site.root / "uploads").glob(".incoming/*")) == []
        connection.sendall(body[150_000:])
        assert read_answer(connection).status == 202
    wait_until(lambda: behind.site.waiting_bodies() == 0, WAIT_S, behind.site.told)


def test_events_come_at_once(behind, tmp_path):
    """Each is seen while the stream stays open and the next one is not there yet."""
    audio_id = behind.upload(tmp_path).json()["audio_id"]
    with EventStream(behind.http, f"{behind.api}/events/{audio_id}") as stream:
        assert stream.answer.headers["Content-Type"].startswith("text/event-stream")
        assert stream.next("state").data["ended"] is False
        behind.worker.until(audio_id, "prepare")
        assert stream.next("progress").data["audio_id"] == audio_id
        behind.worker.finish(audio_id)
        while not stream.next("state").data["ended"]:
            pass
        assert stream.rest() == []


def test_more_than_eight_uploads_of_one_address_at_a_time_are_put_off(behind):
    body = form(part("file", b"fLaC" + bytes(50_000), "x.flac"))
    begun = upload_head(behind.key, len(body), at="/api/evaluate/") + body[:-10]
    with ExitStack() as opened:
        for _ in range(8):
            opened.enter_context(behind.site.connect("127.9.9.9")).sendall(begun)
        wait_until(lambda: behind.site.waiting_bodies() == 8, WAIT_S, behind.site.told)
        ninth = opened.enter_context(behind.site.connect("127.9.9.9"))
        ninth.sendall(begun)
        assert read_answer(ninth).status == 429
    wait_until(lambda: behind.site.waiting_bodies() == 0, WAIT_S, behind.site.told)


def test_uploads_survive_the_death_of_a_process_of_the_backend(behind):
    """Those it was answering are given to the other one, body and all."""
    answered: list[int] = []
    sent: list[str] = []

    def upload(number: int) -> None:
        http = behind.site.visitor(**{"X-API-Key": behind.key})
        for again in range(8):
            data = b"fLaC\x00\x00\x00\x22" + f"{number}.{again}".encode() + bytes(2_000_000)
            sent.append(hashlib.sha256(data).hexdigest())
            files = {"file": ("a.flac", data)}
            with http.post(f"{behind.api}/evaluate/", files=files, timeout=60, stream=True) as answer:
                answered.append(answer.status_code)  # who is killed between head and body of an answer has accepted it

    with ThreadPoolExecutor(4) as threads:
        running = [threads.submit(upload, number) for number in range(4)]
        for so_many in (6, 18):
            wait_until(lambda least=so_many: len(answered) >= least, WAIT_S, behind.site.told)
            wait_until(lambda: len(behind.service.children("backend")) == 2, WAIT_S, behind.site.told)
            os.kill(behind.service.children("backend")[0], signal.SIGKILL)
        for one in running:
            one.result()
    assert set(answered) <= {200, 202}
    assert len(answered) == 32
    accepted = {manifest.parent.name for manifest in (behind.site.root / "uploads").glob("*/recording.json")}
    assert set(sent) <= accepted
