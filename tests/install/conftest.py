"""A folder to install below, and a release in it."""

from __future__ import annotations

import pytest
from staged_install import Stage


@pytest.fixture
def stage(tmp_path):
    """With release 1.0 built."""
    made = Stage(tmp_path / "image")
    made.release("1.0")
    return made
