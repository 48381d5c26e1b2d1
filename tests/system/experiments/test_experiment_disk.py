"""A disk is full, that of the store or that of Redis, and has room again: nothing accepted is lost, nobody helps."""

from __future__ import annotations

import contextlib

import pytest
from criterion import recovery_s
from offered import assert_completed, begun, offered_for
from redis_inside import DATA, UNIT, RedisInside
from result_watch import UPLOADS
from service import wait_until

WORKERS = ("soniclayer-worker@1", "soniclayer-worker@2")
STORE_MB = 96
REDIS_MB = 24
REFUSED_WRITE_S = 30.0
FILL = "dd if=/dev/zero of={folder}/ballast bs=64k; dd if=/dev/zero of={folder}/ballast.rest bs=1k; sync"


@pytest.mark.experiment(9, spoils=True)
def test_a_full_store_refuses_uploads_and_accepted_ones_complete_when_it_has_room(
    suite, accepted, figures, scale, clips, long_speech
):
    """The disk of the store is full for a minute (5 s in the short set) under a recording at work and uploads."""
    put_on_small_disk(suite, UPLOADS, STORE_MB, "soniclayer:soniclayer-web", "0710")
    begun(suite, accepted, long_speech)
    accepted.upload(next(clips))
    with filled(suite, UPLOADS):
        refused = offered_for(scale(5, 60), accepted, clips, pause_s=1.0)
        assert {(answer.status_code, answer.json()["code"]) for answer in refused} == {(503, "store_full")}
    figures(refused=len(refused), recovered_s=recovery_s(suite))
    figures(**accepted.check())
    assert_completed(suite, accepted)


@pytest.mark.experiment(9, spoils=True)
def test_redis_with_a_full_disk_keeps_nobody_from_uploading_and_goes_on_when_it_has_room(
    suite, accepted, figures, clips, long_speech
):
    """The disk of Redis, with its append-only file, is full for 40 s under uploads; for the last 15 s Redis is dead."""
    put_on_small_disk(suite, DATA, REDIS_MB, "redis:soniclayer-redis", "0700")
    begun(suite, accepted, long_speech)
    with filled(suite, DATA):
        wait_until(lambda: "writing to the AOF file" in suite.journal(f"--unit={UNIT}"), REFUSED_WRITE_S, suite.told)
        refused = offered_for(25, accepted, clips, pause_s=3.0)
        RedisInside(suite).kill()
        refused += offered_for(15, accepted, clips, pause_s=3.0)
    figures(refused=len(refused), recovered_s=recovery_s(suite))
    figures(**accepted.check())
    assert refused == []
    assert_completed(suite, accepted)


def put_on_small_disk(suite, folder, size_mb, owner, mode):
    """What is in a folder goes on a file system of its own; the suite starts anew for that."""
    suite.systemctl("stop", "soniclayer.target", "soniclayer-backend.socket", "soniclayer-backend", *WORKERS, UNIT)
    suite.machine.run("mount", "-t", "tmpfs", "-o", f"size={size_mb}m,mode={mode}", "tmpfs", folder)
    suite.machine.run("chown", owner, folder)
    suite.systemctl("start", "soniclayer.target")


@contextlib.contextmanager
def filled(suite, folder):
    """Not a byte is left on the disk of a folder."""
    suite.machine.run("sh", "-c", FILL.format(folder=folder))
    try:
        yield
    finally:
        suite.machine.run("sh", "-c", f"rm {folder}/ballast*")
