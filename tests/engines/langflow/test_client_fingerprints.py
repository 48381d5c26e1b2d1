"""The fingerprint of a flow: what it does, and nothing else."""

from __future__ import annotations

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from asked_questions import FLOW, questions

from soniclayer.engines.langflow import fingerprints, looks
from soniclayer.engines.langflow.looks import Looks

FLOW_ID = "3f0c5f7e-2b1f-4b57-9c55-9f3a5d1b9e10"


def a_flow():
    def node(name, x, **fields):
        template = {field: {"value": value, "show": True} for field, value in fields.items()}
        return {
            "id": name,
            "type": "genericNode",
            "position": {"x": x, "y": 0},
            "data": {"id": name, "type": name.split("-")[0], "node": {"template": {"_type": "Component", **template}}},
        }

    return {
        "id": FLOW_ID,
        "endpoint_name": FLOW,
        "updated_at": "2026-01-01T00:00:00+00:00",
        "data": {
            "nodes": [
                node("ChatInput-1", 0),
                node("Persona-1", 380, system_message="You are Gen Z.", code="class A: ..."),
            ],
            "edges": [
                {"id": "e", "source": "ChatInput-1", "target": "Persona-1", "sourceHandle": "m", "targetHandle": "i"}
            ],
            "viewport": {"x": 1, "y": 2, "zoom": 1},
        },
    }


@pytest.fixture(autouse=True)
def always_look(monkeypatch):
    monkeypatch.setattr(looks, "LOOK_EVERY_S", 0.0)


@pytest.fixture
def fingerprint(judge, persona, langflow):
    """Of the flow as the server has it, in the origin of a judgement."""

    def told(flow):
        langflow.flows = [flow]
        return judge.judge(persona, questions(1)).origin.flow_fingerprint

    return told


def test_it_is_twelve_hex_digits_and_the_same_every_time(fingerprint):
    first = fingerprint(a_flow())
    assert len(first) == 12
    assert int(first, 16)
    assert fingerprint(a_flow()) == first


def edited(change):
    flow = a_flow()
    change(flow)
    flow["updated_at"] = "2026-01-02T00:00:00+00:00"
    return flow


@pytest.mark.parametrize(
    "change",
    [
        lambda flow: flow["data"]["nodes"][0]["position"].update(x=99),
        lambda flow: flow["data"]["viewport"].update(zoom=2),
        lambda flow: flow["data"]["nodes"].reverse(),
        lambda flow: flow["data"]["nodes"][1].update(selected=True, measured={"width": 3}),
        lambda flow: flow["data"]["edges"][0].update(animated=True),
        lambda flow: None,
    ],
)
def test_places_and_times_do_not_count(fingerprint, change):
    assert fingerprint(edited(change)) == fingerprint(a_flow())


@pytest.mark.parametrize(
    "change",
    [
        lambda flow: flow["data"]["nodes"][1]["data"]["node"]["template"]["system_message"].update(
            value="You are old."
        ),
        lambda flow: flow["data"]["nodes"][1]["data"]["node"]["template"]["code"].update(value="class B: ..."),
        lambda flow: flow["data"]["nodes"].pop(),
        lambda flow: flow["data"]["edges"].clear(),
    ],
)
def test_prompts_code_and_connections_count(fingerprint, change):
    assert fingerprint(edited(change)) != fingerprint(a_flow())


def test_a_flow_that_did_not_change_is_not_fetched_again(fingerprint, langflow):
    fingerprint(a_flow())
    fingerprint(a_flow())
    assert langflow.looks.count(f"/api/v1/flows/{FLOW_ID}") == 1


def test_for_some_seconds_the_server_is_not_even_asked(fingerprint, langflow, monkeypatch):
    monkeypatch.setattr(looks, "LOOK_EVERY_S", 60.0)
    fingerprint(a_flow())
    fingerprint(a_flow())
    assert len(langflow.looks) == 2


def test_a_flow_may_be_named_by_its_id(judge, persona, langflow):
    langflow.flows = [a_flow()]
    assert judge.judge(replace(persona, flow=FLOW_ID), questions(1)).origin.flow_fingerprint


@pytest.mark.parametrize(
    "flow", [{**a_flow(), "endpoint_name": "another"}, {**a_flow(), "data": None}, {**a_flow(), "data": {}}]
)
def test_what_cannot_be_found_out_is_none(fingerprint, flow):
    assert fingerprint(flow) is None


def test_a_server_that_does_not_tell_costs_nothing_but_the_fingerprint(judge, persona, langflow):
    langflow.flows = [{"id": 7, "endpoint_name": None, "updated_at": None}]
    said = judge.judge(persona, questions(2))
    assert len(said.evaluations) == 2
    assert said.origin.flow_fingerprint is None


WAIT_S = 60.0


def test_a_flow_that_hangs_holds_up_judgements_for_one_look_and_once(judge, persona, langflow, monkeypatch):
    monkeypatch.setattr(looks, "LOOK_EVERY_S", WAIT_S)
    monkeypatch.setattr(langflow, "look_at", lambda exchange, flow: exchange.hold())
    langflow.flows = [a_flow()]
    started_s = time.monotonic()
    with ThreadPoolExecutor(4) as threads:
        origins = [said.origin for said in threads.map(lambda _: judge.judge(persona, questions(1)), range(8))]
    assert time.monotonic() - started_s < 3 * fingerprints.LOOK_S
    assert [origin.flow_fingerprint for origin in origins] == [None] * 8
    assert len(langflow.looks) == 2


@pytest.mark.parametrize(
    "data",
    [
        b"no JSON",
        b"[" * 100_000,
        b'{"data": {"nodes": [{"id": ' + b"[" * 500 + b"]" * 500 + b'}], "edges": []}}',
        json.dumps({"data": {"nodes": [{"id": 1, "data": 7}], "edges": [{}]}}).encode(),
        b'{"data": {"nodes": [{"id": ' + b"9" * 4000 + b'}], "edges": []}}',
        b'{"data": {"nodes": [{"id": "\\ud800"}], "edges": []}}',
    ],
    ids=range(6),
)
def test_whatever_a_server_says_of_a_flow_the_judgement_is_kept(judge, persona, langflow, monkeypatch, data):
    monkeypatch.setattr(langflow, "look_at", lambda exchange, flow: exchange.send(200, data))
    langflow.flows = [a_flow()]
    assert len(judge.judge(persona, questions(2)).evaluations) == 2


def test_while_one_looks_again_others_take_what_was_known():
    begun, go_on, told = threading.Event(), threading.Event(), iter(["old", "new"])

    def look(name):
        found = next(told)
        if found == "new":
            begun.set()
            assert go_on.wait(WAIT_S)
        return found

    lately = Looks(look, WAIT_S)
    assert lately.of(FLOW) == "old"
    with ThreadPoolExecutor(1) as threads:
        again = threads.submit(lately.of, FLOW)
        assert begun.wait(WAIT_S)
        assert lately.of(FLOW) == "old"
        go_on.set()
        assert again.result(WAIT_S) == "new"


def test_a_look_that_goes_wrong_is_no_end_of_looking():
    told = iter([RuntimeError, None])

    def look(name):
        if error := next(told):
            raise error
        return "found"

    lately = Looks(look, WAIT_S)
    with pytest.raises(RuntimeError):
        lately.of(FLOW)
    assert lately.of(FLOW) == "found"
