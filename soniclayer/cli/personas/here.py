"""The labels and personas of what runs here, or of a folder that is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from soniclayer.cli.here import command_settings
from soniclayer.cli.service_user import step_down
from soniclayer.definitions.labels import load_labels
from soniclayer.definitions.personas import load_personas

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from soniclayer.domain.labels import Labels
    from soniclayer.domain.persona import Persona
    from soniclayer.settings import Settings


def labels_and_personas(folder: Path) -> tuple[Labels, tuple[Persona, ...]]:
    """What `labels.yaml` and `personas/` of a folder say.

    Raises:
        ConfigError: every fault, with file and line.
    """
    labels = load_labels(folder / "labels.yaml")
    return labels, load_personas(folder / "personas", labels)


def personas_here(args: argparse.Namespace) -> tuple[Persona, ...]:
    """Those of --config-dir, else of what runs here; for actions that need nothing else.

    Raises:
        ConfigError: a setting is wrong, or there are faults in the files.
    """
    _, personas = labels_and_personas(args.config_dir or settings_stepping_down().config_dir)
    return personas


def settings_stepping_down() -> Settings:
    """The settings of what runs here, with its secrets; from then on this process may do what its services may.

    Raises:
        ConfigError: a setting is wrong, or they are not for this user.
    """
    settings = command_settings()
    step_down()
    return settings
