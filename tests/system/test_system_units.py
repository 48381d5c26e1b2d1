"""Every unit that we ship, as the machine's own systemd judges it."""

from __future__ import annotations

import re

import pytest

EXPOSED_AT_MOST = {
    **dict.fromkeys(("soniclayer-worker@1.service", "soniclayer-backend.service"), 1.0),
    **dict.fromkeys(
        ("soniclayer-backup.service", "soniclayer-restore-drill.service"), 2.0
    ),  # root: they read everything
}
OTHERS_EXPOSED_AT_MOST = 1.5
EXPOSURE = re.compile(r"Overall exposure level for \S+: ([0-9.]+)")


@pytest.fixture(scope="module")
def machine(fresh):
    suite, _ = fresh
    return suite.machine


@pytest.fixture(scope="module")
def units(machine):
    """Ours, templates by an instance."""
    files = machine.path("/etc/systemd/system").glob("soniclayer*.*")
    found = sorted(path.name.replace("@.", "@1.") for path in files if path.is_file())
    assert len(found) > 5
    return [*found, "redis-server@soniclayer.service"]


def test_no_service_of_ours_is_exposed_more_than_it_must_be(machine, units):
    exposed = {}
    for unit in (unit for unit in units if unit.endswith(".service")):
        told = machine.output("systemd-analyze", "security", "--no-pager", unit)
        exposed[unit] = float(EXPOSURE.search(told)[1])
    assert not {
        unit: level for unit, level in exposed.items() if level > EXPOSED_AT_MOST.get(unit, OTHERS_EXPOSED_AT_MOST)
    }


def test_systemd_finds_no_fault_in_a_unit_of_ours(machine, units):
    told = machine.run("systemd-analyze", "verify", "--man=no", "--recursive-errors=one", *units, check=False)
    assert (told.returncode, told.stdout, told.stderr) == (0, "", "")


def test_every_unit_is_documented_and_says_what_it_is(machine, units):
    described = machine.output("systemctl", "show", "--property=Description", "--value", *units).split("\n\n")
    assert [text for text in described if not text.startswith(("SonicLayer", "Advanced key-value store"))] == []


def test_nginx_finds_no_fault_in_the_site(machine):
    assert "warn" not in machine.run("nginx", "-t").stderr


def test_the_journal_is_kept_and_bounded(machine):
    configured = machine.output("systemd-analyze", "cat-config", "systemd/journald.conf")
    assert re.search(r"^SystemMaxUse=\d+[MG]$", configured, re.MULTILINE)
    assert re.search(r"^Storage=persistent$", configured, re.MULTILINE)


def test_redis_keeps_what_it_has_and_listens_on_no_port(machine):
    password = machine.path("/opt/soniclayer/config/credentials/redis_password").read_text().strip()
    ask = ("redis-cli", "-s", "/run/redis-soniclayer/redis.sock", "--no-auth-warning", "config", "get")
    say = {"env": {"REDISCLI_AUTH": password}}
    values = {
        name: machine.run(*ask, name, **say).stdout.split("\n")[1]
        for name in ("maxmemory-policy", "appendonly", "appendfsync", "port", "tcp-keepalive", "maxmemory")
    }
    assert 0 < int(values.pop("maxmemory")) <= 2 * 2**30
    assert values == {
        "maxmemory-policy": "noeviction",
        "appendonly": "yes",
        "appendfsync": "everysec",
        "port": "0",
        "tcp-keepalive": "300",
    }


def test_nothing_of_ours_listens_for_the_world_but_nginx(machine):
    listening = machine.output("ss", "--no-header", "--listening", "--tcp", "--numeric", "--processes").splitlines()
    world = [line for line in listening if not re.search(r"\s(127\.0\.0\.\d+|\[::1\]):\d+\s", line)]
    assert world
    assert [line for line in world if "nginx" not in line] == []
