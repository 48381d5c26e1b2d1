"""`soniclayer check`: what is wrong with this server, and what helps."""

from __future__ import annotations

import json
import sys
import time
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from soniclayer import __version__
from soniclayer.cli.check.check import worst
from soniclayer.cli.check.outcome import Severity
from soniclayer.cli.check.page import counts, listing, page
from soniclayer.cli.check.perform import perform
from soniclayer.cli.check.place import place_here
from soniclayer.cli.check.registry import pick
from soniclayer.cli.report import report_console

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from soniclayer.cli.check.check import Check, Result

PIPED_COLUMNS = 200
"""A cure is a command to be copied: no line of it is broken."""

EPILOG = """\
It needs root for much of what it looks at; what cannot be known is "not known", never ok. It changes nothing. Exit
codes: 0 no fault is an error, 1 one is (with --strict also for a warning), 2 wrong usage. docs/checks.md lists all.
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "check",
        help="what is wrong with this server, with a cure for each fault",
        description="Look at what a server should have before people rely on it, and name a cure for each fault.",
        epilog=EPILOG,
    )
    parser.add_argument(
        "--only", action="append", default=[], metavar="NAME", help="a check or a group; may be given again"
    )
    parser.add_argument("--deep", action="store_true", help="look at what takes long too: every byte of the models")
    parser.add_argument("--strict", action="store_true", help="warnings count as errors in the exit code")
    parser.add_argument("--list", action="store_true", help="name all checks, and look at nothing")
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Look, and show it.

    Raises:
        ConfigError: --only names no check.
    """
    checks = pick(args.only)
    if args.list:
        return _list(checks, as_json=args.json)
    begun = time.monotonic()
    results = perform(checks, place_here(deep=args.deep))
    if args.json:
        print(json.dumps(_document(results), indent=2))  # noqa: T201 - this is the command line
    else:
        console = report_console(sys.stdout)
        if not console.is_terminal:
            console.width = PIPED_COLUMNS
        took_s = time.monotonic() - begun
        console.print(page(results, took_s=took_s, ascii_only=console.options.ascii_only))
    bad = worst(results)
    return int(bad is Severity.ERROR or (args.strict and bad is Severity.WARNING))


def _list(checks: Sequence[Check], *, as_json: bool) -> int:
    if as_json:
        rows = [{"id": check.id, "severity": check.severity.value, "title": check.title} for check in checks]
        print(json.dumps(rows, indent=2))  # noqa: T201 - this is the command line
    else:
        report_console(sys.stdout).print(listing(checks))
    return 0


def _document(results: Sequence[Result]) -> dict[str, object]:
    return {
        "version": __version__,
        "asked_at": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "summary": counts(results),
        "checks": [
            {
                "id": result.check.id,
                "group": result.check.group,
                "title": result.check.title,
                "severity": result.severity.value,
                "status": result.outcome.status.value,
                "finding": result.outcome.finding,
                "cure": result.outcome.cure,
            }
            for result in results
        ],
    }
