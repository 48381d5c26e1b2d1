"""`soniclayer backend`: the HTTP API, under gunicorn."""

from __future__ import annotations

import argparse

EPILOG = """\
It listens on the sockets that systemd hands over, if it does, else where --bind or SONICLAYER_BACKEND_BIND says.
SIGTERM: nothing new is taken, and what is being answered has 30 s to end. SIGHUP: the configuration is read again, and
every process replaced by a new one; a configuration with faults changes nothing. Exit codes: 0 told to stop, 2 a
setting is wrong, others: it could not start.
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "backend",
        help="serve the HTTP API",
        description="Serve the HTTP API: take uploads in, and show what there is.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--bind", metavar="ADDRESS", help="HOST:PORT or unix:PATH (default: SONICLAYER_BACKEND_BIND)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Serve until told to stop.

    Raises:
        ConfigError: a setting or a file is wrong.
    """
    from soniclayer import log  # noqa: PLC0415 - what follows takes 0.4 s that no other command has to wait for
    from soniclayer.web.arbiter import BackendArbiter  # noqa: PLC0415
    from soniclayer.web.gunicorn_app import BackendApplication  # noqa: PLC0415

    application = BackendApplication(args.bind)
    log.setup_logging(application.settings)
    BackendArbiter(application).run()
    return 0
