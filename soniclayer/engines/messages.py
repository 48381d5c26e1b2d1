"""What parent and engine child tell each other, as JSON frames over a socket.

JSON and not pickle: the child handles hostile bytes, and a pickle from it would run code in the parent. A request is
two frames: its kind and its JSON. It is answered by replies, at last what it has cost, and `end` or `error`; each is
three frames: kind, JSON, and bytes that belong to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from soniclayer.domain.labels import Labels
from soniclayer.domain.segment import Transcript
from soniclayer.domain.window import Window
from soniclayer.pipeline.resume import Resume
from soniclayer.storage.codec import decode, encode

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

MAX_FRAME_BYTES = 64 * 2**20
"""Far more than a window of any length we cut needs; a child that sends more has lost its mind."""


@dataclass(frozen=True)
class EngineConfig:
    """What an engine child needs to know to load its models; without `cache_dir` it keeps nothing for the next one."""

    models_dir: str
    speech_model: str
    device: str
    compute_type: str
    threads: int
    label_backend: str
    label_model: str
    labels: Labels
    max_duration_s: float
    cache_dir: str | None = None


@dataclass(frozen=True)
class WarmUp:
    """Load these models now, so that the first real request finds them; `hearing` is what `prepare` needs."""

    hearing: bool
    speech: bool
    labels: bool


@dataclass(frozen=True)
class Prepare:
    """Cut the file at `source` into windows, from where `resume` says."""

    source: str
    language: str | None
    resume: Resume


@dataclass(frozen=True)
class Cut:
    """Cut the sound of one window out of the file at `source` again."""

    source: str
    start_s: float
    end_s: float


@dataclass(frozen=True)
class Transcribe:
    """Recognise the speech of a window; `audio` is the path of its sound."""

    audio: str
    window: Window


@dataclass(frozen=True)
class Classify:
    """Find topic, tone and tags of the segments of a window."""

    transcript: Transcript


Request = WarmUp | Prepare | Cut | Transcribe | Classify
ReplyKind = Literal["expected", "window", "plan", "audio", "transcript", "analysis", "progress", "cost", "end", "error"]


@dataclass(frozen=True)
class Fault:
    """An error the child reports in good order: its class in `soniclayer.errors`, code and message."""

    kind: str
    code: str
    message: str


def send_request(connection: Connection, request: Request) -> None:
    """Ask."""
    connection.send_bytes(type(request).__name__.encode())
    connection.send_bytes(encode(request))


def receive_request(connection: Connection) -> Request:
    """What is asked.

    Raises:
        EOFError: the parent has gone.
    """
    kinds: dict[str, type[Request]] = {kind.__name__: kind for kind in (WarmUp, Prepare, Cut, Transcribe, Classify)}
    kind = kinds[connection.recv_bytes().decode()]
    return decode(kind, connection.recv_bytes())


def send_reply(connection: Connection, kind: ReplyKind, value: object = None, attachment: bytes = b"") -> None:
    """Answer, in part or (`end`, `error`) for good."""
    connection.send_bytes(kind.encode())
    connection.send_bytes(b"" if value is None else encode(value))
    connection.send_bytes(attachment)


def receive_reply(connection: Connection) -> tuple[str, bytes, bytes]:
    """Kind, JSON and attachment of the next reply.

    Raises:
        EOFError, OSError: the child has gone, or sent more than MAX_FRAME_BYTES.
    """
    kind = connection.recv_bytes(MAX_FRAME_BYTES).decode()
    return kind, connection.recv_bytes(MAX_FRAME_BYTES), connection.recv_bytes(MAX_FRAME_BYTES)
