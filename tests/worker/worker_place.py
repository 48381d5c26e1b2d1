"""Real worker processes on a real Redis, mostly with the engine of `quick_server`."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

from redis_server import close_courier, open_test_courier
from samples import CONFIG, ROOT, take_in, wanted

from soniclayer.domain.state import ENDED, state_of
from soniclayer.jobs.advance import advance
from soniclayer.storage.local import LocalStore
from soniclayer.storage.recordings import Recordings

HERE = Path(__file__).parent


def wait_until(condition, seconds=30.0, words="it"):
    """Look again and again; what the condition gave at last."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, f"{words} did not happen within {seconds:.0f} s"
        threading.Event().wait(0.02)
    return found


class Notices:
    """A socket like systemd's: what a service says to it."""

    def __init__(self, folder):
        self.path = folder / "notify"
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(self.path))
        self.said = []
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()

    def _listen(self):
        while (words := self.socket.recv(4096).decode()) != "over":
            self.said.append((time.monotonic(), words))

    def close(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as mouth:
            mouth.sendto(b"over", str(self.path))
        self.thread.join()
        self.socket.close()

    def count(self, start):
        return sum(words.startswith(start) for _, words in self.said)

    def times(self, start):
        return [moment for moment, words in self.said if words.startswith(start)]


class RunningWorker:
    """A process; its log is a file."""

    def __init__(self, command, environment, folder):
        self.notices = Notices(folder)
        self.log_file = folder / "log"
        environment = {**environment, "NOTIFY_SOCKET": str(self.notices.path)}
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=folder)

    @property
    def log(self):
        return self.log_file.read_text()

    def wait_ready(self, seconds=30.0):
        wait_until(lambda: self.notices.count("READY=1") or self.process.poll() is not None, seconds, "READY")
        assert self.process.poll() is None, self.log
        return self

    def child_pid(self):
        children = (path.read_text() for path in Path(f"/proc/{self.process.pid}/task").glob("*/children"))
        return next((int(pids.split()[0]) for pids in children if pids.strip()), None)

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, seconds=30.0):
        return self.process.wait(seconds)

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.notices.close()


class Place:
    """A store, a Redis, and workers on them."""

    def __init__(self, folder, redis_url):
        self.folder = folder
        self.redis_url = redis_url
        self.store = LocalStore(folder / "uploads")
        self.recordings = Recordings(self.store)
        self.courier = open_test_courier(redis_url)
        self.workers = []
        self.engine_log = folder / "engine.log"

    def worker(self, *arguments, engine=None, env=None, ready=True, **told):
        """Start a worker with the engine of `quick_server`; `told` is for `made_up_worker`."""
        quick = {"log": str(self.engine_log), **(engine or {})}
        environment = {
            "QUICK_ENGINE": json.dumps(quick),
            "FAKE_WORKER": json.dumps(told),
            "PYTHONPATH": os.pathsep.join(map(str, [HERE, HERE.parent, ROOT])),
            **(env or {}),
        }
        return self.start([sys.executable, str(HERE / "made_up_worker.py"), *arguments], environment, ready=ready)

    def start(self, command, environment, *, ready):
        number = len(self.workers) + 1
        folder = self.folder / f"w{number}"
        folder.mkdir()
        environment = {
            **os.environ,
            "SONICLAYER_WORKER_NAME": f"worker-{number}",
            "SONICLAYER_CONFIG_DIR": str(CONFIG),
            "SONICLAYER_UPLOADS_DIR": str(self.folder / "uploads"),
            "SONICLAYER_RUN_DIR": str(self.folder / "run"),
            "REDIS_URL": self.redis_url,
            "LOG_LEVEL": "DEBUG",
            **environment,
        }
        worker = RunningWorker(command, environment, folder)
        self.workers.append(worker)
        return worker.wait_ready() if ready else worker

    def take_in(self, data=b"some audio", personas=("gen_z", "parent"), language=None):
        """Accept a recording and queue its first step."""
        run = take_in(self.store, data, wanted(*personas, language=language))
        advance(self.recordings, self.courier, run)
        return run

    def wait_ended(self, *runs, seconds=60.0):
        """Wait for the end of recordings; their states."""
        for run in runs:
            wait_until(lambda run=run: state_of(run.survey()) in ENDED, seconds, "the end of a recording")
        return [state_of(run.survey()) for run in runs]

    def calls(self, word="begin"):
        """What the engines did, in order."""
        lines = self.engine_log.read_text().splitlines() if self.engine_log.exists() else []
        return [line.split()[2] for line in lines if line.split()[1] == word]

    def deaths(self, run):
        """How often the engine died, step by step, as Redis has it."""
        return self.courier.client.hgetall(f"soniclayer:attempts:{run.recording.audio_id}:{run.recording.run}")

    def close(self):
        for worker in self.workers:
            worker.end()
            sys.stdout.write(worker.log[-4000:])  # pytest shows it when the test has failed
        close_courier(self.courier)
