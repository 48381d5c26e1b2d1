"""`soniclayer backend` as a real process: what it tells systemd, how it starts, drains, reloads and dies."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import requests
from raw_http import WAV, connect, exchange, form, part, read_answer, upload_head
from samples import CONFIG
from service import wait_until

from soniclayer.definitions.keys import add_key, revoke_key
from soniclayer.web.arbiter import BackendArbiter

MOST_BYTES = 120 * 2**20


def memory_bytes(pid):
    """Resident now."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def said(service, words):
    """How often its log says that."""
    return (service.folder / "backend.log").read_text().count(words)


def wait_said(service, words, times=1):
    wait_until(lambda: said(service, words) >= times, 20, service.told)


STARTED = "Application startup complete"


def test_systemd_is_told_ready_when_every_process_serves_and_all_that_follows(own_backend, systemd):
    service = own_backend(NOTIFY_SOCKET=systemd.path)
    assert systemd.next() == "READY=1\nSTATUS=2 processes serve"
    assert said(service, STARTED) == 2
    assert service.get("/health/live").status_code == 200
    first = service.children("backend")
    assert [memory_bytes(pid) < MOST_BYTES for pid in (*first, service.processes["backend"].pid)] == [True] * 3

    assert systemd.any() == "WATCHDOG=1"

    service.processes["backend"].send_signal(signal.SIGHUP)
    assert systemd.next().startswith("RELOADING=1\nMONOTONIC_USEC=")
    assert systemd.next() == "READY=1\nSTATUS=2 processes serve"
    wait_until(lambda: len(service.children("backend")) == 2, 10, service.told)
    assert not set(first) & set(service.children("backend"))
    assert service.get("/health/live").status_code == 200

    service.processes["backend"].send_signal(signal.SIGTERM)
    assert systemd.next() == "STOPPING=1\nSTATUS=stopping"
    assert service.processes["backend"].wait(20) == 0


class SilentWorker:
    """One whose heartbeat came so long ago."""

    def __init__(self, silent_s):
        self.tmp = self
        self._silent_s = silent_s

    def last_update(self):
        return time.monotonic() - self._silent_s


@pytest.mark.parametrize(("silences_s", "fresh"), [((31, 40), False), ((31, 1), True), ((), False)])
def test_watchdog_is_fed_only_while_a_process_lives(monkeypatch, silences_s, fresh):
    arbiter = BackendArbiter.__new__(BackendArbiter)
    arbiter.timeout = 30
    monkeypatch.setattr(arbiter, "WORKERS", dict(enumerate(map(SilentWorker, silences_s))), raising=False)
    assert arbiter._one_is_fresh() is fresh


def test_configuration_with_faults_changes_nothing_on_reload(own_backend, systemd, tmp_path):
    config = tmp_path / "config"
    shutil.copytree(CONFIG, config)
    service = own_backend(NOTIFY_SOCKET=systemd.path, SONICLAYER_CONFIG_DIR=str(config))
    assert systemd.next().startswith("READY=1")
    before = set(service.children("backend"))
    (config / "personas" / "broken.yaml").write_text("no: persona")
    service.processes["backend"].send_signal(signal.SIGHUP)
    wait_said(service, "configuration stays as it was")
    assert set(service.children("backend")) == before

    os.kill(before.pop(), signal.SIGKILL)
    wait_said(service, STARTED, 3)
    assert service.processes["backend"].poll() is None


def test_dead_process_is_replaced_and_leaves_no_new_metric_files(own_backend):
    service = own_backend()
    wait_said(service, STARTED, 2)
    folder = service.folder / "run" / "metrics"
    names = {path.name for path in folder.iterdir()}
    for started in (3, 4):
        os.kill(service.children("backend")[0], signal.SIGKILL)
        wait_said(service, STARTED, started)
    assert {path.name for path in folder.iterdir()} == names


def test_processes_end_when_their_arbiter_was_killed(own_backend):
    service = own_backend()
    service.wait_ready()
    orphans = service.children("backend")
    service.kill("backend")
    wait_until(lambda: not any(map(alive, orphans)), 10, service.told)
    service.start("backend")
    service.wait_ready()


def test_upload_under_way_is_finished_before_it_ends(own_backend):
    service = own_backend()
    wait_said(service, STARTED, 2)
    body = form(part("file", WAV + bytes(100_000), "a.wav"))
    with connect(("127.0.0.1", service.port)) as connection:
        connection.sendall(upload_head(service.key, len(body)) + body[:50_000])
        wait_until(lambda: list((service.folder / "uploads" / ".incoming").glob("*")), 10, service.told)
        service.processes["backend"].send_signal(signal.SIGTERM)
        wait_said(service, "Shutting down", 2)
        connection.sendall(body[50_000:])
        assert read_answer(connection).status == 202
    assert service.processes["backend"].wait(20) == 0
    assert len(service.recordings.open_ids()) == 1


