"""HTTP to one Langflow: a whole reply within a time and a size, or why there is none."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import requests
import urllib3

from soniclayer.engines.langflow.faults import CallFailed
from soniclayer.engines.langflow.pool import open_session
from soniclayer.errors import EngineStopped

if TYPE_CHECKING:
    from soniclayer.engines.langflow.watch import Watch, WatchedCall

CONNECT_S = 2.0
MOST_REPLY_BYTES = 4 * 2**20
_CHUNK_BYTES = 2**16

_AT_ONCE = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}
"""A wrong key, no such flow: nothing that time heals."""

_THIS_ALONE = {HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY}
"""It does not take what it was asked: others are answered."""


class Transport:
    """Safe to share between threads.

    Args:
        base_url: of Langflow, without a slash at its end.
        api_key: for its header `x-api-key`; None: it wants none.
        connections: so many are kept open.
        watch: cuts calls off.
    """

    def __init__(self, base_url: str, api_key: str | None, connections: int, watch: Watch) -> None:
        self._base_url = base_url
        self._watch = watch
        self._session = open_session(connections, watch)
        self._session.headers["Accept"] = "application/json"
        self._session.headers["Accept-Encoding"] = "identity"
        if api_key:
            self._session.headers["x-api-key"] = api_key

    def post(self, path: str, body: dict[str, Any], within_s: float) -> bytes:
        """What comes back with status 200.

        Raises:
            CallFailed: nothing does.
            EngineStopped: the worker is to stop.
        """
        return self._exchange("POST", path, body, within_s)

    def get(self, path: str, within_s: float) -> bytes:
        """The same without a body."""
        return self._exchange("GET", path, None, within_s)

    def _exchange(self, method: str, path: str, body: dict[str, Any] | None, within_s: float) -> bytes:
        with self._watch.over(within_s) as call:
            try:
                data = self._reply(method, path, body, within_s)
            except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
                raise self._failure(call, error, within_s) from None
            if call.cut:  # a connection that is cut may look like one that has ended
                raise self._failure(call, None, within_s)
            return data

    def _reply(self, method: str, path: str, body: dict[str, Any] | None, within_s: float) -> bytes:
        with self._session.request(
            method,
            f"{self._base_url}{path}",
            json=body,
            timeout=(min(CONNECT_S, within_s), within_s),
            allow_redirects=False,
            stream=True,
        ) as response:
            if response.status_code != HTTPStatus.OK:
                raise _refusal(response.status_code)
            data = bytearray()
            for chunk in response.raw.stream(_CHUNK_BYTES, decode_content=False):
                data += chunk
                if len(data) > MOST_REPLY_BYTES:
                    raise CallFailed("not_langflow", f"the reply has more than {MOST_REPLY_BYTES >> 20} MiB")
            return bytes(data)

    def _failure(self, call: WatchedCall, error: Exception | None, within_s: float) -> Exception:
        if self._watch.stopped:
            return EngineStopped("the worker is stopping")
        if call.cut or (isinstance(error, requests.ReadTimeout)):
            return CallFailed("timeout", f"no whole answer within {within_s:.3g} s")
        retry = not isinstance(error, ValueError)  # of an address or a key that no request can carry
        return CallFailed("unreachable", f"cannot be reached: {type(error).__name__}", retry=retry)


def _refusal(status: int) -> CallFailed:
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return CallFailed("server_error", f"answers with status {status}", retry=True)
    if status >= HTTPStatus.BAD_REQUEST:
        at_once, this_alone = status in _AT_ONCE, status in _THIS_ALONE
        return CallFailed("refused", f"refuses with status {status}", at_once=at_once, this_alone=this_alone)
    return CallFailed("not_langflow", f"answers with status {status}")
