"""Recordings at which the engine crashes, eats all memory, or hangs in C."""

from __future__ import annotations

import time

import pytest
from poisoned_suite import choose, hostile_file, hostile_window, poisoned
from sound_files import RATE_HZ, wav

WORKERS = ("soniclayer-worker@1", "soniclayer-worker@2")
HEALTHY = 6
LITTLE = "SONICLAYER_ENGINE_MAX_MEMORY_BYTES=1000000000"
LESS = "MemoryMax=800M"
"""Of a worker: less than what its engine may take, so that the kernel is quicker."""


@pytest.fixture
def poison(suite):
    """A suite whose engine breaks at hostile recordings; makes it do so in one way or another."""
    with poisoned(suite, LITTLE):
        yield lambda deed: choose(suite.machine, deed)


@pytest.fixture
def little_memory(suite):
    """The kernel ends who takes more."""
    for unit in WORKERS:
        suite.systemctl("set-property", "--runtime", unit, LESS)
    yield
    suite.systemctl("revert", *WORKERS)


@pytest.fixture
def survive(suite, accepted, figures, jfk, tmp_path):
    """Upload what is hostile, between what is healthy, and see what became of all: survive(code, seconds)."""

    def upload(name, data):
        path = tmp_path / name
        path.write_bytes(data)
        return accepted.upload(path)

    def healthy(number):
        return upload(f"healthy {number}.wav", wav(jfk[number * RATE_HZ :][: 3 * RATE_HZ]))

    def survive(code, timeout_s):
        before = [suite.main_pid(unit) for unit in WORKERS]
        began_s = time.monotonic()
        well = [healthy(number) for number in range(HEALTHY // 2)]
        file = upload("hostile file.wav", hostile_file(jfk[: 4 * RATE_HZ]))
        window = upload("hostile window.wav", wav(hostile_window(jfk[: 5 * RATE_HZ], 2.0)))
        well += [healthy(number) for number in range(HEALTHY // 2, HEALTHY)]
        suite.wait_ended(well, timeout_s)
        others_s = time.monotonic() - began_s
        found = accepted.check(timeout_s)
        assert outcome(suite, file) == ("failed", [("prepare", code, 3)])
        assert outcome(suite, window) == ("completed_with_errors", [("transcribe.0000", code, 3)])
        assert {suite.recording(one)["state"] for one in well} == {"completed"}
        assert [suite.main_pid(unit) for unit in WORKERS] == before
        figures(
            **found, engine_deaths=6, others_done_s=round(others_s, 1), all_ended_s=round(time.monotonic() - began_s, 1)
        )

    return survive


def outcome(suite, audio_id):
    """The state of a recording, and its failures: step, code, attempts."""
    recording = suite.recording(audio_id)
    return recording["state"], [(one["step"], one["code"], one["attempts"]) for one in recording["failures"]]


@pytest.mark.experiment(11, ci=True)
def test_a_recording_that_crashes_the_engine_fails_visibly_and_takes_nothing_with_it(poison, survive):
    """The decoder crashes (SIGSEGV) at one recording, Whisper at another; healthy ones before and behind them."""
    poison("crash")
    survive("engine_crashed", 240)


@pytest.mark.experiment(11)
def test_a_recording_that_eats_memory_fails_visibly_and_takes_nothing_with_it(poison, survive):
    """As above, but the engine takes memory without end; its worker ends it at SONICLAYER_ENGINE_MAX_MEMORY_BYTES."""
    poison("eat")
    survive("engine_memory", 240)


@pytest.mark.experiment(11)
@pytest.mark.usefixtures("little_memory")
def test_a_recording_that_eats_memory_faster_than_its_worker_looks_costs_nothing_else_either(poison, survive):
    """As above, but the kernel is quicker and ends it (MemoryMax of the unit)."""
    poison("eat")
    survive("engine_crashed", 240)


@pytest.mark.experiment(12)
def test_a_recording_that_hangs_the_engine_in_c_fails_visibly_and_holds_up_no_other(poison, survive):
    """The decoder hangs in C at one recording, Whisper at another; deadlines of minutes are shortened to 20 s."""
    poison("hang")
    survive("engine_deadline", 240)
