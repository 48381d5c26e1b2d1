"""A Langflow by script, and judges that ask it."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace

import pytest
from samples import all_personas
from scripted_langflow import API_KEY, ScriptedLangflow

from soniclayer.engines.langflow import calls
from soniclayer.engines.langflow.judge import LangflowJudge
from soniclayer.engines.langflow.own_breakers import OwnBreakers

TIMEOUT_S = 20.0


@pytest.fixture
def langflow():
    """It runs."""
    server = ScriptedLangflow()
    with ExitStack() as stack:
        stack.callback(lambda: server.over.is_set() or server.stop())
        server.start()
        yield server


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch):
    monkeypatch.setattr(calls, "RETRY_AFTER_S", 0.01)


@pytest.fixture
def make_judge(langflow):
    """Makes judges of that server; they are stopped in the end."""
    made = []

    def make(timeout_s=TIMEOUT_S, concurrency=4, breakers=None, url=None):
        breakers = breakers or OwnBreakers()
        made.append(
            LangflowJudge(url or langflow.url, API_KEY, breakers=breakers, calls=concurrency, timeout_s=timeout_s)
        )
        made[-1].breakers = breakers
        return made[-1]

    yield make
    for judge in made:
        judge.stop()


@pytest.fixture
def judge(make_judge):
    return make_judge()


@pytest.fixture
def persona():
    """Gen Z with its generated flow, eight segments a call."""
    return replace(next(one for one in all_personas() if one.name == "gen_z"), flow="", batch=8)
