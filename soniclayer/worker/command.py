"""`soniclayer worker`: does what is queued, until it is told to stop."""

from __future__ import annotations

import argparse
import os
import socket
from functools import partial

from soniclayer.courier.message import QUEUES
from soniclayer.errors import ConfigError, ModelError

EPILOG = f"""\
Queues, in the order in which a worker looks at them: {", ".join(QUEUES)}.

The last one, which need not be served, is for evaluations that Langflow did not answer: they are made better.

SIGTERM and Ctrl-C end it, however often they come: nothing more is fetched, and the step in hand is finished within
SONICLAYER_WORKER_GRACE_S, or given back for another worker. Exit codes: 0 told to stop, 1 something broke (start it
again), 2 a setting is wrong or a model is missing (starting it again does not help).
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "worker",
        help="do what is queued: one step at a time, and evaluations beside it",
        description="Fetch steps from Redis and do them. Start one per core: each has an engine child with the models.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--name", metavar="NAME", help="name of this worker (default: SONICLAYER_WORKER_NAME)")
    parser.add_argument(
        "--queues", type=_queues, default=QUEUES, metavar="NAME,...", help="work on these queues only (default: all)"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Work until told to stop; the exit code.

    Raises:
        ConfigError: a setting is wrong, or a model is missing.
    """
    from soniclayer import log, metrics  # noqa: PLC0415 - what follows takes 0.3 s that no other command has to wait for
    from soniclayer.definitions.labels import load_labels  # noqa: PLC0415
    from soniclayer.settings import load_settings  # noqa: PLC0415
    from soniclayer.wiring import make_judge, worker_engine  # noqa: PLC0415
    from soniclayer.worker.process import WorkerProcess  # noqa: PLC0415

    settings = load_settings()
    log.setup_logging(settings)
    name = args.name or settings.worker_name or f"{socket.gethostname()}-{os.getpid()}"
    labels = load_labels(settings.config_dir / "labels.yaml")
    metrics.start(settings.run_dir / "metrics", name)
    try:
        make_engine = partial(worker_engine, settings, labels)
        ask = partial(make_judge, settings, threads=settings.worker_evaluators)
        return WorkerProcess(settings, name, args.queues, make_engine, ask).run()
    except ModelError as error:
        raise ConfigError(str(error)) from None


def _queues(words: str) -> tuple[str, ...]:
    names = tuple(word.strip() for word in words.split(",") if word.strip())
    unknown = [name for name in names if name not in QUEUES]
    if unknown or not names:
        raise argparse.ArgumentTypeError(f"{', '.join(unknown) or 'nothing'}: need some of {', '.join(QUEUES)}")
    return names
