"""Progress: on a real pseudo-terminal, and where there is none."""

from __future__ import annotations

import io
import os
import pty
import re
import subprocess
import sys

import pytest

from soniclayer.cli import pace
from soniclayer.cli.pace import Pace
from soniclayer.cli.progress import AnalysisProgress

SCRIPT = """
import sys, warnings
from soniclayer.cli.progress import AnalysisProgress
with AnalysisProgress(sys.stderr) as progress:
    progress.update("a" * 64, "talk [red]\\x1b[31m.mp3", 123.4, 246.3, True, "transcribe 3")
    progress._bars.refresh()
    warnings.warn("something odd")
    progress.update("b" * 64, "news.mp3", 10, 20, False, "prepare")
    progress._bars.refresh()
    progress.finished("b" * 64, "completed_with_errors")
    progress.update("b" * 64, "late.mp3", 20, 20, False)
    progress.finished("b" * 64, "completed_with_errors")
    progress._bars.refresh()
"""


@pytest.fixture(scope="module")
def screen():
    """What a terminal of 100 columns receives, colours and cursor moves taken out."""
    parent, child = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100", "LINES": "24"}
    with subprocess.Popen([sys.executable, "-c", SCRIPT], stderr=child, env=environment) as process:
        os.close(child)
        received = b""
        while chunk := _read(parent):
            received += chunk
    os.close(parent)
    assert process.returncode == 0
    return re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", received.decode()).replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _read(terminal):
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux: the other end is closed
        return b""


def test_a_bar_shows_name_seconds_eta_and_what_is_going_on(screen):
    line = next(line for line in screen if "transcribe 3" in line)
    assert re.match(r"talk \[red\] \[31m\.mp3 +━+.* 123 / ~246 s ETA -:-- transcribe 3", line)


def test_a_total_that_is_known_has_no_tilde(screen):
    assert any(re.match(r"news\.mp3 .* 10 / 20 s ", line) for line in screen)


def test_a_line_for_all_comes_when_there_are_several_and_stands_first(screen):
    first = next(n for n, line in enumerate(screen) if line.startswith("all recordings"))
    assert screen[first].split()[-3:] == ["0", "/", "2"]
    assert any("transcribe 3" in line for line in screen[:first])
    assert screen[first + 1].startswith("talk")
    assert any(re.match(r"all recordings .* 1 / 2", line) for line in screen[first:])


def test_a_warning_gets_lines_of_its_own(screen):
    line = next(line for line in screen if "something odd" in line)
    assert re.fullmatch(r"<string>:\d+: UserWarning: something odd", line.strip())


def test_a_finished_recording_leaves_one_line_and_no_bar(screen):
    farewells = [line for line in screen if "completed" in line]
    assert farewells == ["news.mp3: completed with errors, 20 s of audio in 0 s"]
    assert not any("late.mp3" in line for line in screen)


def test_without_a_terminal_there_is_one_line_per_finished_recording():
    out = io.StringIO()
    with AnalysisProgress(out, recordings=2) as progress:
        progress.update("a" * 64, "talk\x1b[31m.mp3", 123.4, 246.3, True, "transcribe 3")
        assert out.getvalue() == ""
        progress.finished("a" * 64, "completed")
        progress.finished("a" * 64, "completed")
        progress.finished("b" * 64, "failed", "news.mp3")
        progress.finished("c" * 64, "failed")
    assert out.getvalue().splitlines() == [
        "talk [31m.mp3: completed, 246 s of audio in 0 s",
        "news.mp3: failed",
        "cccccccccccc: failed",
    ]


@pytest.fixture
def clock(monkeypatch):
    """A clock that the test turns."""
    now = [100.0]
    monkeypatch.setattr(pace.time, "monotonic", lambda: now[0])
    return now


def test_time_left_comes_from_what_was_done_since_the_start(clock):
    here = Pace(100.0)
    clock[0] += 10
    here.advance(150.0, 250.0)
    assert here.left_s == pytest.approx(20.0)


def test_time_left_counts_down_between_looks_and_stops_at_zero(clock):
    here = Pace(0.0)
    clock[0] += 10
    here.advance(50.0, 100.0)
    clock[0] += 4
    assert here.left_s == pytest.approx(6.0)
    clock[0] += 40
    assert here.left_s == 0


def test_time_left_is_unknown_until_something_was_done(clock):
    here = Pace(50.0)
    clock[0] += 10
    here.advance(50.0, 100.0)
    assert here.left_s is None
