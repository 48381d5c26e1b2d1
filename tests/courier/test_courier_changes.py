from __future__ import annotations

import threading
import time

from redis_server import close_courier, open_test_courier

from soniclayer.courier import changes
from soniclayer.domain.recording import Recording

ONE, OTHER = (Recording(audio_id * 64, "b" * 16, "a.wav", 1, "2026-01-01T00:00:00+00:00") for audio_id in "ab")


def test_many_change_one_recording_one_after_the_other(redis_url, monkeypatch):
    monkeypatch.setattr(changes, "ALONE_S", 60.0)  # whoever is last waits for all the others
    couriers = [open_test_courier(redis_url) for _ in range(8)]
    inside, most = [], []

    def change(courier):
        for _ in range(5):
            with courier.changes.alone(ONE):
                inside.append(courier)
                most.append(len(inside))
                threading.Event().wait(0.001)
                inside.remove(courier)

    threads = [threading.Thread(target=change, args=(courier,)) for courier in couriers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for courier in couriers:
        close_courier(courier)
    assert (len(most), max(most)) == (40, 1)


def test_nobody_waits_for_a_change_of_another_recording(courier, monkeypatch):
    monkeypatch.setattr(changes, "ALONE_S", 1000.0)
    with courier.changes.alone(ONE), courier.changes.alone(OTHER):
        assert courier.client.keys("soniclayer:changing:*") != []
    assert courier.client.keys("soniclayer:changing:*") == []


def test_one_that_died_holds_up_the_next_for_a_while_only(courier, monkeypatch):
    monkeypatch.setattr(changes, "ALONE_S", 0.1)
    courier.client.set(f"soniclayer:changing:{ONE.audio_id}:{ONE.run}", "dead")
    began = time.monotonic()
    with courier.changes.alone(ONE):
        assert time.monotonic() - began >= 0.1
    assert courier.client.get(f"soniclayer:changing:{ONE.audio_id}:{ONE.run}") == "dead"


def test_a_change_is_made_also_while_redis_is_away():
    courier = open_test_courier("unix:///nowhere/redis.sock")
    with courier.changes.alone(ONE):
        done = True
    assert done
