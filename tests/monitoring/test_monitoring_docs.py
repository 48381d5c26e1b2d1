"""docs/monitoring.md is true: every alert has its runbook, and what stands there exists."""

from __future__ import annotations

import re
import shlex

import pytest
from monitoring_files import MONITORING, PAGE, alerts, queries
from samples import ROOT

from soniclayer.cli.check.registry import CHECKS
from soniclayer.main import build_parser
from soniclayer.settings import Settings, variable_name

TEXT = PAGE.read_text()
COMMANDS = re.findall(r"^\$ (.*)$", TEXT, re.MULTILINE)
SPANS = re.findall(r"`([^`\n]+)`", TEXT)
OURS = sorted({found for text in (*COMMANDS, *SPANS) for found in re.findall(r"(?:^|sudo )(soniclayer [^|>]*)", text)})
LOG_QUERIES = [query.strip() for query in re.findall(r"```logql\n(.*?)```", TEXT, re.DOTALL)]
ELSEWHERE = {"SONICLAYER_LLM_BASE_URL", "SONICLAYER_LLM_TIMEOUT_S"}
"""Langflow's own, in deploy/config/langflow.env."""


def test_every_alert_has_its_runbook_and_every_runbook_its_alert():
    told = re.findall(r"^### (SonicLayer\w+)\n\n\*(\w+):\*", TEXT, re.MULTILINE)
    assert dict(told) == {name: rule["labels"]["severity"] for name, rule in alerts().items()}
    assert len(re.findall(r"^### SonicLayer", TEXT, re.MULTILINE)) == len(told)


@pytest.mark.parametrize("name", alerts())
def test_an_alert_says_what_is_wrong_and_leads_to_its_runbook(name):
    told = alerts()[name]["annotations"]
    assert set(told) == {"summary", "description", "runbook_url"}
    assert told["runbook_url"] == f"file:///opt/soniclayer/current/docs/monitoring.md#{anchor(name)}"
    assert all(told.values())


@pytest.mark.parametrize("name", alerts())
def test_a_runbook_has_something_to_type_or_leads_to_one_that_has(name):
    runbook = TEXT.split(f"### {name}\n")[1].split("\n### ")[0]
    assert "```console" in runbook or re.search(r"\[SonicLayer\w+\]\(#", runbook)


def test_links_within_the_page_lead_to_headings():
    headings = {anchor(heading) for heading in re.findall(r"^#+ (.*)$", TEXT, re.MULTILINE)}
    assert set(re.findall(r"\]\(#([^)]*)\)", TEXT)) - headings == set()


@pytest.mark.parametrize("line", OURS)
def test_commands_of_ours_are_understood(line):
    build_parser().parse_args(shlex.split(line)[1:])


def test_checks_that_are_named_exist():
    named = set(re.findall(r"soniclayer check (?:--only )([a-z_.]+)", TEXT))
    ids = {check.id for check in CHECKS}
    assert named - ids - {check_id.split(".")[0] for check_id in ids} == set()


def test_units_that_are_named_exist():
    named = set(re.findall(r"\bsoniclayer-(?!monitoring)[a-z-]+(?=[@.` ]|$)", " ".join((*COMMANDS, *SPANS))))
    there = {re.split(r"[@.]", path.name)[0] for path in (ROOT / "deploy/systemd").glob("soniclayer*")}
    assert named - there == set()


def test_settings_that_are_named_exist():
    named = set(re.findall(r"\bSONICLAYER_[A-Z_]+", TEXT))
    assert named - {variable_name(field) for field in Settings.model_fields} - ELSEWHERE == set()


def test_files_that_are_copied_or_named_exist():
    named = {
        name
        for line in (*COMMANDS, *SPANS)
        for name in re.findall(r"(?<![\w/])(?:\w+)/[\w/]+\.(?:yml|alloy|json)", line)
    }
    assert {"prometheus/prometheus.yml", "loki/config.yml", "alloy/config.alloy"} <= named
    assert [name for name in sorted(named) if not (MONITORING / name).exists()] == []


@pytest.mark.parametrize("query", [*LOG_QUERIES, *(query for _, query in queries("loki"))])
def test_log_examples_ask_for_labels_facts_and_events_that_there_are(query):
    alloy = (MONITORING / "alloy/config.alloy").read_text()
    labels = {"job", *re.findall(r'target_label\s+= "(\w+)"', alloy)}
    facts = set(re.findall(r'^\t\t\t"(\w+)"', alloy, re.MULTILINE))
    shown = {name for names in re.findall(r"by \(([^)]*)\)", query) for name in names.split(", ")}
    shown |= set(re.findall(r"\{\{\.(\w+)", query))
    asked = set(re.findall(r"\| (\w+) ?[=><]", query))
    assert set(re.findall(r'[{,] ?(\w+)=~?"', query)) <= labels
    assert asked <= facts
    assert shown <= labels | facts
    sources = " ".join(path.read_text() for path in (ROOT / "soniclayer").rglob("*.py"))
    assert all(f'"{words}"' in sources for words in re.findall(r'\|= "([^"]*)"', query))


def anchor(heading):
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
