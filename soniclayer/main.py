"""`soniclayer COMMAND`: finds the command, runs it, turns errors into one line and an exit code."""

from __future__ import annotations

import argparse
import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING

from soniclayer import __version__
from soniclayer.errors import ConfigError, SonicLayerError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

COMMANDS = {
    "analyze": "soniclayer.cli.analyze",
    "models": "soniclayer.cli.models",
    "personas": "soniclayer.cli.personas.command",
    "suite": "soniclayer.cli.suite.command",
    "submit": "soniclayer.cli.submit.command",
    "status": "soniclayer.cli.status.command",
    "check": "soniclayer.cli.check.command",
    "keys": "soniclayer.cli.keys",
    "reconcile": "soniclayer.cli.reconcile",
    "cleanup": "soniclayer.cli.cleanup",
    "backup": "soniclayer.cli.backup.backup",
    "backups": "soniclayer.cli.backup.backups",
    "drill": "soniclayer.cli.backup.drill",
    "restore": "soniclayer.cli.backup.restore",
    "rollback": "soniclayer.cli.rollback",
    "backend": "soniclayer.web.command",
    "worker": "soniclayer.worker.command",
}
"""Each is a module with `add_parser` and `run`; only the one that is called for is loaded: 0.2 s instead of 0.5 s."""

SERVICES = frozenset({"backend", "worker", "suite"})
"""Root's files in the store would be in the way of the services: systemd starts these, as a user of their own."""

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        0 all done, 1 something failed, 2 wrong usage or configuration, 130 interrupted.
    """
    words = sys.argv[1:] if argv is None else argv
    try:
        args = build_parser(_called_for(words)).parse_args(words)
        _look_first(words)
        code: int = args.run(args)
    except ConfigError as error:
        return _complain(error, EXIT_USAGE)
    except SonicLayerError as error:
        return _complain(error, EXIT_FAILED)
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:  # the reader, `head` say, has seen enough
        sys.stderr.close()
        return EXIT_FAILED
    return code


def build_parser(names: Iterable[str] = COMMANDS) -> argparse.ArgumentParser:
    """The parser of these commands; the docs are tested against that of all."""
    parser = argparse.ArgumentParser(
        prog="soniclayer",
        description="Turns broadcast audio into insight: what was said, what it is about, how audiences receive it.",
    )
    parser.add_argument("--version", action="version", version=f"soniclayer {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for name in names:
        import_module(COMMANDS[name]).add_parser(commands)
    return parser


def _called_for(words: Sequence[str]) -> Iterable[str]:
    """The command among the words; all of them where there is none, as for --help."""
    first = _first(words)
    return (first,) if first in COMMANDS else COMMANDS


def _first(words: Sequence[str]) -> str:
    return next((word for word in words if not word.startswith("-")), "")


def _look_first(words: Sequence[str]) -> None:
    from soniclayer.installation import installation  # noqa: PLC0415 - --help and --version need none of this
    from soniclayer.settings import unknown_variables  # noqa: PLC0415

    warnings = unknown_variables(os.environ)
    place = installation()
    is_root = os.geteuid() == 0
    if place and _first(words) in (SERVICES if is_root else {"suite"}):
        raise ConfigError(f"{place.root} is run by systemd: systemctl start soniclayer.target")
    if place and is_root:
        for path, variables in place.env_files().items():
            warnings += [f"{path}: {warning}" for warning in unknown_variables(variables)]
    for warning in warnings:
        print(f"soniclayer: warning: {warning}", file=sys.stderr)  # noqa: T201 - this is the command line


def _complain(error: SonicLayerError, code: int) -> int:
    for line in str(error).splitlines():
        print(f"soniclayer: {line}", file=sys.stderr)  # noqa: T201 - this is the command line
    return code
