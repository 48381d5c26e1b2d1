"""`soniclayer check`: exit codes, forms, and the page."""

from __future__ import annotations

import io
import json

import pytest
from rich.console import Console

from soniclayer.cli.check import command
from soniclayer.cli.check.check import Check, Result
from soniclayer.cli.check.outcome import NEEDS_ROOT, Severity, fault, not_applicable, ok, unknown
from soniclayer.cli.check.page import page
from soniclayer.cli.check.registry import CHECKS
from soniclayer.main import main


@pytest.fixture
def here(server, monkeypatch):
    monkeypatch.setattr(command, "place_here", lambda *, deep: server.place(deep=deep))
    return server


def test_a_good_server_gives_0(here, capsys):
    assert main(["check", "--strict"]) == 0
    assert "0 errors   0 warnings   0 advice" in capsys.readouterr().out.splitlines()[-1]


@pytest.mark.parametrize(("line", "plain", "strict"), [("ENVIRONMENT=development", 1, 1), ("SONICLAYER_X=1", 0, 1)])
def test_errors_give_1_and_warnings_do_so_when_strict(here, line, plain, strict):
    here.say("backend.env", line)
    assert main(["check"]) == plain
    assert main(["check", "--strict"]) == strict


def test_only_what_is_asked_for_is_looked_at_and_programs_get_all_of_it(here, capsys):
    here.set_redis(maxmemory_policy="allkeys-lru")
    assert main(["check", "--json", "--only", "redis.noeviction", "--only", "keys"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert [check["id"] for check in document["checks"]] == [
        "redis.noeviction",
        "keys.exist",
        "keys.defaults",
        "keys.scopes",
    ]
    first = document["checks"][0]
    assert (first["status"], first["severity"], first["group"]) == ("fault", "error", "redis")
    assert first["finding"]
    assert first["cure"]
    assert (document["summary"]["error"], document["summary"]["ok"]) == (1, 3)


def test_the_list_names_all_and_looks_at_nothing(monkeypatch, capsys):
    monkeypatch.setattr(command, "place_here", None)
    assert main(["check", "--list", "--json"]) == 0
    assert [row["id"] for row in json.loads(capsys.readouterr().out)] == [check.id for check in CHECKS]
    assert main(["check", "--list"]) == 0
    assert "redis.noeviction" in capsys.readouterr().out


def test_wrong_usage_gives_2(here, capsys):
    assert main(["check", "--only", "nothing"]) == 2
    assert "no check or group is named 'nothing'" in capsys.readouterr().err


def result(name, outcome, severity=Severity.ERROR):
    return Result(Check(f"redis.{name}", f"title of {name}", severity, lambda place: outcome), outcome)


def shown(*results, **how):
    stream = io.StringIO()
    Console(file=stream, width=100, color_system=None).print(page(results, took_s=1.0, **how))
    return [line.rstrip() for line in stream.getvalue().splitlines()]


def test_the_page_has_faults_with_id_and_cure_and_reasons_once():
    lines = shown(
        result("one", fault("it is broken", "mend it")),
        result("two", ok("well")),
        result("three", unknown(NEEDS_ROOT)),
        result("four", unknown(NEEDS_ROOT)),
        result("five", not_applicable("no such thing")),
    )
    assert "  ✗ it is broken  redis.one" in lines
    assert "    → mend it" in lines
    assert "  ✓ title of two  well" in lines
    assert f"    {NEEDS_ROOT}: redis.three, redis.four" in lines
    assert "    no such thing: redis.five" in lines
    assert lines[-1] == "1 error   0 warnings   0 advice   1 ok   2 not known   1 do not apply   1.0 s"


def test_the_page_goes_without_signs_beyond_ascii():
    assert "".join(
        shown(result("one", fault("broken", "mend it")), result("two", ok("well")), ascii_only=True)
    ).isascii()


def test_nothing_that_is_found_steers_the_terminal():
    lines = shown(result("one", fault("a\x1b[2Jb", "c\x07d")), result("two", ok("\x1b[31m")))
    assert all(line.isprintable() for line in lines)
