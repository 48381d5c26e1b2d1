"""The connections to Langflow: few, kept, and nobody else's."""

from __future__ import annotations

from asked_questions import FLOW, questions
from scripted_langflow import API_KEY, well


def test_calls_one_after_the_other_share_a_connection(judge, persona, langflow):
    for number in range(10):
        judge.judge(persona, questions(1, number))
    assert langflow.connections == 1


def test_a_proxy_of_the_environment_is_not_used(make_judge, persona, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    assert len(make_judge().judge(persona, questions(1)).evaluations) == 1


def test_a_password_of_the_environment_is_not_sent(make_judge, persona, langflow, tmp_path, monkeypatch):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password secret\n")
    (tmp_path / "netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    seen = []

    def play(exchange):
        seen.append(dict(exchange.headers))
        well(exchange)

    langflow.plays[FLOW] = play
    make_judge().judge(persona, questions(1))
    assert "Authorization" not in seen[0]
    assert seen[0]["x-api-key"] == API_KEY


def test_cookies_are_not_kept(judge, persona, langflow):
    seen = []

    def play(exchange):
        seen.append(exchange.headers.get("Cookie"))
        exchange.send(500 if len(seen) == 1 else 404, {}, Set_Cookie="access_token=secret; Path=/")

    langflow.plays[FLOW] = play
    judge.judge(persona, questions(1))
    assert seen == [None, None]


def test_the_key_is_not_sent_along_to_where_a_redirect_leads(judge, persona, langflow):
    langflow.plays[FLOW] = lambda exchange: exchange.send(307, {}, Location="/api/v1/run/another")
    assert judge.judge(persona, questions(1)).silent
    assert [call.flow for call in langflow.calls] == [FLOW]


def test_a_connection_that_the_server_closed_meanwhile_is_made_anew(judge, persona, langflow):
    judge.judge(persona, questions(1))
    langflow.stop()
    langflow.start()
    assert len(judge.judge(persona, questions(1)).evaluations) == 1
