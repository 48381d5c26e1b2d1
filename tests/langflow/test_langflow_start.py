"""What langflow.service does before Langflow runs, and how it finds it ready; no Langflow is needed for that."""

from __future__ import annotations

import importlib.util
import io
import json
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from samples import ROOT

FLOW = {"id": "d1c56395-a3bd-5959-b0ca-35db9a9032c4", "name": "one", "data": {"nodes": [], "edges": []}}


def script(name):
    spec = importlib.util.spec_from_file_location(f"langflow_{name}", ROOT / f"deploy/langflow/{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@contextmanager
def answering(status):
    """The port of a server that answers everything so."""

    class Door(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *words):
            pass

    with HTTPServer(("127.0.0.1", 0), Door) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def start():
    return script("start")


@pytest.fixture(scope="module")
def ready():
    return script("ready")


@pytest.mark.parametrize(
    "broken",
    [
        "{",
        "[]",
        "null",
        "\x00",
        json.dumps({**FLOW, "id": "no uuid"}),
        json.dumps({**FLOW, "data": None}),
        json.dumps({**FLOW, "data": {"nodes": {}, "edges": []}}),
        json.dumps({name: FLOW[name] for name in ("id", "data")}),
    ],
)
def test_a_flow_that_langflow_could_not_load_is_left_out_and_told_of(start, tmp_path, capsys, broken):
    given, taken = tmp_path / "given", tmp_path / "taken"
    given.mkdir()
    (given / "whole.json").write_text(json.dumps(FLOW))
    (given / "broken.json").write_text(broken)
    start.whole_flows(given, taken)
    assert [path.name for path in taken.iterdir()] == ["whole.json"]
    assert "<2>" in (told := capsys.readouterr().err)
    assert "broken.json is left out" in told


def test_flows_of_the_start_before_are_gone(start, tmp_path):
    given, taken = tmp_path / "given", tmp_path / "taken"
    given.mkdir()
    taken.mkdir()
    (given / "new.json").write_text(json.dumps(FLOW))
    (taken / "old.json").write_text(json.dumps(FLOW))
    start.whole_flows(given, taken)
    assert [path.name for path in taken.iterdir()] == ["new.json"]


def test_what_a_run_before_has_left_is_removed_and_what_a_link_leads_to_is_not(start, tmp_path):
    state, elsewhere = tmp_path / "state", tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "kept").touch()
    (state / "outbox/1").mkdir(parents=True)
    (state / "langflow.db").touch()
    (state / "link").symlink_to(elsewhere)
    start.emptied(state)
    assert list(state.iterdir()) == []
    assert (elsewhere / "kept").exists()


def test_a_port_that_is_taken_ends_it(start, capsys):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(SystemExit):
            start.refuse_taken_port("127.0.0.1", port)
    assert f"port {port} cannot be had: Address already in use" in capsys.readouterr().err
    start.refuse_taken_port("127.0.0.1", port)


def test_a_secret_that_is_missing_is_named(start, tmp_path, capsys):
    for name in ("langflow_api_key", "langflow_password", "langflow_secret_key"):
        (tmp_path / name).write_text("x" * 32)
    assert set(start.secrets(tmp_path).values()) == {"x" * 32}
    (tmp_path / "langflow_api_key").write_text("\n")
    with pytest.raises(SystemExit):
        start.secrets(tmp_path)
    assert "config/credentials: langflow_api_key is empty or missing" in capsys.readouterr().err


def test_of_its_output_events_alone_are_left_in_short_and_with_their_severity(start):
    out = io.StringIO()
    events = start.Events(out)
    print("Welcome to Langflow\n\u2713 Launching", file=events)
    event = {"event": "build failed:\n\nno  answer", "level": "error", "exception": [{"exc_value": "said on air"}]}
    print(json.dumps(event), file=events)
    events.write('{"event": "half a li')
    events.write('ne", "level": "warning"}\n')
    print("{no event", file=events)
    assert out.getvalue().splitlines() == [
        "<3>error: build failed: no answer",
        "<4>warning: half a line",
        "<4>warning: {no event",
    ]


def test_an_event_is_no_longer_than_a_line(start):
    assert len(start.in_short(json.dumps({"event": "x" * 5000, "level": "info"}))) < 320


def test_what_listens_is_ours_only_when_this_user_listens(ready, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        assert ready.is_ours(port)
        monkeypatch.setattr(ready.os, "geteuid", lambda: 12345)
        assert not ready.is_ours(port)
    assert not ready.is_ours(port)


def test_a_server_that_answers_and_is_not_well_is_not_ready(ready):
    with answering(500) as port:
        assert not ready.is_well(port)
    with answering(200) as port:
        assert ready.is_well(port)
    assert not ready.is_well(port)


def test_nobody_waits_for_a_langflow_that_has_ended(ready):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    environment = {"LANGFLOW_PORT": "1", "MAINPID": str(ended.pid)}
    command = (sys.executable, ROOT / "deploy/langflow/ready.py")
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "Langflow has ended before it was ready" in done.stderr
