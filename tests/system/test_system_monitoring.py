"""The commands of docs/monitoring.md that bring Debian's Prometheus and Alertmanager beside an installed suite."""

from __future__ import annotations

import re

import pytest
import requests
from debian_machine import running_machine
from installed_suite import INSTALL_S, SONICLAYER, InstalledSuite
from samples import ROOT
from service import wait_until

PAGE = ROOT / "docs/monitoring.md"
UP_S = 120.0


@pytest.fixture(scope="module")
def watched(system_session, installed):
    """A suite on a machine where somebody has typed them; it reaches Debian's packages."""
    layers, key = installed
    with running_machine(system_session / "monitoring", layers, online=True) as machine:
        machine.run("apt-get", "update", "--quiet", timeout=INSTALL_S)
        script = "\n".join(commands()).replace("sudo ", "")
        machine.run("bash", "-euxc", script, timeout=INSTALL_S, env={"DEBIAN_FRONTEND": "noninteractive"})
        yield InstalledSuite(machine, key)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_prometheus_asks_the_suite_as_soon_as_the_page_is_followed(watched):
    wait_until(lambda: {one["metric"]["job"] for one in asked(watched, "up == 1")} == JOBS, UP_S, watched.told)
    assert watched.machine.run(SONICLAYER, "check", "--strict", "--only", "monitoring").returncode == 0
    assert asked(watched, 'ALERTS{alertstate="firing"}') == []


JOBS = {"soniclayer", "prometheus", "alertmanager"}


@pytest.mark.slow
def test_nobody_else_reaches_prometheus_and_alertmanager(watched):
    listening = watched.machine.output("ss", "-Hltn").splitlines()
    addresses = [line.split()[3] for line in listening if re.search(r":(9090|909[34]|9100)\s", line)]
    assert sorted(addresses) == ["127.0.0.1:9090", "127.0.0.1:9093"]


def commands():
    """Of the part about Debian's packages, up to where Grafana comes from elsewhere."""
    part = PAGE.read_text().split("\n## With Debian's packages\n")[1]
    return re.findall(r"^\$ (.*)$", part.split("```console")[1], re.MULTILINE)


def asked(suite, query):
    with suite.machine.network(), requests.Session() as client:
        answer = client.get("http://127.0.0.1:9090/api/v1/query", params={"query": query}, timeout=UP_S)
        return answer.json()["data"]["result"]
