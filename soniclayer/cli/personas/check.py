"""`soniclayer personas check`: are labels and personas fine, and with --online their flows there."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from soniclayer.cli.personas.here import labels_and_personas, personas_here, settings_stepping_down
from soniclayer.errors import ConfigError, LangflowAway

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from soniclayer.domain.persona import Persona
    from soniclayer.settings import Settings

EPILOG = """\
Exit codes: 0 all is fine, 1 a flow is missing, or Langflow does not answer, 2 a file has faults, or a setting is wrong.
"""


def add_action(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Declare the action."""
    parser = actions.add_parser(
        "check",
        help="read labels and personas; every fault with file and line",
        description="Read labels and personas, and tell every fault with file and line.",
        epilog=EPILOG,
    )
    parser.add_argument(
        "--online", action="store_true", help="look, too, whether the flow of each is in the Langflow that is set"
    )
    parser.set_defaults(run=run)
    return parser


def run(args: argparse.Namespace) -> int:
    """Say how many are fine; faults are raised as ConfigError."""
    if not args.online:
        _say(personas_here(args))
        return 0
    settings = settings_stepping_down()
    if not settings.langflow_base_url:
        raise ConfigError("--online: LANGFLOW_BASE_URL is not set: the rules speak for the personas")
    _, personas = labels_and_personas(args.config_dir or settings.config_dir)
    _say(personas)
    missing = _without_flow(personas, settings)
    for persona in missing:
        print(_told(persona, settings), file=sys.stderr)  # noqa: T201 - the command line
    if not missing:
        print(f"{settings.langflow_base_url} has their flows")  # noqa: T201 - the command line
    return 1 if missing else 0


def _say(personas: Sequence[Persona]) -> None:
    count = len(personas)
    print("1 persona is fine" if count == 1 else f"{count} personas are fine")  # noqa: T201 - the command line


def _without_flow(personas: Sequence[Persona], settings: Settings) -> list[Persona]:
    from soniclayer.wiring import make_judge  # noqa: PLC0415 - 0.2 s that `check` alone need not wait for

    judge = make_judge(settings, None)
    try:
        there = judge.flows() if judge else frozenset()
    except LangflowAway as error:
        cure = "does it run, and are LANGFLOW_BASE_URL and LANGFLOW_API_KEY right?"
        raise LangflowAway(f"{settings.langflow_base_url}: {error}: {cure}") from None
    finally:
        if judge:
            judge.stop()
    return [persona for persona in personas if persona.flow_name not in there]


def _told(persona: Persona, settings: Settings) -> str:
    where = "" if persona.flow else f", which is generated for {persona.name}.yaml"
    return f"soniclayer: {persona.name}: {settings.langflow_base_url} has no flow {persona.flow_name}{where}"
