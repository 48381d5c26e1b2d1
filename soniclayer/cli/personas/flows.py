"""`soniclayer personas flows`: what Langflow's flows are generated from; see deploy/langflow/generate.py."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from soniclayer.cli.personas.here import personas_here
from soniclayer.pipeline.instructions import CLASSIC_SCHEMA, LIST_SCHEMA, classic_instructions_for

if TYPE_CHECKING:
    import argparse

    from soniclayer.domain.persona import Persona


def add_action(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Declare the action."""
    parser = actions.add_parser("flows", help="describe a flow for each of them, for deploy/langflow/generate.py")
    parser.set_defaults(run=run)
    return parser


def run(args: argparse.Namespace) -> int:
    """Print JSON: the flows, and the forms of answers that all of them share."""
    content = {
        "flows": [_flow(persona) for persona in personas_here(args)],
        "classic_schema": CLASSIC_SCHEMA,
        "list_schema": LIST_SCHEMA,
    }
    print(json.dumps(content, indent=2, ensure_ascii=False))  # noqa: T201 - the command line
    return 0


def _flow(persona: Persona) -> dict[str, str]:
    return {
        "name": replace(persona, flow="").flow_name,
        "title": persona.title,
        "description": persona.description,
        "system_message": classic_instructions_for(persona),
    }
