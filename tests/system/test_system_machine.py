"""The machines that all other system tests stand on."""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import requests
from debian_machine import running_machine
from host_cgroups import host_hierarchies
from system_session import PREFIX, own_session

ROOT = Path(__file__).parent


@pytest.fixture(scope="module")
def machine(system_session, debian):
    with running_machine(system_session / "bare", debian) as machine:
        yield machine


def test_debian_boots_with_systemd_as_pid_1_and_nothing_failed(machine):
    assert machine.output("systemctl", "is-system-running") == "running"
    assert machine.output("cat", "/proc/1/comm") == "systemd"


def test_a_fresh_server_has_neither_redis_nor_nginx(machine):
    assert machine.run("sh", "-c", "command -v redis-server || command -v nginx", check=False).stdout == ""


def test_a_memory_limit_is_a_limit(machine):
    hog = ("systemd-run", "--quiet", "--wait", "--property=MemoryMax=30M", "python3", "-c", "bytearray(10**8)")
    assert machine.run(*hog, check=False).returncode != 0
    assert machine.output("systemctl", "show", "--property=MemoryMax", "system.slice") == "MemoryMax=infinity"


def test_a_machine_without_a_way_out_reaches_nothing(machine):
    assert machine.output("ip", "-brief", "link", "show", "up").split()[0] == "lo"
    assert machine.run("ip", "route").stdout == ""


def test_a_thread_of_ours_reaches_its_localhost_and_others_do_not(machine):
    server = machine.start("python3", "-m", "http.server", "8123", "--bind", "127.0.0.1", stderr=subprocess.DEVNULL)
    machine.run("sh", "-c", "until ss -Hltn sport = :8123 | grep -q .; do sleep 0.05; done")
    answers = []

    def ask():
        with machine.network():
            answers.append(requests.get("http://127.0.0.1:8123/", timeout=5).status_code)

    asking = threading.Thread(target=ask)
    asking.start()
    asking.join()
    assert answers == [200]
    with pytest.raises(requests.ConnectionError):
        requests.get("http://127.0.0.1:8123/", timeout=5)
    server.kill()
    server.wait()


def test_files_outlive_a_reboot_and_processes_do_not(machine):
    machine.run("sh", "-c", "echo kept >/root/file; echo gone >/run/file")
    before = machine.output("cat", "/etc/machine-id")
    machine.run("systemd-run", "sleep", "1000")
    machine.reboot()
    assert machine.output("cat", "/root/file") == "kept"
    assert not machine.path("/run/file").exists()
    assert machine.run("pgrep", "-x", "sleep", check=False).returncode == 1
    assert machine.output("cat", "/etc/machine-id") == before


def test_a_command_that_takes_too_long_is_killed_in_the_machine(machine):
    with pytest.raises(subprocess.TimeoutExpired):
        machine.run("sleep", "1000", timeout=5)  # it has begun by then
    assert machine.run("pgrep", "sleep", check=False).returncode == 1


def test_machines_on_a_frozen_one_do_not_see_each_other(machine, system_session):
    machine.path("/root/frozen").write_text("both")
    layers = machine.freeze()
    with running_machine(system_session / "second", layers) as second:
        second.path("/root/frozen").write_text("one")
        assert machine.path("/root/frozen").read_text() == "both"


def test_a_killed_session_leaves_no_process_and_the_next_one_sweeps_the_rest(tmp_path_factory, system_cache, debian):
    """`cache` is below the real one: an overlay needs its file system."""
    cache = system_cache / "kill-test"
    script = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "from pathlib import Path\nfrom system_session import own_session\nfrom debian_machine import DebianMachine\n"
        f"with own_session(Path({str(cache)!r})) as folder:\n"
        f"    machine = DebianMachine(folder / 'doomed', [Path({str(debian[0])!r})])\n"
        "    machine.boot()\n    print(machine.pid, flush=True)\n    input()\n"
    )
    session = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    pid = int(session.stdout.readline())
    init = os.pidfd_open(pid)
    session.send_signal(signal.SIGKILL)
    session.communicate()
    assert _ended(init)
    assert list(cache.glob(f"{PREFIX}*"))
    with own_session(cache) as own:
        assert list(cache.glob(f"{PREFIX}*")) == [own]
        cgroups = [name for hierarchy in host_hierarchies() for name in hierarchy.machines(PREFIX)]
        assert not [name for name in cgroups if name.endswith("doomed")]
    shutil.rmtree(cache)


def _ended(pidfd: int) -> bool:
    ended, _, _ = select.select([pidfd], [], [], 20)
    os.close(pidfd)
    return bool(ended)
