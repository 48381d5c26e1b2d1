"""A process of the suite: started again when it dies, not when it cannot, told when its parent is gone."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from soniclayer.cli.suite import child as child_module
from soniclayer.cli.suite.child import Child
from soniclayer.cli.suite.place import LONGEST_SOCKET_PATH, Place
from soniclayer.cli.suite.screen import Screen
from soniclayer.errors import ConfigError

REPO = Path(__file__).parent.parent.parent


@pytest.fixture
def shown():
    return io.StringIO()


@pytest.fixture
def begin(shown):
    begun = []

    def start(program):
        begun.append(Child("sample", ["sh", "-c", program], os.environ, Screen(shown)))
        begun[-1].start()
        return begun[-1]

    yield start
    for one in begun:
        one.kill()
        wait_until(one.has_ended)
        one.finish_output()


def wait_until(condition, within_s=20.0):
    until = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_a_process_that_dies_is_started_again_after_longer_and_longer_pauses(begin, shown, monkeypatch):
    monkeypatch.setattr(child_module, "FIRST_PAUSE_S", 0.01)
    child = begin("exit 3")
    wait_until(lambda: child.look() is None and child.restarts == 3)
    pauses = [line.split()[-2] for line in shown.getvalue().splitlines() if "exit code 3" in line]
    assert pauses[:3] == ["0.01", "0.02", "0.04"]


def test_a_process_with_a_wrong_setting_is_not_started_again(begin):
    child = begin("exit 2")
    wait_until(child.has_ended)
    assert (child.look(), child.restarts) == (2, 0)


def test_its_lines_have_its_name_in_front_and_cannot_steer_the_terminal(begin, shown):
    child = begin(r"printf 'one\n\033[2Jtwo\n'; printf 'three\n' >&2; printf last")
    wait_until(child.has_ended)
    child.finish_output()
    assert shown.getvalue().splitlines() == [f"sample    | {text}" for text in ("one", "[2Jtwo", "three", "last")]


def test_killing_it_takes_what_it_has_started_too(begin, tmp_path):
    child = begin(f"sleep 100 & echo $! > {tmp_path}/pid; wait")
    wait_until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text().strip())
    child.kill()
    grandchild = int((tmp_path / "pid").read_text())
    wait_until(lambda: has_ended(grandchild))


def has_ended(pid):
    """It is gone, or waits for somebody to take note of its end."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


PARENT = """
import os, sys, time
from soniclayer.cli.suite.child import Child
from soniclayer.cli.suite.screen import Screen
Child("x", ["sh", "-c", sys.argv[1]], os.environ, Screen()).start()
time.sleep(100)
"""


def test_it_is_told_to_stop_when_its_parent_is_killed(tmp_path):
    told = tmp_path / "told"
    program = f"trap 'echo told > {told}; exit' TERM; echo up > {tmp_path}/up; for _ in $(seq 500); do sleep 0.05; done"
    parent = subprocess.Popen([sys.executable, "-c", PARENT, program], env=os.environ | {"PYTHONPATH": str(REPO)})
    wait_until((tmp_path / "up").exists)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    wait_until(told.exists)


def test_a_long_folder_has_its_sockets_in_a_shorter_one(tmp_path):
    place = Place(tmp_path / ("long" * 20) / "suite")
    place.make()
    with place.held():
        assert len(str(place.redis_socket)) <= LONGEST_SOCKET_PATH
        assert Place(place.folder).redis_socket == place.redis_socket
        assert place.run_dir.is_dir()
    assert not place.run_dir.exists()


def test_a_folder_is_held_by_one_and_free_when_it_is_over(tmp_path):
    place = Place(tmp_path / "s")
    place.make()
    with place.held():
        place.announce("http://127.0.0.1:1")
        assert place.running_url() == "http://127.0.0.1:1"
        with pytest.raises(ConfigError, match="runs on"), Place(tmp_path / "s").held():
            pass
    assert place.running_url() is None
    with place.held():
        pass


def test_the_first_key_is_made_once_and_shown_while_it_is_valid(tmp_path):
    place = Place(tmp_path / "s")
    place.make()
    key, new = place.first_key()
    assert (place.first_key(), new) == ((key, False), True)
    place.keys_file.write_text(place.keys_file.read_text().replace("name: first", "name: another"))
    assert place.first_key() == (key, False)
    place.keys_file.unlink()
    assert place.first_key()[1] is True


def test_a_first_key_that_was_revoked_is_not_shown_again(tmp_path):
    from soniclayer.definitions.keys import add_key, revoke_key  # noqa: PLC0415 - for this test alone

    place = Place(tmp_path / "s")
    place.make()
    place.first_key()
    add_key(place.keys_file, "mine", ["read"])
    revoke_key(place.keys_file, "first")
    assert place.first_key() == (None, False)
    assert not place.first_key_file.exists()
