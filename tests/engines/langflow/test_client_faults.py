"""Everything that a server can do wrong, over real HTTP: each ends in the documented way, in time."""

from __future__ import annotations

import json
import re
import socket
import time
from contextlib import closing
from dataclasses import replace

import pytest
from asked_questions import FLOW, questions, scores
from scripted_langflow import judgement, run_reply, well

from soniclayer import metrics
from soniclayer.courier.breakers import OPENS_AFTER, Breakers
from soniclayer.courier.connection import connect
from soniclayer.engines.langflow import account, transport
from soniclayer.engines.langflow.judge import LangflowJudge
from soniclayer.engines.langflow.own_breakers import OwnBreakers

SHORT_S = 1.0
"""For calls that are to end at their deadline."""

LONG_S = 30.0


def counted(outcome):
    found = re.search(
        rf'soniclayer_langflow_calls_total{{flow="{FLOW}",outcome="{outcome}"}} (\S+)', metrics.render().decode()
    )
    return float(found[1]) if found else 0.0


def html(exchange):
    exchange.send(200, b"<html><body>Please sign in</body></html>", "text/html")


def huge(exchange):
    exchange.send(200, b" " * (transport.MOST_REPLY_BYTES + 1))


def endless(exchange):
    exchange.send_response(200)
    exchange.send_header("Transfer-Encoding", "chunked")
    exchange.end_headers()
    while True:
        exchange.wfile.write(b"10000\r\n" + b" " * 65536 + b"\r\n")


def truncated(exchange):
    exchange.send_response(200)
    exchange.send_header("Content-Length", "1000")
    exchange.end_headers()
    exchange.wfile.write(b'{"outputs": [')
    exchange.close_connection = True


def trickled_head(exchange):
    exchange.trickle(b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 100_000)


def trickled_body(exchange):
    exchange.trickle(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + b" " * 100_000)


def hang(exchange):
    exchange.hold()


def half_then_hang(exchange):
    exchange.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
    exchange.wfile.flush()
    exchange.hold()


def status(number, **headers):
    return lambda exchange: exchange.send(number, {"detail": "no"}, **headers)


def content(value):
    return lambda exchange: exchange.send(200, value)


def in_turn(*plays):
    left = iter(plays)

    def play(exchange):
        next(left)(exchange)

    return play


@pytest.fixture
def patient(make_judge):
    return make_judge(timeout_s=LONG_S)


@pytest.mark.parametrize(
    ("play", "outcome", "calls"),
    [
        (status(500), "server_error", 3),
        (status(502), "server_error", 3),
        (status(503), "server_error", 3),
        (status(401), "refused", 1),
        (status(403), "refused", 1),
        (status(404), "refused", 1),
        (status(429), "refused", 1),
        (status(302, Location="/login"), "not_langflow", 1),
        (html, "not_langflow", 1),
        (content(b""), "not_langflow", 1),
        (content({"detail": "ok"}), "not_langflow", 1),
        (content([1, 2]), "not_langflow", 1),
        (content({"outputs": "none"}), "not_langflow", 1),
        (content(b"[" * 100_000), "not_langflow", 1),
        (content(b'{"outputs": \xff}'), "not_langflow", 1),
        (huge, "not_langflow", 1),
        (endless, "not_langflow", 1),
        (lambda exchange: exchange.reset(), "unreachable", 3),
        (truncated, "unreachable", 3),
    ],
)
def test_nobody_answered(persona, patient, langflow, play, outcome, calls):  # noqa: PLR0913, PLR0917 - three are a case
    langflow.plays[FLOW] = play
    before = counted(outcome)
    said = patient.judge(persona, questions(3))
    assert (said.evaluations, said.silent, said.origin) == ((), True, None)
    assert said.fault.startswith(f"{FLOW}: ")
    assert len(langflow.calls) == calls
    assert counted(outcome) == before + calls


@pytest.mark.parametrize("play", [hang, half_then_hang, trickled_head, trickled_body])
def test_a_call_ends_in_its_time_however_slow_the_server_is(make_judge, persona, langflow, play):
    judge = make_judge(timeout_s=SHORT_S)
    langflow.plays[FLOW] = play
    before, started_s = counted("timeout"), time.monotonic()
    said = judge.judge(persona, questions(3))
    assert time.monotonic() - started_s < 10 * SHORT_S
    assert (said.evaluations, said.silent) == ((), True)
    assert len(langflow.calls) == 1, "a timeout is not tried again"
    assert counted("timeout") == before + 1


def test_a_call_ends_in_its_time_when_the_server_does_not_even_read(make_judge, persona):
    with closing(socket.create_server(("127.0.0.1", 0))) as deaf:
        judge = make_judge(timeout_s=SHORT_S, url=f"http://127.0.0.1:{deaf.getsockname()[1]}")
        said = judge.judge(persona, questions(3))
    assert said.silent
    assert "within 1 s" in said.fault


@pytest.mark.parametrize("number", [400, 413, 422])
def test_who_refuses_just_this_has_answered(judge, persona, langflow, number):
    langflow.plays[FLOW] = status(number)
    before = counted("refused")
    said = judge.judge(persona, questions(3))
    assert (said.evaluations, said.silent, said.origin) == ((), False, None)
    assert str(number) in said.fault
    assert counted("refused") == before + 1


def test_a_flow_answers_until_its_breaker_opens_or_nobody_knows(make_judge, persona, langflow):
    judge = make_judge()
    assert judge.answers(persona)
    langflow.plays[FLOW] = status(404)
    judge.judge(persona, questions(1))
    assert not judge.answers(persona)
    away = make_judge(breakers=Breakers(connect("unix:///nowhere/redis.sock", None)))
    assert not away.answers(persona)


