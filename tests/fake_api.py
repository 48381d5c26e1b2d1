"""An HTTP API that does to a client what the real one does only in bad moments."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

AUDIO_ID = "a" * 64
HELD_S = 20.0


class FakeApi:
    """What it is to do, and what was done to it.

    `refusals`: for the next uploads, one each: (status, problem, headers), "cut", or None. `stream_parts`: what each
    stream of events gives before it breaks, once somebody has looked at a recording; then silence. A recording has
    ended after so many looks at it.
    """

    def __init__(self, document):
        self.document = document
        self.refusals = []
        self.stream_parts = []
        self.stream_status = 200
        self.ended_after_looks = 1
        self.go_on = threading.Event()
        self.go_on.set()
        self.uploads = []
        self.streams = []
        self.looks = 0
        self.at_once = 0
        self.most_at_once = 0
        self.lock = threading.Lock()
        self.looked = threading.Event()
        self.over = threading.Event()

    @contextmanager
    def serving(self):
        """Its URL, while it serves."""
        server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        server.api = self
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            self.over.set()
            server.shutdown()
            thread.join()
            server.socket.close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        """Nothing."""

    def do_POST(self):
        api = self.server.api
        with api.lock:
            api.at_once += 1
            api.most_at_once = max(api.most_at_once, api.at_once)
        body = self._body()
        api.go_on.wait(HELD_S)
        with api.lock:
            api.at_once -= 1
            api.uploads.append((dict(self.headers), body))
            refusal = api.refusals.pop(0) if api.refusals else None
        if refusal == "cut":
            self.close_connection = True
        elif refusal:
            self._answer(*refusal)
        else:
            self._answer(202, {"audio_id": AUDIO_ID, "status": "accepted", "known": False}, {})

    def do_GET(self):
        api = self.server.api
        if self.path == "/events":
            self._stream(api)
        elif self.path.startswith("/recordings/"):
            api.looks += 1
            api.looked.set()
            ended = api.looks > api.ended_after_looks
            progress = {"done_s": 1.0, "total_s": 4.0, "estimated": False}
            self._answer(
                200, {"state": "completed" if ended else "processing", "ended": ended, "progress": progress}, {}
            )
        else:
            self._answer(200, api.document, {})

    def _body(self):
        """The first MB of it."""
        left, kept = int(self.headers["Content-Length"]), b""
        while left:
            piece = self.rfile.read(min(left, 2**20))
            left -= len(piece)
            kept = kept or piece
        return kept

    def _stream(self, api):
        api.streams.append(self.headers.get("Last-Event-ID"))
        if api.stream_status != 200:
            self._answer(api.stream_status, {}, {})
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        part = api.stream_parts.pop(0) if api.stream_parts else None
        if part:
            api.looked.wait(HELD_S)
        self.wfile.write(b": hello\r\n\r\n" + (part or b""))
        self.wfile.flush()
        if part is None:
            api.over.wait(HELD_S)
        self.close_connection = True

    def _answer(self, status, body, headers):
        data = json.dumps(body).encode()
        kind = "application/problem+json" if status >= 400 else "application/json"
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": len(data), **headers}.items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(data)
