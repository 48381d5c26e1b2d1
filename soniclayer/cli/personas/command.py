"""`soniclayer personas check|list|try|flows`: are they fine, who are they, what do they say, and by which flows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from soniclayer.cli.personas import check, flows, listing, trial

if TYPE_CHECKING:
    import argparse

ACTIONS = (check, listing, trial, flows)
"""Each is a module with `add_action`."""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `personas` and its actions."""
    parser = commands.add_parser("personas", help="check, list and try the personas")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    for module in ACTIONS:
        module.add_action(actions).add_argument(
            "--config-dir",
            type=Path,
            metavar="DIR",
            help="folder with labels.yaml and personas/ (SONICLAYER_CONFIG_DIR)",
        )
