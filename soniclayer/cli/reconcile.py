"""`soniclayer reconcile`: makes queues and index anew from the store. Workers do it by themselves, every minute."""

from __future__ import annotations

from typing import TYPE_CHECKING

from soniclayer.cli.here import settings_here, with_cure
from soniclayer.cli.service_user import step_down
from soniclayer.errors import CourierAway
from soniclayer.jobs.reconcile import reconcile
from soniclayer.wiring import open_courier, open_recordings

if TYPE_CHECKING:
    import argparse


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "reconcile",
        help="queue again whatever the store has not done yet",
        description="Queue whatever is due of recordings that are not done. Workers do this every minute; after Redis "
        "has lost its data it also makes the list of recordings anew.",
        epilog="Exit codes: 0 done, 1 Redis or a recording cannot be read, 2 wrong usage or configuration.",
    )
    parser.add_argument("--everything", action="store_true", help="make the list of recordings anew in any case")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Do it and say what was done; 1 when a recording could not be read.

    Raises:
        CourierAway: Redis is away.
        StoreError: the store cannot be read.
    """
    settings = settings_here()
    step_down()
    try:
        recordings, courier = open_recordings(settings), open_courier(settings)
        done = reconcile(recordings, courier, everything=args.everything, asks=bool(settings.langflow_base_url))
    except CourierAway as error:
        raise CourierAway(with_cure(error, settings)) from None
    if done is None:
        print("somebody else is at it")  # noqa: T201 - this is the command line
        return 0
    print(f"looked at {done.opened} open recordings, {done.indexed} lines of the list made anew")  # noqa: T201
    for fault in done.faults:
        print(fault)  # noqa: T201
    return 1 if done.faults else 0
