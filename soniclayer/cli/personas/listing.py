"""`soniclayer personas list`: who they are."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from soniclayer.cli.personas.here import personas_here

if TYPE_CHECKING:
    import argparse

    from soniclayer.domain.persona import Persona


def add_action(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Declare the action."""
    parser = actions.add_parser("list", help="who they are, what they prefer and dislike, which flow speaks for them")
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.set_defaults(run=run)
    return parser


def run(args: argparse.Namespace) -> int:
    """Print a table, or JSON."""
    personas = personas_here(args)
    if args.json:
        print(json.dumps([_facts(persona) for persona in personas], indent=2, ensure_ascii=False))  # noqa: T201
    else:
        Console(file=sys.stdout, markup=False, emoji=False).print(_table(personas))
    return 0


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
        "flow": persona.flow_name,
        "batch": persona.batch,
        "fingerprint": persona.fingerprint,
    }


def _table(personas: tuple[Persona, ...]) -> Table:
    table = Table(box=None, padding=(0, 2, 1, 0), header_style="bold")
    table.add_column("name", no_wrap=True)
    table.add_column("prefers")
    table.add_column("dislikes")
    table.add_column("flow", no_wrap=True)
    for persona in personas:
        table.add_row(
            f"{persona.name}\n{persona.title}",
            ", ".join((*persona.preferred_topics, *persona.preferred_tones)),
            ", ".join((*persona.disliked_topics, *persona.disliked_tones, *persona.disliked_tags)),
            f"{persona.flow_name}\n{_per_call(persona.batch)}",
        )
    return table


def _per_call(batch: int) -> str:
    return "1 segment a call" if batch == 1 else f"{batch} segments a call"
