"""`soniclayer COMMAND`: finds the command, runs it, turns errors into one line and an exit code."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from soniclayer import __version__
from soniclayer.cli import analyze, models, personas
from soniclayer.errors import ConfigError, SonicLayerError

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = (analyze, models, personas)

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        0 all done, 1 something failed, 2 wrong usage or configuration, 130 interrupted.
    """
    args = build_parser().parse_args(argv)
    try:
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


def build_parser() -> argparse.ArgumentParser:
    """The parser of all commands; the docs are tested against it."""
    parser = argparse.ArgumentParser(
        prog="soniclayer",
        description="Turns broadcast audio into insight: what was said, what it is about, how audiences receive it.",
    )
    parser.add_argument("--version", action="version", version=f"soniclayer {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add_parser(commands)
    return parser


def _complain(error: SonicLayerError, code: int) -> int:
    for line in str(error).splitlines():
        print(f"soniclayer: {line}", file=sys.stderr)  # noqa: T201 - this is the command line
    return code
