"""Redis dies, loses what it had, is away, is full, hangs: what was accepted completes by itself."""

from __future__ import annotations

import contextlib
import time

import pytest
from criterion import recovery_s
from offered import assert_completed, begun, offered_for, since
from redis_inside import RedisInside
from service import wait_until

from soniclayer.domain.state import ENDED
from soniclayer.web.fullness import LOOK_EVERY_S

WORKER = "soniclayer-worker@1"
REACHED_S = 60.0
SOON_S = 20.0
IN_A_ROW = 8
WRITERS = 4
"""Threads of a worker that may be writing at the moment of its death: each leaves one file at most."""

BOUNDARIES = {
    "accept": ("lose_command", "evalsha", "soniclayer:queued:*:prepare"),
    "next step": ("lose_command", "evalsha", "soniclayer:queued:*:classify.0000"),
    "run": ("after_reply", "evalsha", "soniclayer:lease:*:transcribe.0000"),
    "ack": ("lose_command", "evalsha", "ack", "transcribe.first"),
    "enqueue": ("lose_reply", "evalsha", "soniclayer:queued:*:prepare"),
    "fetch": ("lose_reply", "evalsha * fetch * transcribe.first * 1"),
    "run of prepare": ("after_reply", "evalsha", "soniclayer:lease:*:prepare"),
    "acked": ("lose_reply", "evalsha", "ack", "transcribe.first"),
    "next step queued": ("lose_reply", "evalsha", "soniclayer:queued:*:classify.0000"),
    "ack of the last step": ("lose_command", "evalsha", "ack", "evaluate"),
}
"""Where Redis is killed: at which command, and whether before it comes, before its answer goes, or after that.
The first four are the short set."""

BALLAST = "tests:ballast"
BALLAST_MB = 60


@pytest.fixture
def redis(suite):
    """The machine's; it has the memory that it had, and no process of the backend takes it for full any more."""
    redis = RedisInside(suite)
    limit_bytes = redis.limit_bytes
    yield redis
    redis.set_memory(limit_bytes)
    time.sleep(LOOK_EVERY_S)


@pytest.mark.experiment(5, ci=True, spoils=True)
def test_no_recording_is_lost_or_done_twice_when_redis_dies_at_a_boundary(
    suite, redis, accepted, figures, scale, clips
):
    """kill -9 of Redis at accept, enqueue, fetch, run, ack and next step: before the command, or before its answer."""
    chosen = list(BOUNDARIES.items())[: scale(4, len(BOUNDARIES))]
    with redis.proxied() as proxy:

        def kill():
            redis.kill()
            proxy.cut()  # or those that are idle would seem to live

        for name, (how, *command) in chosen:
            reached = getattr(proxy, how)(*command, then=kill)
            audio_id = accepted.upload(next(clips))
            assert reached.wait(REACHED_S), f"{name}: no such command\n{suite.told()}"
            killed_s = time.monotonic()
            suite.wait_ended([audio_id])
            figures(kills=1, recovered_s=since(killed_s))
        figures(**accepted.check())
    assert_completed(suite, accepted)


@pytest.mark.experiment(6)
def test_no_recording_is_lost_with_the_data_of_redis(suite, redis, accepted, figures, clips, long_speech):
    """Redis is killed and its data deleted, or emptied as it runs, while recordings are under way."""
    begun(suite, accepted, long_speech)
    for lose in (redis.kill_and_delete, redis.client.flushall):
        accepted.upload(next(clips))
        lose()
        lost_s = time.monotonic()
        accepted.upload(next(clips))
        wait_until(lambda: in_the_list(suite) == set(accepted.ids), REACHED_S, suite.told)
        figures(losses=1, recovered_s=since(lost_s))
    figures(**accepted.check())
    assert_completed(suite, accepted)


@pytest.mark.experiment(7, ci=True)
def test_uploads_are_taken_while_redis_is_down_and_complete_when_it_is_back(
    suite, redis, accepted, figures, scale, clips
):
    """Redis is stopped for two minutes (10 s in the short set) while one recording after the other is uploaded."""
    redis.stop()
    refused = offered_for(scale(10, 120), accepted, clips, pause_s=3.0)
    assert suite.ask("GET", "/health/live").status_code == 200
    assert suite.ask("GET", "/health/ready").status_code == 503
    redis.start()
    figures(refused=len(refused), down_s=scale(10, 120), recovered_s=recovery_s(suite))
    figures(**accepted.check())
    assert refused == []
    assert_completed(suite, accepted)


