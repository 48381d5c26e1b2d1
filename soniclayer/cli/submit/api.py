"""The API, as a client sees it: requests that wait when told to, and errors in one line with their cure."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import requests
from urllib3.exceptions import NewConnectionError

from soniclayer import __version__
from soniclayer.cli.submit.body import FormBody
from soniclayer.errors import SonicLayerError

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping
    from pathlib import Path

CONNECT_S = 10.0
ANSWER_S = 120.0
"""An upload is answered when it is durable: on a slow disk that takes a while."""

HEARTBEAT_S = 60.0
"""A stream that says nothing for so long, not even its heartbeat, is broken."""

MOST_WAITS = 60
LONGEST_WAIT_S = 120.0
DEFAULT_WAIT_S = 5.0
MOST_BREAKS = 3
"""A connection that broke so often in the middle of an upload will not get better."""

TOO_MANY, BUSY = 429, 503
_SYSTEM_WORDS = re.compile(r"\[Errno -?\d+\] ([A-Za-z ]+)|\(\d+, '([^']+)'\)")
CURES = {
    "no_key": "give one: --key, or SONICLAYER_API_KEY",
    "wrong_key": "make one on the server: `soniclayer keys add NAME`",
    "missing_scope": "see `soniclayer keys list` on the server",
    "too_large": "make it smaller, or raise SONICLAYER_MAX_UPLOAD_BYTES on the server",
    "not_audio": "docs/input.md lists what is taken",
}
"""By the code of a problem."""

PROXY_CODES = {413: "too_large"}
"""What a proxy in front of the API refuses by itself, with a page for people."""


class ApiError(SonicLayerError):
    """The API refused, or does not answer. `status` is 0 where nobody answered."""

    code = "api"

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Accepted:
    """What became of an upload; `known`: its bytes were there before."""

    audio_id: str
    known: bool
    hint: str | None


class Api:
    """One server and one key. `over` ends waits: the user has had enough."""

    def __init__(self, url: str, key: str | None, over: threading.Event) -> None:
        self.url = url
        self.over = over
        self._session = requests.Session()
        self._session.headers["User-Agent"] = f"soniclayer/{__version__}"
        if key:
            self._session.headers["X-API-Key"] = key

    def upload(
        self,
        path: Path,
        fields: Mapping[str, str],
        on_sent: Callable[[int], object],
        on_wait: Callable[[float], object],
    ) -> Accepted:
        """Send a file; again when the server is busy, or the connection broke: the same bytes count once.

        Raises:
            ApiError: it was refused, or cannot be sent.
            OSError: the file cannot be read.
        """
        for _ in range(MOST_BREAKS - 1):
            with suppress(_BrokenError):
                return self._upload(path, fields, on_sent, on_wait)
            on_wait(DEFAULT_WAIT_S)
            self.over.wait(DEFAULT_WAIT_S)
        try:
            return self._upload(path, fields, on_sent, on_wait)
        except _BrokenError as error:
            raise ApiError(f"the connection to {self.url} broke {MOST_BREAKS} times: {error}") from None

    def get(self, path: str) -> Any:
        """The JSON of an answer.

        Raises:
            ApiError: it was refused, or nobody answers.
        """
        return self._ask(lambda: self._session.get(self.url + path, timeout=(CONNECT_S, ANSWER_S)), lambda _: None)

    def stream(self, path: str, last_event_id: str | None) -> requests.Response:
        """A stream of events, open.

        Raises:
            ApiError: it was refused, or nobody answers.
        """
        headers = {"Accept": "text/event-stream", "Cache-Control": "no-store"}
        if last_event_id:
            headers["Last-Event-ID"] = last_event_id
        try:
            response = self._session.get(
                self.url + path, headers=headers, stream=True, timeout=(CONNECT_S, HEARTBEAT_S)
            )
        except requests.RequestException as error:
            raise self._unanswered(error) from None
        if response.status_code != requests.codes.ok:
            response.close()
            raise _refusal(response)
        return response

    def _upload(
        self,
        path: Path,
        fields: Mapping[str, str],
        on_sent: Callable[[int], object],
        on_wait: Callable[[float], object],
    ) -> Accepted:
        answer = self._ask(lambda: self._send(path, fields, on_sent), on_wait)
        return Accepted(answer["audio_id"], bool(answer.get("known")), answer.get("hint"))

    def _send(self, path: Path, fields: Mapping[str, str], on_sent: Callable[[int], object]) -> requests.Response:
        with path.open("rb") as file:
            body = FormBody(file, path.stat().st_size, path.name, fields, on_sent)
            return self._session.post(
                f"{self.url}/evaluate/",
                data=body,
                headers={"Content-Type": body.content_type},
                timeout=(CONNECT_S, ANSWER_S),
            )

    def _ask(self, call: Callable[[], requests.Response], on_wait: Callable[[float], object]) -> Any:
        """Call until the server has time for us."""
        for _ in range(MOST_WAITS):
            try:
                response = call()
            except (requests.ConnectTimeout, requests.exceptions.InvalidURL, requests.exceptions.SSLError) as error:
                raise self._unanswered(error) from None
            except requests.ConnectionError as error:
                if _is_refused(error):
                    raise self._unanswered(error) from None
                raise _BrokenError(_cause(error)) from None
            except requests.RequestException as error:
                raise self._unanswered(error) from None
            if response.status_code not in {TOO_MANY, BUSY}:
                return _content(response)
            wait_s = _wait_s(response)
            on_wait(wait_s)
            if self.over.wait(wait_s):
                break
        raise _refusal(response)

    def _unanswered(self, error: Exception) -> ApiError:
        return ApiError(f"{self.url} does not answer: {_cause(error)}; is the suite running (`soniclayer suite`)?")


class _BrokenError(SonicLayerError):
    """The connection broke in the middle."""


def _content(response: requests.Response) -> Any:
    if not response.ok:
        raise _refusal(response)
    try:
        return response.json()
    except ValueError:
        raise ApiError(f"{response.url} is no SonicLayer API: it answers no JSON", response.status_code) from None


def _refusal(response: requests.Response) -> ApiError:
    """What the server says is wrong, and what helps."""
    try:
        problem = response.json() if response.headers.get("Content-Type", "").endswith("json") else {}
    except (ValueError, requests.RequestException):
        problem = {}
    told = f"{problem['title']}: {problem['detail']}" if {"title", "detail"} <= set(problem) else response.reason
    cure = CURES.get(problem.get("code") or PROXY_CODES.get(response.status_code, ""))
    return ApiError(f"{told}{f' ({cure})' if cure else ''}", response.status_code)


def _wait_s(response: requests.Response) -> float:
    asked = response.headers.get("Retry-After", "")
    return min(LONGEST_WAIT_S, max(1.0, float(asked))) if asked.isdigit() else DEFAULT_WAIT_S


def _is_refused(error: requests.ConnectionError) -> bool:
    """Whether there was no connection at all."""
    return isinstance(getattr(error.args[0] if error.args else None, "reason", None), NewConnectionError)


def _cause(error: Exception) -> str:
    """What the operating system says, else what the library does."""
    found = _SYSTEM_WORDS.search(str(error))
    return (found[1] or found[2]) if found else str(error)[:200] or type(error).__name__