def test_who_had_just_connected_when_it_was_told_to_end_is_answered(own_backend):
    service = own_backend()
    wait_said(service, STARTED, 2)
    address = ("127.0.0.1", service.port)
    with connect(address) as connection:
        service.get("/health/live")  # by now the one before it is accepted too
        service.processes["backend"].send_signal(signal.SIGTERM)
        wait_until(lambda: refused(address), 10, service.told)
        connection.sendall(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert read_answer(connection).status == 200
    assert service.processes["backend"].wait(20) == 0


def refused(address):
    try:
        connect(address).close()
    except ConnectionRefusedError:
        return True
    return False


def test_nothing_is_left_in_home(own_backend, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    service = own_backend(HOME=str(home), XDG_RUNTIME_DIR=str(home))
    service.wait_ready()
    assert list(home.iterdir()) == []


def test_wrong_settings_are_told_in_one_line_each(own_backend):
    service = own_backend(SONICLAYER_BACKEND_WORKERS="none", ENVIRONMENT="moon")
    assert service.processes["backend"].wait(20) == 2
    assert "SONICLAYER_BACKEND_WORKERS" in service.told()
    assert "ENVIRONMENT" in service.told()
    assert "Traceback" not in service.told()


def test_star_as_an_origin_is_refused_in_production(own_backend):
    service = own_backend(SONICLAYER_CORS_ORIGINS="*")
    assert service.processes["backend"].wait(20) == 2
    assert "name the origins" in service.told()


@pytest.fixture
def socket_path():
    with TemporaryDirectory() as folder:
        yield f"{folder}/backend.sock"


def test_unix_socket_is_for_owner_and_group_and_its_peer_is_the_proxy(own_backend, socket_path):
    service = own_backend(
        "--bind", f"unix:{socket_path}", SONICLAYER_REQUESTS_PER_SECOND="1", SONICLAYER_REQUESTS_BURST="2"
    )
    wait_said(service, "backend ready")
    assert stat.S_IMODE(Path(socket_path).stat().st_mode) == 0o660

    body = form(part("file", WAV + bytes(3000), "a.wav"))
    forwarded = {"X-Forwarded-For": "198.51.100.4", "X-Forwarded-Prefix": "/api"}
    answer = exchange(socket_path, upload_head(service.key, len(body), **forwarded), body)
    assert answer.status == 202
    assert answer.headers["location"].startswith("/api/recordings/")

    def status(client):
        request = f"GET /personas HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: {client}\r\n\r\n"
        return exchange(socket_path, request.encode()).status

    assert [status("192.0.2.1") for _ in range(3)] == [401, 401, 429]
    assert status("192.0.2.2") == 401


def test_sockets_of_systemd_outlive_the_backend_and_nobody_is_turned_away(own_backend, systemd):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        os.set_inheritable(listener.fileno(), True)
        address = listener.getsockname()
        service = own_backend(NOTIFY_SOCKET=systemd.path)  # one more, so that there is a Redis
        script = f"exec 3<&{listener.fileno()}; LISTEN_PID=$$ LISTEN_FDS=1 exec {sys.executable} -m soniclayer backend"

        def start():
            log = (service.folder / "activated.log").open("ab")
            service.processes["activated"] = subprocess.Popen(
                ["bash", "-c", script], env=service.environment, stdout=log, stderr=log, pass_fds=[listener.fileno()]
            )
            log.close()

        def ask(answers):
            answers.append(requests.get(f"http://{address[0]}:{address[1]}/health/live", timeout=20).status_code)

        start()
        answers = []
        ask(answers)
        service.kill("activated", signal.SIGTERM)
        waiting = threading.Thread(target=ask, args=[answers])
        waiting.start()
        start()
        waiting.join(20)
        assert answers == [200, 200]
        assert "Error while closing socket" not in (service.folder / "activated.log").read_text()


def test_every_process_notices_a_revoked_key_at_once(real):
    key = add_key(real.folder / "keys.yaml", "guest", ("read",))

    def statuses():
        url = f"{real.url}/personas"
        answers = [requests.get(url, headers={"X-API-Key": key}, timeout=20) for _ in range(30)]
        return {answer.status_code for answer in answers}

    assert statuses() == {200}
    revoke_key(real.folder / "keys.yaml", "guest")
    assert statuses() == {403}


def test_an_address_that_is_none_is_told_in_one_line(own_backend):
    environment = own_backend().environment
    command = [sys.executable, "-m", "soniclayer", "backend", "--bind", "nonsense"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 2
    assert [line for line in done.stderr.splitlines() if "nonsense" in line and "HOST:PORT" in line]
    assert "Traceback" not in done.stderr
