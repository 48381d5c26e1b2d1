from __future__ import annotations

import shutil

import pytest
from backup_place import BackupPlace


@pytest.fixture(scope="session")
def restic_here():
    """The real program."""
    if shutil.which("restic") is None:
        pytest.skip("no restic: make system-packages")


@pytest.fixture
def place(restic_here, tmp_path):
    """A store with a configuration, and no backup yet."""
    return BackupPlace(tmp_path / "here")


@pytest.fixture
def elsewhere(restic_here, tmp_path):
    """Another machine, on which there is nothing."""
    return BackupPlace(tmp_path / "elsewhere")
