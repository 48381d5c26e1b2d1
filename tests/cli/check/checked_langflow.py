"""A Langflow and its language model as checks see them: it is well, takes one key, and has flows."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

KEY = "langflow-key-of-a-test-0123456789"
LLM_KEY = "llm-key-of-a-test-0123456789"


class CheckedLangflow:
    """`flows` are their names; a `status` other than 200 is its answer to everything. `close` it at the end."""

    def __init__(self, flows) -> None:
        self.flows = list(flows)
        self.status = 200
        self._server = _Server(self)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def answer(self, path: str, headers) -> tuple[int, object]:
        """Status and content."""
        if self.status != 200:
            return self.status, {}
        if path == "/health_check":
            return 200, {"status": "ok"}
        if path == "/api/v1/flows/":
            heads = [{"id": f"id-of-{name}", "endpoint_name": name} for name in self.flows]
            return (200, heads) if headers.get("x-api-key") == KEY else (403, {"detail": "Invalid API key"})
        if path == "/v1/models":
            return (200, {"data": []}) if headers.get("Authorization") == f"Bearer {LLM_KEY}" else (401, {})
        return 404, {}

    def close(self) -> None:
        """Nobody listens any more."""
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, langflow: CheckedLangflow) -> None:
        self.langflow = langflow
        super().__init__(("127.0.0.1", 0), _Door)


class _Door(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status, content = self.server.langflow.answer(urlsplit(self.path).path, self.headers)
        data = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *words) -> None:
        pass
