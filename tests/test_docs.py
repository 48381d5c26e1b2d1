"""The docs say what the code does: settings, commands, make targets, links."""

from __future__ import annotations

import argparse
import re
import shlex
from pathlib import Path

import pytest
from operations_page import PAGE, blocks, commands, fences

from soniclayer.installation import Installation
from soniclayer.main import build_parser
from soniclayer.settings import Settings, variable_name

REPO = Path(__file__).parent.parent
README = (REPO / "README.md").read_text()
CONFIGURATION = (REPO / "docs/configuration.md").read_text()
PAGES = [REPO / "README.md", *sorted((REPO / "docs").glob("*.md"))]
EXAMPLES = {"SONICLAYER_CORS_ORIGINS": "https://dashboard.example"}
UNITS = {"_s": "seconds", "_bytes": "bytes", "_ms": "milliseconds"}
COMMAND_LINES = re.findall(r"^\$ (?:sudo )?(.+)$", README, re.MULTILINE)
SONICLAYER_LINES = [line for line in COMMAND_LINES if shlex.split(line)[0].endswith("soniclayer")]


@pytest.fixture
def plain_home(monkeypatch):
    monkeypatch.setenv("HOME", "/home/somebody")
    for name in ["XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR", *map(variable_name, Settings.model_fields)]:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("plain_home")
@pytest.mark.parametrize("field", Settings.model_fields)
def test_every_setting_has_its_row_of_the_table(field):
    assert row(field) in CONFIGURATION.splitlines()


def test_the_table_has_no_setting_that_is_gone():
    settings = CONFIGURATION.partition("\n### In an installation\n")[0]
    documented = re.findall(r"^\| `([A-Z_]+)` \|", settings, re.MULTILINE)
    assert sorted(documented) == sorted(map(variable_name, Settings.model_fields))


def row(field):
    unit = next((unit for suffix, unit in UNITS.items() if field.endswith(suffix)), "")
    description = Settings.model_fields[field].description
    return f"| `{variable_name(field)}` | {default(getattr(Settings(), field))} | {unit} | {description} |"


def default(value):
    if value in (None, "", ()):
        return "none"
    if value == REPO / "config":
        return "what came with the installation"
    if value == REPO / "config/keys.yaml":
        return "`keys.yaml` in `SONICLAYER_CONFIG_DIR`"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return f"`{value}`".replace("/home/somebody", "~")


@pytest.mark.usefixtures("plain_home")
def test_the_defaults_of_an_installation_are_what_they_are(monkeypatch):
    opt = Path("/opt/soniclayer")
    monkeypatch.setattr("soniclayer.settings.installation", lambda: Installation(opt, opt / "releases/1"))
    with_paths = {name: value for name, value in dict(Settings()).items() if name.endswith("_dir")}
    told = dict(re.findall(r"^\| `([A-Z_]+)` \| `(/[^`]*)` \|$", CONFIGURATION, re.MULTILINE))
    assert told == {variable_name(name): str(path) for name, path in with_paths.items()}


def test_every_setting_has_one_file_in_an_installation():
    told = [name for names in env_files().values() for name in names]
    assert sorted(told) == sorted(map(variable_name, Settings.model_fields))


@pytest.mark.parametrize(("package", "file"), [("web", "backend.env"), ("worker", "worker.env")])
def test_a_setting_stands_in_the_file_of_the_service_that_reads_it(package, file):
    sources = [path.read_text() for path in (REPO / "soniclayer" / package).rglob("*.py")]
    words = {word for text in sources for word in re.findall(r"\bsettings\.([a-z_]+)", text)}
    read = {variable_name(word) for word in words & set(Settings.model_fields)}
    assert read <= {*env_files()[file], *env_files()["both"]}


@pytest.mark.usefixtures("plain_home")
@pytest.mark.parametrize("file", ["backend.env", "worker.env"])
def test_the_files_of_an_installation_show_their_own_settings_with_their_defaults(file):
    shown = re.findall(r"^#([A-Z_]+)=(.*)$", (REPO / "deploy/config" / file).read_text(), re.MULTILINE)
    assert {name for name, _ in shown} <= {*env_files()[file], *env_files()["both"]}
    fields = {variable_name(field): getattr(Settings(), field) for field in Settings.model_fields}
    wrong = {name: value for name, value in shown if value not in {shown_as(fields[name]), EXAMPLES.get(name)}}
    assert wrong == {}


def shown_as(value):
    return "" if value is None else str(value)


def env_files():
    """Which file has which settings, by the first word of its row."""
    rows = re.findall(r"^\| `?([a-z.]+)`?[^|]*\| [^|]* \| (`[A-Z].*) \|$", CONFIGURATION, re.MULTILINE)
    return {file: re.findall(r"`([A-Z_]+)`", names) for file, names in rows}


@pytest.mark.parametrize("line", SONICLAYER_LINES)
def test_readme_commands_are_understood(line):
    build_parser().parse_args(shlex.split(line)[1:])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_make_targets_in_the_docs_exist(page):
    targets = set(re.findall(r"^([a-z-]+):", (REPO / "Makefile").read_text(), re.MULTILINE))
    spoken = set(re.findall(r"(?:`|\$ )(?:sudo )?make ([a-z-]+)", page.read_text()))
    assert spoken - targets == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files(page):
    links = re.findall(r"\]\(([^)#:]+)\)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_paths_in_the_docs_exist(page):
    roots = "soniclayer|config|docs|requirements|tests"
    paths = re.findall(rf"`((?:{roots})/[^`<>*: ]*)`", page.read_text())
    assert [path for path in paths if not (REPO / path).exists()] == []


def parsers(parser, name="soniclayer"):
    yield name, parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for word, child in action.choices.items():
                yield from parsers(child, f"{name} {word}")


COMMANDS = dict(parsers(build_parser()))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_explains_itself(name):
    for action in COMMANDS[name]._actions:
        if isinstance(action, argparse._SubParsersAction):
            assert {entry.dest for entry in action._choices_actions if entry.help} == set(action.choices)
        else:
            assert action.help, f"{name} {action.option_strings or action.dest}"


@pytest.mark.parametrize("name", [name for name in COMMANDS if name.count(" ") == 1])
def test_every_command_is_told_of(name):
    assert any(re.search(rf"`(?:sudo )?{name}\b|\$ (?:sudo |\S*/)?{name}\b", page.read_text()) for page in PAGES)


def test_every_block_of_the_operations_page_is_commands_that_are_run_or_excused():
    assert blocks() == fences()
    assert [command.line for command in commands() if not command.is_explained] == []


@pytest.mark.parametrize("line", re.findall(r"soniclayer [a-z]+[^)|`\n]*", "\n".join(c.line for c in commands())))
def test_commands_of_the_operations_page_are_understood(line):
    build_parser().parse_args(shlex.split(line)[1:])


def test_units_of_the_operations_page_are_those_that_there_are():
    told = set(re.findall(r"^\| `(soniclayer[^`]*\.[a-z]+)`", PAGE.read_text(), re.MULTILINE))
    kinds = ("service", "socket", "target", "slice", "timer")
    there = [path.name for kind in kinds for path in (REPO / "deploy/systemd").glob(f"soniclayer*.{kind}")]
    stems = {name.replace("@N", "@").rpartition(".")[0] for name in told}
    assert {name.rpartition(".")[0] for name in there} == stems


def test_readme_shows_a_report_of_a_real_run():
    report = README.partition("<!-- demo: ")[2].partition("<!-- demo: end -->")[0]
    assert "not run yet" not in report
