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
class Places:
    """The folders that a child reads and writes, besides its code, its models and its cache. All exist."""

    reads: tuple[str, ...]
    writes: tuple[str, ...]


@dataclass(frozen=True)
class EngineConfig:
    """What an engine child needs to know to load its models.

    Without `cache_dir` it keeps nothing for the next one; without `places` it is not confined.
    """

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
    places: Places | None = None


@dataclass(frozen=True)
class WarmUp:
    """Load these models now, so that the first real request finds them; `hearing` is what `prepare` needs.

    With `rehearse` each is also used once, on a short made-up sound: some faults show only then.
    """

    hearing: bool
    speech: bool
    labels: bool
    rehearse: bool = False


@dataclass(frozen=True)
class Prepare:
    """Cut the file at `source` into windows, from where `resume` says; answered up to the first of them.

    The child keeps it half done under `number` until it was asked for the last window, or to drop it: in between it
    answers other requests.
    """

    source: str
    language: str | None
    resume: Resume
    number: int


@dataclass(frozen=True)
class Listen:
    """Write the listening copy of the file at `source` to `target`, answered up to the first stretch of it.

    Kept half done as Prepare is.
    """

    source: str
    target: str
    number: int


@dataclass(frozen=True)
class GoOn:
    """Go on with what is half done; answered up to its next window or stretch, or its end."""

    number: int


@dataclass(frozen=True)
class Drop:
    """Forget what is half done."""

    number: int


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


Request = WarmUp | Prepare | Listen | GoOn | Drop | Cut | Transcribe | Classify
REQUESTS: tuple[type[Request], ...] = (WarmUp, Prepare, Listen, GoOn, Drop, Cut, Transcribe, Classify)
ReplyKind = Literal[
    "expected", "window", "plan", "stretch", "audio", "transcript", "analysis", "progress", "cost", "end", "error"
]
PARTS = frozenset({"window", "stretch"})
"""With one of these replies a request may be half done; all others are done in one go."""


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
    kinds: dict[str, type[Request]] = {kind.__name__: kind for kind in REQUESTS}
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