@pytest.mark.experiment(8, ci=True)
def test_uploads_are_refused_before_redis_is_full_and_what_was_accepted_completes(
    suite, redis, accepted, figures, clips, long_speech
):
    """The memory of Redis is filled to nine tenths while a recording is under way."""
    begun(suite, accepted, long_speech)
    with filled(redis, 0.9):
        refused = refused_soon(suite, accepted, clips)
        assert refused.json()["code"] == "courier_full"
        assert int(refused.headers["Retry-After"]) > 0
        suite.wait_ended(accepted.ids)
        assert accepted.offer(next(clips)).status_code == 503
    freed_s = time.monotonic()
    wait_until(lambda: accepted.offer(next(clips)).status_code == 202, SOON_S, suite.told)
    figures(**accepted.check(), recovered_s=since(freed_s))
    assert_completed(suite, accepted)


@pytest.mark.experiment(8)
@pytest.mark.parametrize("cure", ["memory is freed", "maxmemory is raised"])
def test_a_redis_without_any_memory_left_holds_all_up_and_loses_nothing(
    suite, redis, accepted, figures, clips, long_speech, cure
):
    """Redis is full for 40 s under a recording at work, uploads and starts of services, then it has memory again."""
    audio_id = begun(suite, accepted, long_speech)
    with filled(redis, 1.2):
        refused_soon(suite, accepted, clips)
        suite.systemctl("restart", "--no-block", "soniclayer-backend", "soniclayer-worker@2")
        refused = offered_for(40, accepted, clips, pause_s=2.0)
        assert {answer.status_code for answer in refused} == {503}
        assert suite.state(audio_id) not in ENDED
        if cure == "maxmemory is raised":
            redis.set_memory(2 * redis.used_bytes)
            figures(recovered_s=recovery_s(suite))
    figures(recovered_s=recovery_s(suite))
    figures(**accepted.check(), refused=len(refused))
    assert_completed(suite, accepted)


@pytest.mark.experiment(10, ci=True)
def test_a_worker_that_hangs_is_restarted_and_its_recording_completes(suite, accepted, figures, long_speech):
    """SIGSTOP of a worker with a recording in hand; nobody lets it go on, but the watchdog."""
    starts = int(suite.fact(WORKER, "NRestarts"))
    begun(suite, accepted, long_speech)
    suite.machine.run("systemctl", "kill", "--signal=STOP", WORKER)
    stopped_s = time.monotonic()
    wait_until(lambda: int(suite.fact(WORKER, "NRestarts")) > starts, 90, suite.told)
    recovery_s(suite)
    figures(recovered_s=since(stopped_s))
    figures(**accepted.check(leftovers=WRITERS))
    assert "watchdog" in suite.journal(f"--unit={WORKER}").lower()
    assert_completed(suite, accepted)


@pytest.mark.experiment(10)
def test_uploads_are_taken_while_redis_hangs_and_complete_when_it_goes_on(
    suite, redis, accepted, figures, clips, long_speech
):
    """SIGSTOP of Redis for a minute, longer than any lease, under uploads; then SIGCONT."""
    begun(suite, accepted, long_speech)
    redis.signal("STOP")
    try:
        refused = offered_for(60, accepted, clips, pause_s=1.0)
    finally:
        redis.signal("CONT")
    figures(refused=len(refused), recovered_s=recovery_s(suite))
    figures(**accepted.check())
    assert refused == []
    assert_completed(suite, accepted)


def refused_soon(suite, accepted, clips):
    """What is said to uploads when some in a row are refused: each process of the backend looks every other second."""
    answers = []

    def are_refused():
        answers.append(accepted.offer(next(clips)))
        return [answer.status_code for answer in answers[-IN_A_ROW:]] == [503] * IN_A_ROW

    wait_until(are_refused, SOON_S, suite.told)
    return answers[-1]


def in_the_list(suite):
    """Ids of all recordings; none while the list is made anew or nobody answers."""
    page = suite.ask("GET", "/recordings?limit=200")
    told = page.json() if page.status_code == 200 else {"rebuilding": True}
    return set() if told["rebuilding"] else {line["audio_id"] for line in told["recordings"]}


@contextlib.contextmanager
def filled(redis, share):
    """So much of its memory Redis has taken; more than 1: it has none for anything."""
    for _ in range(BALLAST_MB):  # by and by: what passes through its buffers counts as well
        redis.client.rpush(BALLAST, b"x" * 2**20)
    redis.set_memory(round(redis.used_bytes / share))
    try:
        yield
    finally:
        redis.client.delete(BALLAST)
