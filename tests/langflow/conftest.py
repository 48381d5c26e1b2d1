"""A real Langflow, once per session, with the flows of our own personas and a stub for their language model."""

from __future__ import annotations

import pytest
from langflow_server import LangflowServer, generate_flows, langflow_python
from stub_model import StubModel

from soniclayer.engines.langflow.judge import LangflowJudge
from soniclayer.engines.langflow.own_breakers import OwnBreakers

CALL_S = 10.0


@pytest.fixture(scope="session")
def python_of_langflow():
    """Its interpreter."""
    return langflow_python()


@pytest.fixture(scope="session")
def _stub():
    stub = StubModel()
    yield stub
    stub.close()


@pytest.fixture(scope="session")
def langflow_server(python_of_langflow, _stub, tmp_path_factory):
    """Up or not; tests that need no server of their own settings take `langflow`."""
    folder = tmp_path_factory.mktemp("langflow")
    server = LangflowServer(python_of_langflow, folder, generate_flows(python_of_langflow, folder / "flows"), _stub.url)
    yield server
    server.kill()


@pytest.fixture
def langflow(langflow_server):
    """It is up, whatever the test before has done to it."""
    if langflow_server.process is None:
        langflow_server.start()
    return langflow_server


@pytest.fixture
def model(_stub):
    """The language model, which does what it should unless it is told otherwise."""
    _stub.forget()
    yield _stub
    _stub.forget()


@pytest.fixture
def judge(langflow):
    """Asks that Langflow; no flow is left alone yet."""
    judge = LangflowJudge(langflow.url, langflow.api_key, breakers=OwnBreakers(), calls=4, timeout_s=CALL_S)
    yield judge
    judge.stop()