def test_a_server_that_is_down_is_silent(make_judge, persona, langflow):
    judge = make_judge()
    langflow.stop()
    before = counted("unreachable")
    assert judge.judge(persona, questions(3)).silent
    assert counted("unreachable") == before + 3


def test_a_name_that_nobody_has_is_silent(make_judge, persona):
    assert make_judge(url="http://langflow.invalid:7860").judge(persona, questions(3)).silent


@pytest.mark.parametrize(
    "url", ["http://a..b", f"http://{'a' * 70}.example", "http://127.0.0.1:99999", "http://[::1", "http://\ud800"]
)
def test_an_address_that_is_none_is_silent_and_not_tried_again(make_judge, persona, url):
    before = counted("unreachable")
    assert make_judge(url=url).judge(persona, questions(3)).silent
    assert counted("unreachable") == before + 1


@pytest.mark.parametrize("key", ["a key…", "a\nkey", "a\ud800key"])
def test_a_key_that_no_request_can_carry_is_silent_and_not_told(persona, langflow, key):
    judge = LangflowJudge(langflow.url, key, breakers=OwnBreakers(), calls=4, timeout_s=LONG_S)
    said = judge.judge(persona, questions(3))
    judge.stop()
    assert said.silent
    assert "key" not in said.fault


@pytest.mark.parametrize("fault", [status(500), status(503), lambda exchange: exchange.reset()])
def test_what_passes_is_tried_again(judge, persona, langflow, fault):
    langflow.plays[FLOW] = in_turn(fault, fault, well)
    said = judge.judge(persona, questions(3))
    assert len(said.evaluations) == 3
    assert said.origin.attempts == 3


def test_a_slow_failure_is_not_tried_again(make_judge, persona, langflow):
    def slow(exchange):
        exchange.hold(1.2)
        exchange.send(500, {})

    judge = make_judge(timeout_s=3.0)
    langflow.plays[FLOW] = slow
    assert judge.judge(persona, questions(3)).silent
    assert len(langflow.calls) == 1


def test_what_was_judged_before_the_silence_is_kept(judge, persona, langflow):
    langflow.plays[FLOW] = in_turn(well, status(403))
    said = judge.judge(persona, questions(12))
    assert scores(said) == {number: min(5, number + 1) for number in range(8)}
    assert said.silent
    assert said.origin.attempts == 2


def test_a_model_too_slow_for_all_of_a_window_is_not_silent_and_ends_in_time(make_judge, persona, langflow):
    timeout_s = 2 * SHORT_S

    def slow(exchange):
        exchange.hold(0.65 * timeout_s)
        exchange.say(json.dumps({"evaluations": [{"id": exchange.call.ids[0], **judgement()}]}))

    langflow.plays[FLOW] = slow
    started_s = time.monotonic()
    said = make_judge(timeout_s=timeout_s).judge(persona, questions(8))
    assert time.monotonic() - started_s < 3 * timeout_s + 4.0
    assert 1 <= len(said.evaluations) < 8
    assert not said.silent
    assert "too slow" in said.fault


def test_an_answer_that_comes_late_is_not_taken_for_the_next_one(make_judge, persona, langflow):
    def late(exchange):
        exchange.hold(1.5 * SHORT_S)
        exchange.send(200, run_reply(exchange.call.input_value, json.dumps({"evaluations": []})))

    judge = make_judge(timeout_s=SHORT_S)
    langflow.plays[FLOW] = late
    assert judge.judge(persona, questions(2)).silent
    langflow.plays[FLOW] = well
    assert len(judge.judge(persona, questions(2)).evaluations) == 2


def test_five_failures_open_the_breaker_and_then_nobody_calls(make_judge, persona, langflow):
    judge = make_judge()
    langflow.plays[FLOW] = status(500)
    kept_back = counted("breaker_open")
    for _ in range(3):
        assert judge.judge(persona, questions(3)).silent
    assert len(langflow.calls) == OPENS_AFTER
    assert judge.breakers.state(FLOW) == "open"
    assert counted("breaker_open") > kept_back


@pytest.mark.parametrize("number", [401, 403, 404])
def test_a_wrong_key_or_name_opens_the_breaker_at_once(make_judge, persona, langflow, number):
    judge = make_judge()
    langflow.plays[FLOW] = status(number)
    for _ in range(2):
        assert judge.judge(persona, questions(3)).silent
    assert len(langflow.calls) == 1


def test_answers_without_sense_do_not_open_the_breaker(judge, persona, langflow):
    langflow.plays[FLOW] = lambda exchange: exchange.say("prose")
    for _ in range(OPENS_AFTER):
        judge.judge(persona, questions(1))
    assert judge.breakers.state(FLOW) == "closed"


def test_no_answer_says_what_was_said_on_air_or_the_key(judge, persona, langflow):
    for play in (status(500), html, lambda exchange: exchange.say("prose")):
        langflow.plays[FLOW] = play
        fault = judge.judge(persona, questions(1, text="secret words")).fault
        assert "secret" not in fault
        assert "a key for tests" not in fault


def test_metrics_tell_so_many_flows_apart_whatever_persona_files_call_them(judge, persona, langflow, monkeypatch):
    monkeypatch.setattr(account, "_names", set())
    for number in range(account.MOST_NAMES + 5):
        judge.judge(replace(persona, flow=f"mine {number}"), questions(1))
    told = set(re.findall(r'langflow_calls_total{flow="(mine \d+|other)"', metrics.render().decode()))
    assert len(told) == account.MOST_NAMES + 1
    assert "other" in told
