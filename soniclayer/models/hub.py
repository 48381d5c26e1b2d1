"""Model files from the model hub, by HTTP; a download that broke off continues where it stopped."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import requests

from soniclayer.models.source import SourceError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from soniclayer.models.catalogue import HubSource
    from soniclayer.models.source import Order

DEFAULT_ENDPOINT = "https://huggingface.co"
CONNECT_TIMEOUT_S = 10.0
READ_TIMEOUT_S = 30.0
ON = frozenset({"1", "ON", "YES", "TRUE"})  # what the hub's own client takes for yes
CHUNK_BYTES = 1 << 16
"""When a connection breaks, what came of the current chunk is lost, so it is a small one."""


class Hub:
    """The hub of one fetch. Once it could not be reached it is not asked again."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._endpoint = (environment.get("HF_ENDPOINT") or DEFAULT_ENDPOINT).rstrip("/")
        offline = environment.get("HF_HUB_OFFLINE", "").upper() in ON
        self._away = "HF_HUB_OFFLINE is set" if offline else ""

    def bring(self, source: HubSource, order: Order) -> None:
        """Download the file at the source's revision, continuing what `order.part` holds.

        Raises:
            SourceError: the hub is away or has no such file, or the connection broke and brought nothing.
            OSError: it cannot be written.
        """
        path = source.files.get(order.file.name, order.file.name)
        url = f"{self._endpoint}/{source.repo}/resolve/{quote(source.revision)}/{quote(path)}"
        order.progress.doing(f"{order.file.name} from {source.repo}")
        while True:
            if self._away:
                raise SourceError(self._away)
            before_bytes = _size(order)
            try:
                self._download(url, order, before_bytes)
            except requests.RequestException as error:
                if _size(order) <= before_bytes:
                    raise SourceError(f"the connection broke: {type(error).__name__}") from None
            else:
                return

    def _download(self, url: str, order: Order, have_bytes: int) -> None:
        if order.size_bytes is not None and have_bytes == order.size_bytes:
            return
        with self._get(url, have_bytes) as response:
            if response.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                order.part.unlink()  # longer than the file is: it is of another one
                raise SourceError("what was there of the file did not fit and was removed: run it again")
            if not response.ok:
                raise SourceError(f"it answered {response.status_code} {response.reason}")
            goes_on = response.headers.get("Content-Range", "").startswith(f"bytes {have_bytes}-")
            with order.part.open("ab" if goes_on else "wb") as part:
                for chunk in response.iter_content(CHUNK_BYTES):
                    part.write(chunk)
                    order.refuse_more_than_expected(part.tell())
                    order.progress.seen(part.tell())

    def _get(self, url: str, have_bytes: int) -> requests.Response:
        headers = {"Accept-Encoding": "identity"}  # a packed stream could not be continued at a byte
        if have_bytes:
            headers["Range"] = f"bytes={have_bytes}-"
        try:
            return requests.get(url, headers=headers, stream=True, timeout=(CONNECT_TIMEOUT_S, READ_TIMEOUT_S))
        except requests.RequestException as error:
            self._away = f"cannot reach {urlsplit(self._endpoint).netloc} ({type(error).__name__})"
            raise SourceError(self._away) from None


def _size(order: Order) -> int:
    return order.part.stat().st_size if order.part.exists() else 0
