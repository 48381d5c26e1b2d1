"""The docs say what the code does: settings, commands, make targets, links."""

from __future__ import annotations

import argparse
import re
import shlex
from pathlib import Path

import pytest

from soniclayer.cli.main import build_parser
from soniclayer.settings import Settings, variable_name

REPO = Path(__file__).parent.parent
README = (REPO / "README.md").read_text()
CONFIGURATION = (REPO / "docs/configuration.md").read_text()
PAGES = [REPO / "README.md", *sorted((REPO / "docs").glob("*.md"))]
UNITS = {"_s": "seconds", "_bytes": "bytes", "_ms": "milliseconds"}
COMMAND_LINES = re.findall(r"^\$ (.+)$", README, re.MULTILINE)
SONICLAYER_LINES = [line for line in COMMAND_LINES if shlex.split(line)[0].endswith("soniclayer")]


@pytest.fixture
def plain_home(monkeypatch):
    monkeypatch.setenv("HOME", "/home/somebody")
    for name in ["XDG_CACHE_HOME", "XDG_DATA_HOME", *map(variable_name, Settings.model_fields)]:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("plain_home")
@pytest.mark.parametrize("field", Settings.model_fields)
def test_every_setting_has_its_row_of_the_table(field):
    assert row(field) in CONFIGURATION.splitlines()


def test_the_table_has_no_setting_that_is_gone():
    settings = CONFIGURATION.partition("\n## Files\n")[0]
    documented = re.findall(r"^\| `([A-Z_]+)` \|", settings, re.MULTILINE)
    assert sorted(documented) == sorted(map(variable_name, Settings.model_fields))


def row(field):
    unit = next((unit for suffix, unit in UNITS.items() if field.endswith(suffix)), "")
    description = Settings.model_fields[field].description
    return f"| `{variable_name(field)}` | {default(getattr(Settings(), field))} | {unit} | {description} |"


def default(value):
    if value is None:
        return "none"
    if value == REPO / "config":
        return "what came with the installation"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return f"`{value}`".replace("/home/somebody", "~")


@pytest.mark.parametrize("line", SONICLAYER_LINES)
def test_readme_commands_are_understood(line):
    build_parser().parse_args(shlex.split(line)[1:])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_make_targets_in_the_docs_exist(page):
    targets = set(re.findall(r"^([a-z-]+):", (REPO / "Makefile").read_text(), re.MULTILINE))
    spoken = set(re.findall(r"(?:`|\$ )make ([a-z-]+)", page.read_text()))
    assert spoken - targets == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files(page):
    links = re.findall(r"\]\(([^)#:]+)\)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_paths_in_the_docs_exist(page):
    roots = "soniclayer|config|docs|requirements|tests"
    paths = re.findall(rf"`((?:{roots})/[^`<>* ]*)`", page.read_text())
    assert [path for path in paths if not (REPO / path).exists()] == []


def commands(parser, name="soniclayer"):
    yield name, parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for word, child in action.choices.items():
                yield from commands(child, f"{name} {word}")


COMMANDS = dict(commands(build_parser()))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_explains_itself(name):
    for action in COMMANDS[name]._actions:
        if isinstance(action, argparse._SubParsersAction):
            assert {entry.dest for entry in action._choices_actions if entry.help} == set(action.choices)
        else:
            assert action.help, f"{name} {action.option_strings or action.dest}"


def test_readme_shows_a_report_of_a_real_run():
    report = README.partition("<!-- demo: ")[2].partition("<!-- demo: end -->")[0]
    assert "not run yet" not in report
