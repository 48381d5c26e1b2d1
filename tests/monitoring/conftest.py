"""What the monitoring's tests share: Prometheus and its tools."""

from __future__ import annotations

import shutil

import pytest
from debian_programs import debian_programs


@pytest.fixture(scope="session")
def debian_files():
    """The files of Debian's packages of Prometheus and Alertmanager."""
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        pytest.skip("Prometheus comes out of Debian's packages, and there is no apt-get")
    return debian_programs()


@pytest.fixture(scope="session")
def programs(debian_files):
    """The folder with Prometheus, Alertmanager and their tools."""
    return debian_files / "usr/bin"
