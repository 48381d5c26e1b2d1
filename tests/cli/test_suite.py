"""`soniclayer suite` and what people do with it, on the real thing: Redis, gunicorn, a worker with tiny.en."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

REPO = Path(__file__).parent.parent.parent
UP_S = 120.0
WITHIN_S = 60.0


def environment(data_home, models, **more):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SONICLAYER_", "REDIS_"))}
    ours = {
        "XDG_DATA_HOME": str(data_home),
        "PYTHONPATH": str(REPO),
        "SONICLAYER_MODELS_DIR": str(models),
        "SONICLAYER_WHISPER_MODEL": "whisper-tiny.en",
        "SONICLAYER_WORKER_GRACE_S": "5",
        "SONICLAYER_BACKEND_WORKERS": "1",
    }
    return kept | ours | more


class Running:
    """A suite in a process of its own, and commands that look at it from another.

    `all_of_it`: it has greeted its user; else only the API is there, which a worker's models need not be waited for.
    """

    def __init__(self, data_home, models, *, all_of_it=True):
        self.environment = environment(data_home, models)
        self.log = data_home / "suite.log"
        self.folder = data_home / "soniclayer/suite"
        with self.log.open("wb") as log:
            command = [sys.executable, "-m", "soniclayer", "suite", "--port", "0", "--workers", "1"]
            self.process = subprocess.Popen(command, env=self.environment, stdout=log, stderr=log, cwd=data_home)
        wait_until(lambda: ("  look " if all_of_it else "backend ready") in self.text(), self, UP_S)
        self.url = re.search(r"Listening at: (\S+)", self.text())[1]
        self.key = (self.folder / "first-key").read_text().strip()

    def text(self):
        return self.log.read_text()

    def call(self, *arguments, **more):
        command = [sys.executable, "-m", "soniclayer", *map(str, arguments)]
        return subprocess.run(
            command, env=self.environment | more, capture_output=True, text=True, check=False, timeout=120
        )

    def pids(self):
        """Of all processes of this suite, by what is in their environment."""
        return pids_with(f"XDG_DATA_HOME={self.environment['XDG_DATA_HOME']}")

    def end(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.process.wait(WITHIN_S)


def pids_with(words):
    return [int(folder.name) for folder in Path("/proc").glob("[0-9]*") if words.encode() in environment_of(folder)]


def environment_of(folder):
    try:
        return (folder / "environ").read_bytes().split(b"\0")
    except OSError:  # gone, or somebody else's
        return []


def wait_until(condition, running=None, within_s=WITHIN_S):
    until = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < until, running.text() if running else "too late"
        assert running is None or running.process.poll() is None, running.text()
        time.sleep(0.05)


@pytest.fixture(scope="module")
def suite(models, tmp_path_factory):
    running = Running(tmp_path_factory.mktemp("suite"), models)
    yield running
    if running.process.poll() is None:
        running.end()


@pytest.fixture(scope="module")
def submitted(suite, tmp_path_factory, jfk):
    """Eleven seconds of a known sentence, handed in by `soniclayer submit --wait`."""
    folder = tmp_path_factory.mktemp("exports")
    source = REPO / "tests/data/jfk.flac"
    return folder, suite.call("submit", source, "--wait", f"--srt={folder}", f"--json={folder}"), source


pytestmark = pytest.mark.models


def test_what_is_submitted_comes_back_as_a_report_and_as_files(submitted):
    folder, done, _ = submitted
    assert (done.returncode, done.stderr) == (0, f"{REPO}/tests/data/jfk.flac: completed\n")
    assert "jfk.flac\n" in done.stdout
    assert "fellow Americans" in done.stdout
    assert "1\n00:00:0" in (folder / "jfk.srt").read_text()
    assert json.loads((folder / "jfk.json").read_text())["state"] == "completed"


def test_curl_as_the_suite_says_it_works(suite, submitted):
    line = re.search(r"upload +(curl .*)", suite.text())[1].replace("broadcast.flac", str(submitted[2]))
    done = subprocess.run(["bash", "-c", f"{line} --silent"], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["known"] is True


def test_what_was_there_already_is_told_and_reported(suite, submitted):
    again = suite.call("submit", submitted[2])
    assert (again.returncode, again.stderr) == (0, f"{submitted[2]}: was there already\n")
    assert again.stdout == f"{json.loads((submitted[0] / 'jfk.json').read_text())['audio_id']}  {submitted[2]}\n"


def test_the_greeting_says_where_it_listens(suite):
    assert f"\n  ready   {suite.url}\n" in suite.text()


def test_the_dashboard_is_where_the_greeting_says_and_the_key_signs_in(suite):
    url = re.search(r"\n  open +(http://\S+/) ", suite.text())[1]
    page = requests.get(url, timeout=10)
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    browser = requests.Session()
    key = {"X-API-Key": re.search(r"slk_\S+", suite.text())[0]}
    assert browser.post(f"{url}api/session", headers=key, timeout=10).status_code == 200
    assert browser.get(f"{url}api/recordings", timeout=10).status_code == 200


def test_status_shows_the_worker_the_queues_and_the_recordings(suite, submitted):
    shown = suite.call("status")
    assert shown.returncode == 0, shown.stdout
    assert re.search(r"^worker-1 +\S+ +(idle|busy)", shown.stdout, re.MULTILINE)
    assert "1 completed" in shown.stdout
    facts = json.loads(suite.call("status", "--json").stdout)
    assert facts["well"] is True
    assert {queue["queue"]: queue["waiting"] for queue in facts["redis"]["queues"]}["transcribe"] == 0
    assert facts["open_recordings"] == 0


def test_the_metrics_of_all_processes_are_in_one_answer(suite, submitted):
    text = requests.get(f"{suite.url}/metrics", timeout=10).text
    assert re.search(r"^soniclayer_uploads_total 1\.0$", text, re.MULTILINE)
    assert re.search(r'^soniclayer_stage_seconds_count\{stage="transcribe"\} 1\.0$', text, re.MULTILINE)
    assert re.search(r"^soniclayer_transcription_seconds_count 1\.0$", text, re.MULTILINE)
    assert re.search(r"^soniclayer_audio_seconds_total 1[01]\.", text, re.MULTILINE)
    assert re.search(r"^soniclayer_workers_alive 1\.0$", text, re.MULTILINE)
    assert re.search(r'^soniclayer_evaluations_total\{source="rules"\} [1-9]', text, re.MULTILINE)


def test_a_request_can_be_followed_from_the_upload_to_the_last_step(suite, submitted):
    accepted = next(line for line in suite.text().splitlines() if "upload accepted" in line)
    request = re.search(r"request=(\w+)", accepted)[1]
    steps = [line for line in suite.text().splitlines() if "worker-1 " in line and f"request={request}" in line]
    assert any("stage=summarise" in line for line in steps)


def test_the_log_holds_no_key_and_nothing_that_was_said(suite, submitted):
    lines = [line for line in suite.text().splitlines() if " | " in line]
    assert len(lines) > 10
    assert not [line for line in lines if suite.key in line or suite.key.removeprefix("slk_") in line]
    assert not [line for line in lines if re.search(r"fellow|americans|your country", line, re.IGNORECASE)]


def test_keys_and_reconcile_are_those_of_the_running_suite(suite, submitted):
    assert [key["name"] for key in json.loads(suite.call("keys", "list", "--json").stdout)] == ["first"]
    reconciled = suite.call("reconcile", "--everything")
    assert (reconciled.returncode, reconciled.stderr) == (0, "")


def test_a_second_suite_on_the_same_folder_is_refused(suite):
    second = suite.call("suite", "--port", "0")
    assert second.returncode == 2
    assert f"a suite runs on {suite.folder} already" in second.stderr


def test_only_the_owner_reads_what_it_keeps(suite):
    assert (suite.folder.stat().st_mode & 0o777, (suite.folder / "first-key").stat().st_mode & 0o777) == (0o700, 0o600)


def test_a_process_that_is_killed_is_started_again(suite):
    os.kill(int(re.search(r"Listening at: \S+ \((\d+)\)", suite.text())[1]), signal.SIGKILL)
    wait_until(lambda: "killed by SIGKILL; starting it again in 0.5 s" in suite.text(), suite)
    wait_until(lambda: suite.text().count("backend ready") == 2, suite)


def test_sigterm_stops_all_of_it_in_order_and_a_restart_has_everything(suite, submitted, models):
    assert suite.end() == 0
    wait_until(lambda: not suite.pids())
    text = suite.text()
    assert text.index("Shutting down: Master") < text.index("worker stops") < text.rindex("stopped")
    again = Running(suite.folder.parent.parent, models, all_of_it=False)
    try:
        shown = requests.get(f"{again.url}/recordings", headers={"X-API-Key": suite.key}, timeout=10).json()
        assert [line["state"] for line in shown["recordings"]] == ["completed"]
        assert again.key == suite.key
        assert suite.key not in again.text()
    finally:
        again.process.kill()  # as if the terminal had been shot
        again.process.wait()
    wait_until(lambda: not again.pids())


def test_it_says_what_is_missing_before_it_starts_anything(tmp_path):
    nothing = environment(tmp_path, tmp_path / "models", PATH=str(tmp_path))
    done = subprocess.run(
        [sys.executable, "-m", "soniclayer", "suite"], env=nothing, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "redis-server is not there: run `make system-packages`" in done.stderr
    assert "soniclayer models fetch whisper-tiny.en" in done.stderr
    assert "soniclayer models fetch minilm" in done.stderr
    assert not (tmp_path / "soniclayer").exists()


def test_a_taken_port_is_told_in_one_line(tmp_path, models):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "soniclayer", "suite", "--port", port, "--data", str(tmp_path / "x")]
        settings = environment(tmp_path, models)
        done = subprocess.run(command, env=settings, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == (
        f"soniclayer: cannot listen on 127.0.0.1:{port}: Address already in use; choose another: --port, --host\n"
    )


@pytest.mark.parametrize("workers", ["0", "65"])
def test_a_number_of_workers_that_makes_no_sense_is_refused(tmp_path, models, workers):
    command = [sys.executable, "-m", "soniclayer", "suite", "--workers", workers]
    done = subprocess.run(command, env=environment(tmp_path, models), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, f"soniclayer: --workers {workers}: need 1 to 64\n")
