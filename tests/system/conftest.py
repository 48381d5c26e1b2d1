"""What system tests share: a session's folder, machines, the suite installed once and frozen for all of them."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from debian_base import debian_base
from debian_machine import running_machine
from host_cgroups import host_hierarchies
from installed_suite import InstalledSuite, copy_checkout, make, quicken, suite_on
from system_session import own_session
from wheelhouse import wheelhouse

SMALL_MODEL = "whisper-tiny.en"
MODELS = ("whisper-base", "minilm")
TOOLS = ("mmdebstrap", "slirp4netns", "unshare", "nsenter", "setpriv")


@pytest.fixture(scope="session")
def system_cache():
    """Where the base and the wheels are kept between sessions; skips where no machine can be booted."""
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"{', '.join(missing)} not found: make system-packages")
    if os.geteuid() != 0:
        pytest.skip("a booted systemd needs root")
    if not any(not hierarchy.controllers for hierarchy in host_hierarchies()):
        pytest.skip("no cgroup2 file system is mounted")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "soniclayer" / "system-tests"
    cache.mkdir(parents=True, exist_ok=True)
    if not _can_overlay(cache):
        pytest.skip(f"no namespaces here, or {cache} cannot lie below an overlay: set XDG_CACHE_HOME to another disk")
    return cache


@pytest.fixture(scope="session")
def system_session(system_cache):
    """A folder of this session's own."""
    with own_session(system_cache) as folder:
        yield folder


@pytest.fixture(scope="session")
def debian(system_cache):
    """The layers of a fresh Debian."""
    return [debian_base(system_cache)]


@pytest.fixture(scope="session")
def fresh(system_session, debian):
    """A fresh server on which nothing was done but `make install`, and what that said: (suite, output)."""
    with running_machine(system_session / "fresh", debian, online=True) as machine:
        copy_checkout(machine)
        output = make(machine, "install").stdout
        yield suite_on(machine), output


@pytest.fixture(scope="session")
def installed(fresh, models, system_cache):
    """The layers of a machine with the suite as tests need it: the small model, no limits, and a key: (layers, key).

    In /root it has what an installation without a network takes: wheels and models.
    """
    suite, _ = fresh
    suite.machine.copy_in(models / SMALL_MODEL, f"/opt/soniclayer/models/{SMALL_MODEL}")
    for name in MODELS:
        suite.machine.copy_in(models / name, f"/root/models/{name}")
    suite.machine.copy_in(wheelhouse(system_cache, suite.machine), "/root/wheelhouse")
    quicken(suite.machine)
    return suite.machine.freeze(), suite.key


@pytest.fixture(scope="module")
def suite(system_session, installed, request):
    """An installed suite that runs, on a machine of the test file's own; offline."""
    layers, key = installed
    with running_machine(system_session / request.module.__name__, layers) as machine:
        yield InstalledSuite(machine, key)


def _can_overlay(cache: Path) -> bool:
    script = "mkdir a b c d && mount -t overlay -o lowerdir=a,upperdir=b,workdir=c,volatile overlay d && touch d/x"
    probe = cache / "probe"
    shutil.rmtree(probe, ignore_errors=True)
    probe.mkdir()
    done = subprocess.run(
        ["unshare", "--mount", "--pid", "--net", "--cgroup", "--fork", "sh", "-c", script],
        cwd=probe,
        capture_output=True,
        check=False,
    )
    shutil.rmtree(probe)
    return done.returncode == 0
