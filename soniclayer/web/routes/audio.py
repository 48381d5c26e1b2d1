"""GET /audio/{audio_id}: the recording to listen to, or as it was uploaded; whole or in ranges."""

from __future__ import annotations

import os
import re
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import FileResponse, Response

from soniclayer.errors import ObjectMissing
from soniclayer.jobs.reading import found_run
from soniclayer.web.accel import accel_headers
from soniclayer.web.asked import asked_id, asked_switch
from soniclayer.web.auth import services_of
from soniclayer.web.disposition import disposition
from soniclayer.web.media_type import HEAD_BYTES, media_type_of
from soniclayer.web.problems import Problem
from soniclayer.web.reply import cached, has_seen, unchanged
from soniclayer.web.route import ApiRoute

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from starlette.requests import Request
    from starlette.types import Message, Receive, Scope, Send

    from soniclayer.storage.run import Run

REFUSALS = {
    400: ("malformed", "Range ends before it begins"),
    416: ("range_not_satisfiable", "Range names nothing that is in the file"),
}
INERT = {"Content-Security-Policy": "sandbox; default-src 'none'", "X-Content-Type-Options": "nosniff"}
"""Whatever a file holds, a browser that opens it runs nothing of it."""
KEPT = {"Cache-Control": "private, max-age=3600"}
"""What does not change any more: a browser that seeks need not ask again and again."""

_RANGES = re.compile(r"bytes=\s*(\d+-\d*|-\d+)(\s*,\s*(\d+-\d*|-\d+))*", re.ASCII)


async def get_audio(request: Request) -> Response:
    """What browsers play and seek exactly; with `download=1` the bytes that were uploaded."""
    return await run_in_threadpool(_audio, request)


routes = [ApiRoute("/audio/{audio_id}", get_audio, needs="read", audio=True)]


def _audio(request: Request) -> Response:
    with found_run(services_of(request).recordings, asked_id(request)) as run, ExitStack() as stack:
        sound = _sound(request, run)
        headers = {
            **cached(sound.version),
            **(KEPT if sound.final else {}),
            **INERT,
            "Content-Disposition": disposition(request, sound.name, run.recording.audio_id),
        }
        if has_seen(request, sound.version):
            return unchanged(sound.version, headers)
        file = stack.enter_context(_opened(sound))
        accel = accel_headers(request, Path(file.name), os.fstat(file.fileno()).st_size)
        if accel is not None:
            return Response(headers={**headers, **accel}, media_type=_media_type(file))
        return OpenFile(file, stack.pop_all(), headers)


@dataclass(frozen=True)
class Sound:
    """What is sent; `final`: it will be the same whenever this address is asked for."""

    file: AbstractContextManager[Path]
    version: str
    name: str
    final: bool


def _sound(request: Request, run: Run) -> Sound:
    """The listening copy where there is one and the source is not asked for.

    Where there is none yet there may be one tomorrow, until `prepare` has ended.
    """
    audio_id, name = run.recording.audio_id, run.recording.name
    if asked_switch(request, "download"):
        return Sound(run.source(), audio_id, name, final=True)
    final = run.is_planned()  # first this: the copy is there before the plan is
    if run.has_listening():
        return Sound(run.listening(), f"{audio_id}.{run.recording.run}", f"{PurePath(name).stem}.m4a", final=True)
    return Sound(run.source(), audio_id, name, final=final)


@contextmanager
def _opened(sound: Sound) -> Iterator[BinaryIO]:
    with sound.file as path:
        try:
            file = path.open("rb")
        except FileNotFoundError as error:
            raise ObjectMissing("the recording has just been deleted") from error
        with file:
            yield file


class OpenFile(FileResponse):
    """A file that is open already: it may be deleted while it is sent. `stack` is closed in the end."""

    def __init__(self, file: BinaryIO, stack: ExitStack, headers: dict[str, str]) -> None:
        descriptor = file.fileno()
        super().__init__(
            f"/proc/self/fd/{descriptor}",
            media_type=_media_type(file),
            headers=headers,
            stat_result=os.fstat(descriptor),
        )
        self._stack = stack

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it, or what was asked of it.

        Raises:
            Problem: `range_not_satisfiable`.
        """
        with self._stack:
            await super().__call__(_without_odd_range(scope), receive, _refusing(send))


def _media_type(file: BinaryIO) -> str:
    return media_type_of(os.pread(file.fileno(), HEAD_BYTES, 0))


def _without_odd_range(scope: Scope) -> Scope:
    """A Range that is no range of bytes is ignored (RFC 9110, 14.2)."""
    if _RANGES.fullmatch(Headers(scope=scope).get("Range", "")):
        return scope
    return {**scope, "headers": [(name, value) for name, value in scope["headers"] if name != b"range"]}


def _refusing(send: Send) -> Send:
    """Has refusals told as problems, like all others."""

    async def send_or_refuse(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] in REFUSALS:
            length = Headers(raw=message["headers"]).get("Content-Range", "")
            headers = {"Content-Range": length} if length else {}
            raise Problem(*REFUSALS[message["status"]], headers)
        await send(message)

    return send_or_refuse
