"""The process' one pool of connections to Langflow; each tells the watch which socket a call goes through."""

from __future__ import annotations

import os
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

if TYPE_CHECKING:
    from soniclayer.engines.langflow.watch import Watch


def open_session(connections: int, watch: Watch) -> requests.Session:
    """A session that keeps so many connections, and is safe to share between threads.

    It takes no proxy and no password from the environment, follows nobody's cookies, and tries nothing twice. Of the
    environment it heeds `REQUESTS_CA_BUNDLE` alone, for a Langflow with a certificate of one's own authority.
    """
    session = requests.Session()
    session.trust_env = False
    session.verify = os.environ.get("REQUESTS_CA_BUNDLE") or True
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    adapter = _Adapter(watch, connections)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session


class _Adapter(HTTPAdapter):
    """An adapter whose connections are watched."""

    def __init__(self, watch: Watch, connections: int) -> None:
        self._watch = watch
        super().__init__(pool_connections=1, pool_maxsize=connections, max_retries=0)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """See HTTPAdapter."""
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = _watched_pools(self._watch)


def _watched_pools(watch: Watch) -> dict[str, type[HTTPConnectionPool]]:
    """Pools of connections that say which socket they use: a new one, or one that was kept."""

    class Watched:
        def connect(self) -> None:
            super().connect()  # type: ignore[misc]  # of the class beside this one
            watch.note(self.sock)  # type: ignore[attr-defined]

        def request(self, *args: Any, **options: Any) -> None:
            if self.sock is not None:  # type: ignore[attr-defined]
                watch.note(self.sock)  # type: ignore[attr-defined]
            super().request(*args, **options)  # type: ignore[misc]

    class WatchedHTTP(Watched, HTTPConnection):
        pass

    class WatchedHTTPS(Watched, HTTPSConnection):
        pass

    class HTTPPool(HTTPConnectionPool):
        ConnectionCls = WatchedHTTP

    class HTTPSPool(HTTPSConnectionPool):
        ConnectionCls = WatchedHTTPS

    return {"http": HTTPPool, "https": HTTPSPool}
