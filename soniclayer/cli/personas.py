"""`soniclayer personas check|list`: are the labels and personas fine, and who are they."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from soniclayer.definitions.labels import load_labels
from soniclayer.definitions.personas import load_personas
from soniclayer.settings import load_settings

if TYPE_CHECKING:
    import argparse

    from soniclayer.domain.persona import Persona


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `personas` and its two commands."""
    parser = commands.add_parser("personas", help="check and list the personas")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    check = actions.add_parser("check", help="read labels and personas; every fault with file and line")
    check.set_defaults(run=run_check)
    listing = actions.add_parser("list", help="who they are, what they prefer and dislike")
    listing.add_argument("--json", action="store_true", help="for programs")
    listing.set_defaults(run=run_list)
    for action in (check, listing):
        action.add_argument(
            "--config-dir",
            type=Path,
            metavar="DIR",
            help="folder with labels.yaml and personas/ (SONICLAYER_CONFIG_DIR)",
        )


def run_check(args: argparse.Namespace) -> int:
    """Say how many are fine; faults are raised as ConfigError."""
    count = len(_load(args))
    print("1 persona is fine" if count == 1 else f"{count} personas are fine")  # noqa: T201 - the command line
    return 0


def run_list(args: argparse.Namespace) -> int:
    """Print a table, or JSON."""
    personas = _load(args)
    if args.json:
        print(json.dumps([_facts(persona) for persona in personas], indent=2, ensure_ascii=False))  # noqa: T201
    else:
        Console(file=sys.stdout).print(_table(personas))
    return 0


def _load(args: argparse.Namespace) -> tuple[Persona, ...]:
    folder = args.config_dir or load_settings().config_dir
    return load_personas(folder / "personas", load_labels(folder / "labels.yaml"))


def _facts(persona: Persona) -> dict[str, object]:
    """What programs may know: all but the lines."""
    return {
        "name": persona.name,
        "title": persona.title,
        "description": persona.description,
        "preferred_topics": persona.preferred_topics,
        "preferred_tones": persona.preferred_tones,
        "disliked_topics": persona.disliked_topics,
        "disliked_tones": persona.disliked_tones,
        "disliked_tags": persona.disliked_tags,
        "fingerprint": persona.fingerprint,
    }


def _table(personas: tuple[Persona, ...]) -> Table:
    table = Table(box=None, padding=(0, 2, 1, 0), header_style="bold")
    table.add_column("name", no_wrap=True)
    for column in ("who", "prefers", "dislikes"):
        table.add_column(column)
    for persona in personas:
        table.add_row(
            persona.name,
            persona.title,
            ", ".join((*persona.preferred_topics, *persona.preferred_tones)),
            ", ".join((*persona.disliked_topics, *persona.disliked_tones, *persona.disliked_tags)),
        )
    return table
