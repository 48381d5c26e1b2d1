"""`soniclayer keys add|list|revoke`: who may call the API. The backend takes changes up at once."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from soniclayer.cli.here import settings_here
from soniclayer.definitions.keys import SCOPES, add_key, load_keys, revoke_key
from soniclayer.settings import expanded

if TYPE_CHECKING:
    import argparse

    from soniclayer.definitions.keys import Key

EPILOG = """\
The keys are those of the `soniclayer suite` that runs on this machine; where none runs, those of --file or
SONICLAYER_KEYS_FILE. Exit codes: 0 done, 2 wrong usage, or a file that is wrong.
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `keys` and its three commands."""
    parser = commands.add_parser(
        "keys",
        help="make, list and revoke API keys",
        description="Say who may call the API. Changes count at once, without a restart.",
        epilog=EPILOG,
    )
    actions = parser.add_subparsers(metavar="ACTION", required=True)

    add = actions.add_parser("add", help="make a key and print it, this once: only its hash is kept")
    add.add_argument("name", metavar="NAME", help="whose it is; it stands in logs and in recordings")
    add.add_argument(
        "--scope",
        action="append",
        choices=SCOPES,
        help="what it may do, may be given again (default: read and write); admin may do everything",
    )
    add.set_defaults(run=run_add)

    listing = actions.add_parser("list", help="all keys by name, never the keys themselves")
    listing.add_argument("--json", action="store_true", help="for programs")
    listing.set_defaults(run=run_list)

    revoke = actions.add_parser("revoke", help="take a key out")
    revoke.add_argument("name", metavar="NAME", help="its name")
    revoke.set_defaults(run=run_revoke)

    for action in (add, listing, revoke):
        action.add_argument("--file", type=Path, metavar="PATH", help="the file of keys (SONICLAYER_KEYS_FILE)")


def run_add(args: argparse.Namespace) -> int:
    """The key on standard output, so that a script can take it; all else on standard error."""
    path = _file(args)
    secret = add_key(path, args.name, args.scope or ("read", "write"))
    print(secret)  # noqa: T201 - this is the command line
    print(f"soniclayer: keep it now: {path} holds its hash alone", file=sys.stderr)  # noqa: T201
    return 0


def run_list(args: argparse.Namespace) -> int:
    """A line per key."""
    keys = load_keys(_file(args))
    if args.json:
        print(json.dumps([_entry(key) for key in keys], indent=2))  # noqa: T201 - this is the command line
        return 0
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("NAME", "SCOPES", "CREATED"):
        table.add_column(title, no_wrap=True)
    for key in keys:
        table.add_row(key.name, _scopes(key), f"{key.created_at:%Y-%m-%d %H:%M} UTC")
    Console(markup=False, highlight=False).print(table)
    return 0


def run_revoke(args: argparse.Namespace) -> int:
    """Nothing to say when it is gone but so."""
    revoke_key(_file(args), args.name)
    print(f"{args.name}: revoked")  # noqa: T201 - this is the command line
    return 0


def _file(args: argparse.Namespace) -> Path:
    return expanded(args.file) if args.file else settings_here().keys_file


def _scopes(key: Key) -> str:
    return " ".join(scope for scope in SCOPES if scope in key.scopes)


def _entry(key: Key) -> dict[str, object]:
    return {"name": key.name, "scopes": _scopes(key).split(), "created_at": key.created_at.isoformat()}
