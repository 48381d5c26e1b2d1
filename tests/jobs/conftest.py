from __future__ import annotations

import os

import pytest
from redis_server import open_test_courier

from soniclayer.storage.local import LocalStore
from soniclayer.storage.recordings import Recordings


@pytest.fixture(autouse=True)
def _without_waiting_for_the_disk(monkeypatch):
    """No test here cuts the power: that what counts is synced, and in which order, `crashing_disk` writes down."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


@pytest.fixture
def store(tmp_path):
    return LocalStore(tmp_path / "uploads")


@pytest.fixture
def recordings(store):
    return Recordings(store)


@pytest.fixture
def away():
    """A courier whose Redis is not there."""
    return open_test_courier("unix:///nowhere/redis.sock")
