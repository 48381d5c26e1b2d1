"""A server that plays Langflow by script: real HTTP, every fault, and a count of connections and calls."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections import defaultdict
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

API_KEY = "a key for tests"
MODEL = "a-model-7b"
WAIT_S = 60.0
"""Nothing a server waits for takes longer; a test that fails must not hang."""


@dataclass(frozen=True)
class Call:
    """A run that was asked for."""

    flow: str
    input_value: str
    session_id: str
    api_key: str | None

    @property
    def asked(self):
        return json.loads(self.input_value)

    @property
    def ids(self):
        return [segment["id"] for segment in self.asked["segments"]]


class ScriptedLangflow:
    """`plays[flow]` is called with the exchange for every run of that flow; `well` where nothing is said.

    `most_at_once` counts runs under way, `connections` those that were ever made; `flows` is what GET /flows/ lists,
    and `look_at` is called with the exchange and the flow that is looked at.
    """

    def __init__(self):
        self.plays = defaultdict(lambda: well)
        self.calls = []
        self.looks = []
        self.connections = 0
        self.most_at_once = 0
        self.flows = []
        self.look_at = lambda exchange, flow: exchange.send(200, flow)
        self.over = threading.Event()
        self._at_once = 0
        self._counting = threading.Lock()
        self._port = 0

    @property
    def url(self):
        return f"http://127.0.0.1:{self._port}"

    def start(self):
        """Listen; at the same port as before when it was stopped."""
        self.over.clear()
        self._server = _Server(("127.0.0.1", self._port), _Exchange)
        self._server.script = self
        self._port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def stop(self):
        """Refuse connections, and break those there are."""
        self.over.set()
        self._server.shutdown()
        self._server.break_connections()
        self._server.server_close()
        self._thread.join()

    def calls_of(self, flow):
        return [call for call in self.calls if call.flow == flow]

    @contextlib.contextmanager
    def running(self, call):
        with self._counting:
            self.calls.append(call)
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            yield
        finally:
            with self._counting:
                self._at_once -= 1


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def get_request(self):
        connection, address = super().get_request()
        self.script.connections += 1
        self.__dict__.setdefault("open", []).append(connection)
        return connection, address

    def break_connections(self):
        for connection in self.__dict__.get("open", []):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request, client_address):
        """A client that goes away is what many tests are about."""


class _Exchange(BaseHTTPRequestHandler):
    """One connection; what plays do is done through its methods."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    @property
    def script(self):
        return self.server.script

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        flow = unquote(self.path.removeprefix("/api/v1/run/"))
        self.call = Call(flow, body["input_value"], body["session_id"], self.headers.get("x-api-key"))
        with self.script.running(self.call):
            self.script.plays[flow](self)

    def do_GET(self):
        self.script.looks.append(self.path)
        if self.path.startswith("/api/v1/flows/?"):
            heads = [{name: flow[name] for name in ("id", "endpoint_name", "updated_at")} for flow in self.script.flows]
            return self.send(200, heads)
        found = [flow for flow in self.script.flows if self.path == f"/api/v1/flows/{flow['id']}"]
        return self.script.look_at(self, found[0]) if found else self.send(404, {"detail": "Flow not found"})

    def send(self, status, content, kind="application/json", **headers):
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(data)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)

    def say(self, text, model=MODEL):
        """The reply of a flow whose model said so."""
        self.send(200, run_reply(self.call.input_value, text, model))

    def hold(self, seconds=WAIT_S):
        """Do nothing, until the server ends."""
        self.script.over.wait(seconds)

    def reset(self):
        """Break the connection off, with a RST."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.connection.close()
        self.close_connection = True

    def trickle(self, data, every_s=0.05):
        """Byte by byte, until the client has had enough."""
        with contextlib.suppress(OSError):
            for byte in data:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                time.sleep(every_s)
        self.close_connection = True


def well(exchange):
    """What a good model says: the score is the segment's number + 1, up to 5."""
    asked = exchange.call.asked
    if "segments" not in asked:
        return exchange.say(json.dumps(judgement(4)))
    told = [{"id": one["id"], **judgement(min(5, int(one["id"][-2:]) + 1), one["id"])} for one in asked["segments"]]
    return exchange.say(json.dumps({"evaluations": told}))


def judgement(score=4, words="fine", **changes):
    return {
        "score": score,
        "opinion": f"opinion {words}",
        "rationale": f"rationale {words}",
        "confidence": 0.8,
        "note": f"note {words}",
        **changes,
    }


def run_reply(input_value, text, model=MODEL):
    """What Langflow 1.13 gives for a flow that ends in a chat output."""
    source = {"id": "Persona-1", "display_name": "SonicLayer Persona", "source": model}
    message = {
        "text_key": "text",
        "data": {"text": text, "sender": "Machine", "session_id": "s", "properties": {"source": source}},
        "default_value": "",
        "text": text,
        "sender": "Machine",
        "files": [],
        "session_id": "s",
        "properties": {"source": source, "state": "complete"},
        "category": "message",
        "content_blocks": [],
    }
    end = {
        "results": {"message": message},
        "artifacts": {"message": text, "sender": "Machine", "type": "object"},
        "outputs": {"message": {"message": text, "type": "text"}},
        "logs": {"message": []},
        "messages": [{"message": text, "sender": "Machine", "component_id": "ChatOutput-1", "type": "text"}],
        "component_id": "ChatOutput-1",
    }
    return {"session_id": "s", "outputs": [{"inputs": {"input_value": input_value}, "outputs": [end]}]}
