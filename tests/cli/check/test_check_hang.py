"""Whoever hangs or breaks is told as unknown, in time; the others have their say."""

from __future__ import annotations

import socket
import threading
import time

import pytest
from checked_server import REDIS_PASSWORD

from soniclayer.cli.check import perform as performing
from soniclayer.cli.check.check import Check
from soniclayer.cli.check.machine import ask_program
from soniclayer.cli.check.outcome import CannotKnow, Severity, Status, ok
from soniclayer.cli.check.perform import perform
from soniclayer.cli.check.registry import CHECKS, pick
from soniclayer.courier.connection import connect
from soniclayer.errors import ConfigError

IN_TIME_S = 20.0


def by_id(results):
    return {result.check.id: result.outcome for result in results}


def test_a_redis_that_hangs_is_told_in_time_and_hides_nothing_else(server, other_redis):
    redis = other_redis(server, requirepass=REDIS_PASSWORD)
    (server.config / "credentials/redis_password").write_text(REDIS_PASSWORD)
    redis.pause()
    begun = time.monotonic()
    found = by_id(perform(CHECKS, server.place()))
    assert time.monotonic() - begun < IN_TIME_S
    assert found["redis.reach"].status is Status.FAULT
    assert found["redis.noeviction"].status is Status.UNKNOWN
    assert found["workers.heartbeats"].status is Status.UNKNOWN
    assert found["web.proxy"].status is Status.OK


def test_a_proxy_that_takes_connections_and_says_nothing_is_told_in_time(server):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        server.site.write_text(f"server {{ listen {port} ssl; listen {port}; server_name radio.test; }}")
        begun = time.monotonic()
        found = by_id(perform(CHECKS, server.place()))
    assert time.monotonic() - begun < IN_TIME_S
    assert found["web.proxy"].status is Status.FAULT
    assert {found[name].status for name in ("web.expiry", "web.trust", "web.name")} == {Status.UNKNOWN}
    assert found["redis.reach"].status is Status.OK


def test_a_program_that_hangs_is_given_up():
    begun = time.monotonic()
    with pytest.raises(CannotKnow, match="did not answer within 2 s"):
        ask_program(["sleep", "60"])
    assert time.monotonic() - begun < IN_TIME_S


def test_a_program_that_is_not_there_is_told():
    with pytest.raises(CannotKnow, match="no-such-program cannot be run"):
        ask_program(["no-such-program"])


def test_a_check_that_breaks_or_hangs_is_unknown_and_takes_nobody_with_it(server, monkeypatch):
    monkeypatch.setattr(performing, "PATIENCE_S", 3.0)
    ends = threading.Event()

    def breaks(place):
        raise ZeroDivisionError("by nought")

    def hangs(place):
        ends.wait(20)
        return ok("at last")

    checks = [Check(f"test.{look.__name__}", "it is so", Severity.ERROR, look) for look in (breaks, hangs)]
    good = Check("test.good", "it is so", Severity.ERROR, lambda place: ok("yes"))
    broke, hung, went = (result.outcome for result in perform([*checks, good], server.place()))
    ends.set()
    assert (broke.status, hung.status, went.status) == (Status.UNKNOWN, Status.UNKNOWN, Status.OK)
    assert "ZeroDivisionError: by nought" in broke.finding


def test_without_systemd_what_it_knows_is_unknown(server):
    def ask(words, given=""):
        return ask_program(["no-such-program"] if words[0] == "systemctl" else words, given)

    server.ask = ask
    found = by_id(perform(pick(["units", "machine.slice"]), server.place()))
    assert {outcome.status for outcome in found.values()} == {Status.UNKNOWN}


def test_another_network_than_the_machines_is_unknown(server):
    link = server.folder / "proc/1/ns/net"
    link.unlink()
    link.symlink_to("net:[2]")
    assert by_id(perform(pick(["network"]), server.place()))["network.ours"].status is Status.UNKNOWN


def test_a_clock_in_a_container_is_unknown(server):
    server.answers["timedatectl show"] = ask_program(["echo", "NTP=no"])
    server.answers["systemd-detect-virt"] = ask_program(["true"])
    assert by_id(perform(pick(["machine.clock"]), server.place()))["machine.clock"].status is Status.UNKNOWN


def test_a_redis_that_tells_no_configuration_is_unknown(server, other_redis):
    with connect(other_redis(server).url) as client:
        client.acl_setuser("default", enabled=True, commands=["+@all", "-config"])
    found = by_id(perform(pick(["redis"]), server.place()))
    assert found["redis.reach"].status is Status.OK
    assert {found[name].status for name in ("redis.noeviction", "redis.password")} == {Status.UNKNOWN}


def test_a_name_that_is_no_check_is_refused_with_the_one_that_was_meant():
    with pytest.raises(ConfigError, match=r"did you mean redis\.noeviction\?"):
        pick(["redis.noevict"])


def test_nginx_and_ssh_are_expected_and_nginx_tells_its_name_with_words_behind(server):
    server.process(18, "nginx: worker process", unit="nginx.service", inode="81")
    server.listen("00000000", 443, "81")
    server.process(19, "sshd: /usr/sbin/sshd -D [listener]", unit="ssh.service", inode="82")
    server.listen("00000000", 2222, "82")
    assert {outcome.status for outcome in by_id(perform(pick(["network"]), server.place())).values()} == {Status.OK}


def test_whose_a_socket_is_only_root_may_know(server):
    server.listen("00000000", 443, "83")
    server.is_root = False
    assert {outcome.status for outcome in by_id(perform(pick(["network"]), server.place())).values()} == {
        Status.UNKNOWN
    }


def test_without_root_nothing_is_called_a_fault_that_root_would_not_find(server):
    server.is_root = False
    found = by_id(perform(CHECKS, server.place()))
    assert {name: outcome for name, outcome in found.items() if outcome.status is Status.FAULT} == {}
