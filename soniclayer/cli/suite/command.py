"""`soniclayer suite`: looks before it starts anything, starts everything, tells how to use it, stops everything."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from soniclayer.cli.suite.band import TICK_S, Band, Plan
from soniclayer.cli.suite.greeting import greeting
from soniclayer.cli.suite.place import Place, default_folder
from soniclayer.cli.suite.screen import Screen
from soniclayer.errors import ConfigError, ModelError
from soniclayer.models import model_dir
from soniclayer.settings import expanded, load_settings

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from soniclayer.settings import Settings

HOST, PORT = "127.0.0.1", 8000
MOST_WORKERS = 64
ASK_EVERY_S = 0.5
ANSWER_S = 2.0
OK = 200

EPILOG = """\
Ctrl-C stops all of it: the backend, then the workers, which finish what they have in hand or give it back, then Redis;
Ctrl-C again does not wait for them. What was accepted is kept, and goes on at the next start. Exit codes: 0 stopped,
1 something broke, 2 wrong usage or configuration.
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "suite",
        help="run Redis, backend and workers in this terminal",
        description="Run the whole suite on this machine in one terminal, without root and without systemd.",
        epilog=EPILOG,
    )
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="where it keeps everything (default: your data folder)"
    )
    parser.add_argument("--host", default=HOST, help=f"address of the API (default: {HOST})")
    parser.add_argument("--port", type=int, default=PORT, help=f"port of the API, 0 = a free one (default: {PORT})")
    parser.add_argument("--workers", type=int, metavar="N", help="how many workers (default: one per core)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run until told to stop.

    Raises:
        ConfigError: it cannot start so; nothing has been started then.
        StoreError: its folder cannot be made.
    """
    settings, workers = load_settings(), _workers(args)
    _check(settings)
    place, screen = Place(expanded(args.data) if args.data else default_folder()), Screen()
    place.make()
    with place.held(), _asked_to_stop() as stopping:
        port = _free_port(args.host, args.port)
        url = f"http://{_reachable(args.host)}:{port}"
        key, is_new = place.first_key()
        plan = Plan(place, f"{_bracketed(args.host)}:{port}", workers, settings.worker_grace_s)
        band = Band(plan, screen, lambda: len(stopping))
        screen.say(f"SonicLayer starts on {place.folder}, {_many(workers)}; Ctrl-C stops it")
        try:
            band.start()
            _watch_until_ready(band, url, stopping)
            if not stopping:
                place.announce(url)
                screen.say(greeting(place, url, key if is_new else None))
            while not stopping:
                band.look()
                time.sleep(TICK_S)
        finally:
            screen.say("stopping; Ctrl-C again does not wait")
            band.stop()
        screen.say("stopped")
    return 0


def _check(settings: Settings) -> None:
    """What is missing, all of it, before anything is started."""
    faults = []
    if shutil.which("redis-server") is None:
        faults.append("redis-server is not there: run `make system-packages`, or `apt-get install redis-server`")
    for model in (settings.whisper_model, settings.label_model):
        try:
            model_dir(settings.models_dir, model)
        except ModelError as error:  # noqa: PERF203 - two models
            faults.append(str(error))
    if faults:
        raise ConfigError(*faults)


def _many(workers: int) -> str:
    return "1 worker" if workers == 1 else f"{workers} workers"


def _workers(args: argparse.Namespace) -> int:
    wanted = args.workers if args.workers is not None else len(os.sched_getaffinity(0))
    if not 1 <= wanted <= MOST_WORKERS:
        raise ConfigError(f"--workers {wanted}: need 1 to {MOST_WORKERS}")
    return int(wanted)


def _free_port(host: str, port: int) -> int:
    """The port, or one that is free where it is 0.

    Raises:
        ConfigError: nobody can listen there.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            return int(listener.getsockname()[1])
    except (OSError, OverflowError) as error:
        cause = getattr(error, "strerror", None) or error
        raise ConfigError(
            f"cannot listen on {_bracketed(host)}:{port}: {cause}; choose another: --port, --host"
        ) from None


def _reachable(host: str) -> str:
    """Where a client on this machine finds who listens there."""
    return {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, _bracketed(host))  # noqa: S104 - for those who asked for it


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _watch_until_ready(band: Band, url: str, stopping: list[int]) -> None:
    ask_at = 0.0
    while not stopping:
        band.look()
        if time.monotonic() >= ask_at:
            if band.workers_are_ready() and _is_ready(url):
                return
            ask_at = time.monotonic() + ASK_EVERY_S
        time.sleep(TICK_S)


def _is_ready(url: str) -> bool:
    import requests  # noqa: PLC0415 - 60 ms no other command has to wait for

    session = requests.Session()
    session.trust_env = False  # no proxy between us and ourselves
    try:
        return session.get(f"{url}/health/ready", timeout=ANSWER_S).status_code == OK
    except requests.RequestException:
        return False


@contextmanager
def _asked_to_stop() -> Iterator[list[int]]:
    """The signals that came so far: Ctrl-C, SIGTERM, or the terminal was closed."""
    came: list[int] = []
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, lambda got, _: came.append(got)) for number in numbers}
    try:
        yield came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        sys.stdout.flush()
