"""A Langflow by script."""

from __future__ import annotations

import pytest
from scripted_langflow import API_KEY, ScriptedLangflow


@pytest.fixture
def scripted_langflow():
    """It runs, and nobody knows of it yet."""
    server = ScriptedLangflow()
    server.start()
    yield server
    if not server.over.is_set():
        server.stop()


@pytest.fixture
def langflow(scripted_langflow, monkeypatch):
    """It runs, and is set."""
    monkeypatch.setenv("LANGFLOW_BASE_URL", scripted_langflow.url)
    monkeypatch.setenv("LANGFLOW_API_KEY", API_KEY)
    return scripted_langflow
