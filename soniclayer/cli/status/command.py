"""`soniclayer status`: once, again and again, or for programs."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict
from typing import TYPE_CHECKING

from rich.console import Console
from rich.live import Live

from soniclayer.cli.here import settings_here
from soniclayer.cli.report import report_console
from soniclayer.cli.service_user import step_down
from soniclayer.cli.status.facts import Facts, gather
from soniclayer.cli.status.page import page
from soniclayer.errors import ConfigError
from soniclayer.storage.local import LocalStore
from soniclayer.storage.recordings import Recordings
from soniclayer.wiring import open_courier

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

EVERY_S = 1.0
PIPED_COLUMNS = 200

EPILOG = """\
Exit codes: 0 all is well, 1 something is wrong (it is told first): Redis does not answer, a queue without a worker, the
disk nearly full; 2 wrong usage or configuration.
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "status",
        help="queues, workers, failures, room: how the suite is",
        description="Show queues, workers and what each is doing, recordings, failures, disk and memory.",
        epilog=EPILOG,
    )
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--json", action="store_true", help="for programs")
    how.add_argument("--watch", action="store_true", help="stay, and show it anew every second, until Ctrl-C")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Show it.

    Raises:
        ConfigError: a setting is wrong, or --watch without a terminal.
    """
    settings = settings_here()
    step_down()
    recordings, courier = Recordings(LocalStore(settings.uploads_dir)), open_courier(settings)

    def look() -> Facts:
        return gather(settings, recordings, courier)

    if args.watch:
        return _watch(look)
    facts = look()
    if args.json:
        print(json.dumps(_document(facts), indent=2))  # noqa: T201 - this is the command line
    else:
        console = report_console(sys.stdout)
        if not console.is_terminal:
            console.width = PIPED_COLUMNS
        console.print(page(facts))
    return 1 if facts.faults else 0


def _watch(look: Callable[[], Facts]) -> int:
    console = Console(highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        raise ConfigError("--watch needs a terminal; programs take --json")
    try:
        with Live(page(look()), console=console, screen=True, auto_refresh=False) as live:
            while True:
                live.update(page(look()), refresh=True)
                time.sleep(EVERY_S)
    except KeyboardInterrupt:
        return 0


def _document(facts: Facts) -> dict[str, object]:
    """The facts in JSON's types."""
    return {**asdict(facts), "uploads_dir": str(facts.uploads_dir), "well": not facts.faults}
