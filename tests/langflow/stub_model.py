"""A language model for tests, behind an OpenAI-compatible endpoint: it judges rightly, unless it is told what to do.

What it says of a segment follows from the segment's text alone (`score_of`, `opinion_of`), so that a judgement which
got to another segment is found out.
"""

from __future__ import annotations

import json
import re
import threading
import zlib
from collections import deque
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

NAME = "stub-model-7b"


def score_of(text: str) -> int:
    """What it gives a segment of that text."""
    return 1 + zlib.crc32(text.encode()) % 5


def opinion_of(text: str) -> str:
    """What it says of a segment of that text."""
    return f"I heard {zlib.crc32(text.encode()):08x}."


def rationale_of(title: str) -> str:
    """What it says as the persona of that title."""
    return f"So it sounds to this listener: {title}."


@dataclass(frozen=True)
class Does:
    """What it does with one call: `Does(status=500)`, `Does(says="no JSON")`, `Does(hangs=True)`.

    `says` is the content of its message, or a function that makes it of the request; `body` the whole reply instead,
    byte by byte where it `trickles`. `delay_s` comes before all.
    """

    says: object = None
    status: int = 200
    body: bytes | None = None
    delay_s: float = 0.0
    hangs: bool = False
    drops: bool = False
    trickles: bool = False


RIGHT = Does()


class StubModel:
    """Up from the beginning; `down()` is a time in which nothing listens on its port.

    It does what is `next`, call by call, and then what it does `always`, which may depend on the request.
    """

    def __init__(self) -> None:
        self.requests: list[dict] = []
        self.headers: list[dict[str, str]] = []
        self.next: deque[Does] = deque()
        self.always: Does | Callable[[dict], Does] = RIGHT
        self.released = threading.Event()
        self._server = _Server(("127.0.0.1", 0), self)
        self.port = self._server.server_address[1]
        self._serve()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def forget(self) -> None:
        """As new."""
        self.released.set()
        self.released = threading.Event()
        self.requests, self.headers, self.next, self.always = [], [], deque(), RIGHT

    @contextmanager
    def down(self):
        """Nobody is there."""
        self.close()
        try:
            yield
        finally:
            self._server = _Server(("127.0.0.1", self.port), self)
            self._serve()

    def close(self) -> None:
        """End it, and whatever hangs."""
        self.released.set()
        self._server.shutdown()
        self._server.server_close()

    def _serve(self) -> None:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()


def segments_of(body: dict) -> list[dict]:
    """What a request asks about, as its last message has it."""
    question = json.loads(body["messages"][-1]["content"])
    return question.get("segments", [question])


def right_answer(body: dict) -> str:
    """What it says when nothing is wrong."""
    asked, title = segments_of(body), title_in(body)
    if "id" not in asked[0]:
        return json.dumps(judgement_of(asked[0]["text"], title))
    return json.dumps({"evaluations": [{"id": one["id"], **judgement_of(one["text"], title)} for one in asked]})


def title_in(body: dict) -> str:
    """Whom a request wants it to speak for."""
    return re.search(r"You are this listener: (.*)\.$", body["messages"][0]["content"], re.MULTILINE)[1]


def judgement_of(text: str, title: str) -> dict:
    """A persona's view of one segment."""
    return {
        "score": score_of(text),
        "opinion": opinion_of(text),
        "rationale": rationale_of(title),
        "confidence": 0.75,
        "note": "Go on.",
    }


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    allow_reuse_address = True

    def __init__(self, address, model: StubModel) -> None:
        self.model = model
        super().__init__(address, _Door)

    def handle_error(self, request, client_address) -> None:
        """A client that has gone is none of ours."""


class _Door(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args) -> None:
        """Nothing."""

    def do_POST(self) -> None:
        model = self.server.model
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        model.requests.append(body)
        model.headers.append(dict(self.headers))
        does = model.always(body) if callable(model.always) else model.always
        with suppress(IndexError):
            does = model.next.popleft()
        if does.delay_s or does.hangs:
            model.released.wait(None if does.hangs else does.delay_s)
        if does.drops:
            self.close_connection = True
            return
        self._reply(does, _completion(does, body) if does.body is None else does.body)

    def _reply(self, does: Does, content: bytes) -> None:
        self.send_response(does.status)
        self.send_header("Content-Type", "application/json" if does.body is None else "text/html")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if not does.trickles:
            self.wfile.write(content)
            return
        for byte in content:
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
            if self.server.model.released.wait(0.2):
                return


def _completion(does: Does, body: dict) -> bytes:
    if does.status != 200:
        return json.dumps({"error": {"message": f"the stub was told to answer {does.status}"}}).encode()
    says = right_answer if does.says is None else does.says
    message = {"role": "assistant", "content": says(body) if callable(says) else says}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return json.dumps({"id": "1", "object": "chat.completion", "model": NAME, "choices": [choice]}).encode()
