"""On a server that is as it should be no check finds fault, and what cannot be known there is not called ok."""

from __future__ import annotations

import pytest

from soniclayer.cli.check.check import Need, look
from soniclayer.cli.check.outcome import Status
from soniclayer.cli.check.perform import perform
from soniclayer.cli.check.registry import CHECKS

NOT_KNOWN = {"models.hashes", "monitoring.alerts"}


def by_id(results):
    return {result.check.id: result.outcome for result in results}


def test_a_good_server_has_no_fault(server):
    found = by_id(perform(CHECKS, server.place()))
    assert {name: at for name, at in found.items() if at.status is Status.FAULT} == {}
    assert {name for name, at in found.items() if at.status is Status.UNKNOWN} == NOT_KNOWN
    assert {name for name, at in found.items() if at.status is Status.NOT_APPLICABLE} == set()


def test_where_no_langflow_is_set_nothing_is_wrong_with_it(server):
    (server.root / "langflow/current").unlink()
    server.replace(server.config / "worker.env", "LANGFLOW_BASE_URL=", "#")
    found = by_id(perform(CHECKS, server.place()))
    langflow = {name: at.status for name, at in found.items() if name.startswith("langflow.")}
    assert set(langflow.values()) == {Status.NOT_APPLICABLE}


def test_a_langflow_elsewhere_is_asked_for_its_flows_too(server):
    (server.root / "langflow/current").unlink()
    found = by_id(perform(CHECKS, server.place()))
    told = {name: found[f"langflow.{name}"].status for name in ("unit", "reach", "key", "flows", "llm")}
    elsewhere = Status.NOT_APPLICABLE
    assert told == {"unit": elsewhere, "reach": Status.OK, "key": Status.OK, "flows": Status.OK, "llm": elsewhere}


def test_workers_are_taken_to_ask_the_langflow_of_this_machine_when_nothing_else_is_said(server):
    server.replace(server.config / "worker.env", "LANGFLOW_BASE_URL=", "#")
    assert server.place().worker.langflow_base_url == "http://127.0.0.1:7860"


def test_with_deep_every_byte_of_the_models_is_read(server):
    assert by_id(perform(CHECKS, server.place(deep=True)))["models.hashes"].status is Status.OK


@pytest.mark.parametrize("check", [check for check in CHECKS if Need.ROOT in check.needs], ids=lambda check: check.id)
def test_without_root_what_only_root_sees_is_unknown(server, check):
    server.is_root = False
    outcome = look(check, server.place()).outcome
    assert outcome.status is Status.UNKNOWN
    assert "root" in outcome.finding


@pytest.mark.parametrize(
    "check", [check for check in CHECKS if Need.INSTALLATION in check.needs], ids=lambda check: check.id
)
def test_in_a_checkout_what_belongs_to_a_server_does_not_apply(server, check):
    assert look(check, server.place(installed=False)).outcome.status is Status.NOT_APPLICABLE
