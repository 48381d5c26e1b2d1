"""`soniclayer models fetch|list|verify`: brings the model files and says how they are."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from soniclayer.cli.here import command_settings
from soniclayer.errors import ModelError
from soniclayer.installation import installation
from soniclayer.models.catalogue import load_catalogue
from soniclayer.models.condition import State, find_condition
from soniclayer.models.progress import open_progress, size_text

if TYPE_CHECKING:
    import argparse

    from soniclayer.models.catalogue import Catalogue, Model

UMASK_INSTALLED = 0o022
"""Whatever root's own is: the services read the models."""

COLOURS = {State.READY: "green", State.PARTIAL: "yellow", State.MISSING: "dim", State.DAMAGED: "red"}


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `models` and its three commands."""
    parser = commands.add_parser("models", help="fetch, list and verify the model files")
    actions = parser.add_subparsers(metavar="ACTION", required=True)

    fetch = actions.add_parser("fetch", help="bring models; what is there and right is kept")
    fetch.add_argument("names", nargs="*", metavar="NAME", help="which (default: those marked as default)")
    fetch.add_argument(
        "--from", dest="only", type=Path, metavar="DIR", help="take all files from DIR/NAME/, no network"
    )
    fetch.add_argument(
        "--record",
        action="store_true",
        help="take files whose hash the catalogue does not know, and record it",
    )
    fetch.set_defaults(run=run_fetch)

    listing = actions.add_parser("list", help="all models of the catalogue, and how they are here")
    listing.add_argument("--json", action="store_true", help="for programs")
    listing.set_defaults(run=run_list)

    verify = actions.add_parser("verify", help="hash the files; exit code 1 when one is damaged or missing")
    verify.add_argument(
        "names", nargs="*", metavar="NAME", help="which (default: the default ones and all that are here)"
    )
    verify.set_defaults(run=run_verify)

    for action in (fetch, listing, verify):
        action.add_argument(
            "--models-dir", type=Path, metavar="DIR", help="folder of the models (SONICLAYER_MODELS_DIR)"
        )


def run_fetch(args: argparse.Namespace) -> int:
    """Fetch each model; one that fails does not stop the others.

    Raises:
        ModelError: one line per model that failed.
    """
    from soniclayer.models.fetch import Fetcher  # noqa: PLC0415 - requests, 60 ms no other command has to wait for

    catalogue, models_dir = _open(args)
    if installation():
        os.umask(UMASK_INSTALLED)
    models = catalogue.pick(args.names)
    results, failures = [], []
    with open_progress() as progress:
        fetcher = Fetcher(models_dir, progress, os.environ, only=args.only, record=args.record)
        for model in models:
            try:
                word = "fetched" if fetcher.fetch(model) else "unchanged"
            except ModelError as error:  # noqa: PERF203 - the next model may be had
                failures.append(str(error))
            else:
                results.append(f"{model.name}: {word}, ready in {models_dir / model.name}")
    _print_lines(results)
    if failures:
        raise ModelError("\n".join(failures))
    return 0


def run_list(args: argparse.Namespace) -> int:
    """Print the catalogue with the state of each model, by existence and size."""
    catalogue, models_dir = _open(args)
    states = {model.name: find_condition(model, models_dir, hashed=False).state for model in catalogue.models}
    if args.json:
        _print_lines(
            [json.dumps([_entry(model, states[model.name], models_dir) for model in catalogue.models], indent=2)]
        )
        return 0
    console = Console()
    if not console.is_terminal:
        console.width = 200  # one line per model for grep
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("NAME", "STATE", "SIZE", "LICENCE", "PURPOSE"):
        table.add_column(title, justify="right" if title == "SIZE" else "left", no_wrap=title != "PURPOSE")
    for model in catalogue.models:
        state = states[model.name]
        shown = f"[{COLOURS[state]}]{state.value}[/]"
        table.add_row(model.name, shown, size_text(model.size_bytes), model.licence, _purpose(model))
    console.print(table)
    return 0


def run_verify(args: argparse.Namespace) -> int:
    """Hash the files and print a line per model; 1 when one is not ready."""
    catalogue, models_dir = _open(args)
    bad = 0
    for model in catalogue.pick(args.names) if args.names else _expected(catalogue, models_dir):
        condition = find_condition(model, models_dir, hashed=True)
        cure = f": run `soniclayer models fetch {model.name}`" if condition.faults else ""
        faults = f": {'; '.join(condition.faults)}" if condition.faults else ""
        _print_lines([f"{model.name}: {condition.state.value}{faults}{cure}"])
        bad += condition.state is not State.READY
    return 1 if bad else 0


def _open(args: argparse.Namespace) -> tuple[Catalogue, Path]:
    settings = command_settings()
    models_dir = args.models_dir.expanduser().absolute() if args.models_dir else settings.models_dir
    return load_catalogue(settings.config_dir / "models.yaml"), models_dir


def _expected(catalogue: Catalogue, models_dir: Path) -> list[Model]:
    def is_begun(model: Model) -> bool:
        return find_condition(model, models_dir, hashed=False).state is not State.MISSING

    return [model for model in catalogue.models if model.default or is_begun(model)]


def _purpose(model: Model) -> str:
    return f"{model.purpose} (default)" if model.default else model.purpose


def _entry(model: Model, state: State, models_dir: Path) -> dict[str, object]:
    return {
        "name": model.name,
        "purpose": model.purpose,
        "licence": model.licence,
        "default": model.default,
        "size_bytes": model.size_bytes,
        "state": state.value,
        "folder": str(models_dir / model.name),
    }


def _print_lines(lines: list[str]) -> None:
    for line in lines:
        sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
