"""The parent's side of an engine child: starts it, asks it, watches it, kills and replaces it."""

from __future__ import annotations

import itertools
import os
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from soniclayer import errors
from soniclayer.domain.segment import Analysis, Transcript
from soniclayer.domain.window import Expected, Plan, PreparedWindow, Window
from soniclayer.engines import messages
from soniclayer.engines.messages import (
    PARTS,
    Classify,
    Cut,
    Drop,
    Fault,
    GoOn,
    Listen,
    Prepare,
    Transcribe,
    WarmUp,
)
from soniclayer.errors import EngineDied, EngineError, EngineReplaced, EngineStopped, SonicLayerError
from soniclayer.jobs.cost import FREE, Cost
from soniclayer.storage.codec import decode, encode

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from soniclayer.engines.messages import EngineConfig, Request
    from soniclayer.pipeline.resume import Resume

T = TypeVar("T")

POLL_S = 0.2
"""How often memory, deadline and a wish to stop are looked at."""

LOAD_S = 120.0
"""Time for loading models: 0.5-6 s where measured, from a cold and slow disk far longer."""

PER_AUDIO_S = 30.0
"""Time per second of audio. Whisper base takes 0.06 s, large-v3 on a slow core about 5 s."""

PREPARE_SILENCE_S = 120.0
"""Longest time without a sign of life from `prepare`, which reports every few seconds of audio it has read."""

FRAME_S = 30
"""Longest time between two pieces of one frame, in whole seconds."""

QUIET = {
    "HF_HUB_OFFLINE": "1",
    "ORT_DISABLE_TELEMETRY": "1",  # since 1.29 onnxruntime reports model names and hashes to its maker, on by default
    "TOKENIZERS_PARALLELISM": "false",
}
"""Environment of a child: nothing is looked up or reported elsewhere, and threads are ours to count."""

KEPT_MEMORY = {"MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": str(2**28)}
"""glibc's malloc (mallopt(3)) keeps what was freed, up to 256 MiB. Else every layer of Whisper's encoder maps its 72 MB
of attention scores anew: for 100 s of audio 790,000 page faults against 113,000, and 12.9 s of CPU against 10.9 s, for
70 MB more in the process (base, int8, one thread). Other C libraries do not read these."""

SOURCES = Path(__file__).resolve().parents[2]
"""Where this package lies: a child runs the same code, also of a checkout that is installed nowhere."""

STDERR_TAIL_BYTES = 2**16
"""Of what a child has said; a dump of all its threads comes at its end."""

_CAUSES = {-signal.SIGKILL: "killed from outside, most often by the kernel for lack of memory"}


class EngineChild:
    """One engine child. It is started at the first call and again after it died.

    Calls are done one at a time; those of other threads wait. They raise the child's own errors (InputError,
    ModelError), EngineDied if it crashed or had to be killed, and EngineStopped after `stop`, which any thread may
    call.

    Args:
        config: what the child loads.
        max_memory_bytes: resident memory at which it is killed.
        time_scale: all deadlines are multiplied by this; tests make it small.
        server: the module the child runs; tests have one that misbehaves.
        waiting: is called every POLL_S while a call waits for its turn or its answer: the caller's thread is alive.
    """

    def __init__(
        self,
        config: EngineConfig,
        max_memory_bytes: int,
        time_scale: float = 1.0,
        server: str = "soniclayer.engines.server",
        waiting: Callable[[], None] = lambda: None,
    ) -> None:
        self._config = config
        self._max_memory_bytes = max_memory_bytes
        self._time_scale = time_scale
        self._server = server
        self._waiting = waiting
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: Connection | None = None
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as this object
        self._starts = 0
        self._numbers = itertools.count()
        self._stopped = threading.Event()
        self._leaving = threading.Event()
        self._calling = threading.Lock()
        self._cost = FREE
        # A child dies with the thread that started it (PR_SET_PDEATHSIG): so that is one of its own, which never ends.
        self._spawner = ThreadPoolExecutor(1, "engine-spawner")

    @property
    def pid(self) -> int | None:
        """The process id of the child that runs now."""
        return self._process.pid if self._process else None

    @property
    def cost(self) -> Cost:
        """What all finished calls have cost, in every child so far, the loading of models included."""
        return self._cost

    @property
    def alive(self) -> bool:
        """Whether a child runs now."""
        process = self._process
        return process is not None and process.poll() is None

    @property
    def memory_bytes(self) -> int:
        """The resident memory of the child that runs now; 0 without one."""
        try:
            pages = Path(f"/proc/{self.pid}/statm").read_text().split()[1]
        except OSError:
            return 0
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    def warm_up(self, *, hearing: bool, speech: bool, labels: bool, rehearse: bool = False) -> None:
        """Load models before the first real call; `hearing` is what `prepare` needs.

        With `rehearse` each is also used once: a child that does not die of that will not die of its first window.

        Raises:
            ModelError: one is missing.
        """
        self._last(WarmUp(hearing, speech, labels, rehearse), LOAD_S)

    def prepare(
        self, source: Path, language: str | None, resume: Resume
    ) -> Generator[Expected | PreparedWindow | Plan, None, None]:
        """What is expected, then every window from `resume` on, as soon as it is cut, then the plan.

        Args:
            source: the file to read.
            language: forced; None = detect.
            resume: see `pipeline.resume.resume_after`.

        Between two windows other calls can be made: the child keeps the file open where it is. Close it when it is not
        read to the end.

        Raises:
            InputError: the file is not audio we can read.
            EngineReplaced: the child died meanwhile, in another call; `resume` after the last window helps.
        """
        number = next(self._numbers)
        with closing(self._in_parts(Prepare(str(source), language, resume, number), number)) as replies:
            yield from (found for found in (_finding(*reply) for reply in replies) if found is not None)

    def listen(self, source: Path, target: Path) -> Generator[None, None, None]:
        """Write the listening copy of `source` to `target`, which exists; yields after every minute of sound or so.

        In between other calls can be made, as with `prepare`; it is whole when it was read to the end.

        Raises:
            InputError: the file is not audio we can read.
            EngineReplaced: the child died meanwhile, in another call: begin again.
            StoreFull: no space for the copy.
            EngineError: it cannot be written.
        """
        number = next(self._numbers)
        with closing(self._in_parts(Listen(str(source), str(target), number), number)) as replies:
            yield from (None for _ in replies)

    def cut(self, source: Path, window: Window) -> bytes:
        """The sound of a window, cut out of the source again: 16 kHz mono FLAC."""
        return self._last(Cut(str(source), window.start_s, window.end_s), PREPARE_SILENCE_S)[1]

    def transcribe(self, audio: Path, window: Window) -> Transcript:
        """See pipeline.transcribe; `audio` is the window's sound."""
        deadline_s = LOAD_S + PER_AUDIO_S * window.duration_s
        return decode(Transcript, self._last(Transcribe(str(audio), window), deadline_s)[0])

    def classify(self, transcript: Transcript) -> Analysis:
        """See pipeline.classify."""
        spoken_s = sum(segment.duration_s for segment in transcript.segments)
        return decode(Analysis, self._last(Classify(transcript), LOAD_S + PER_AUDIO_S * spoken_s)[0])

    def rest(self) -> None:
        """End the child; the next call starts another. Not while a call is under way."""
        with self._calling:
            self._kill()

    def leave(self) -> None:
        """Have every `prepare` end after the window it is at, with EngineStopped; other calls go on."""
        self._leaving.set()

    def stop(self) -> None:
        """Kill the child, now; a call under way raises EngineStopped, and so does every later one."""
        self._stopped.set()
        if process := self._process:
            process.kill()
        with self._calling:
            self._kill()
            self._stderr.close()
            self._spawner.shutdown()

    def _in_parts(self, request: Request, number: int) -> Generator[tuple[str, bytes, bytes], None, None]:
        """All replies to a request that the child answers part by part, under this number."""
        starts = None
        ended = False
        try:
            while not ended:
                replies = list(self._call(request, LOAD_S + PREPARE_SILENCE_S, starts))
                ended = not any(kind in PARTS for kind, _, _ in replies)
                starts, request = self._starts, GoOn(number)
                yield from replies
                if self._leaving.is_set() and not ended:
                    raise EngineStopped("asked to end after this part")
        finally:
            if not ended and starts is not None:
                with suppress(EngineError):
                    self._last(Drop(number), LOAD_S, starts)

    def _last(self, request: Request, deadline_s: float, starts: int | None = None) -> tuple[bytes, bytes]:
        """The only result of a call: its JSON and its attachment."""
        value, attachment = b"", b""
        for kind, json, blob in self._call(request, deadline_s, starts):
            if kind != "progress":
                value, attachment = json, blob
        return value, attachment

    def _call(
        self, request: Request, deadline_s: float, starts: int | None = None
    ) -> Iterator[tuple[str, bytes, bytes]]:
        """Ask, and yield replies, each within `deadline_s` of the one before. A half-read call kills the child.

        With `starts`, only the child that was the n-th to be started is asked.
        """
        finished = False
        with self._turn():
            try:
                with self._death_told():
                    connection = self._connected(starts)
                    messages.send_request(connection, request)
                while True:
                    with self._death_told():
                        self._wait(connection, deadline_s * self._time_scale)
                        kind, value, attachment = messages.receive_reply(connection)
                    if kind in {"end", "error"}:
                        finished = True
                        break
                    if kind == "cost":
                        self._cost += decode(Cost, value)
                    else:
                        yield kind, value, attachment
            finally:
                if not finished:
                    self._kill()
        if kind == "error":
            raise _error(decode(Fault, value))

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Wait until no other thread's call is under way."""
        while not self._calling.acquire(timeout=POLL_S):
            self._waiting()
        try:
            yield
        finally:
            self._calling.release()

    def _connected(self, starts: int | None) -> Connection:
        if self._stopped.is_set():
            raise EngineStopped("the engine was stopped")
        if not self.alive:  # also one that somebody has killed between two calls: no call is to blame for that
            self._kill()
        if starts is not None and (self._connection is None or self._starts != starts):
            raise EngineReplaced("the engine that was at it has died meanwhile")
        if self._connection is None:
            self._connection = self._start()
        return self._connection

    def _start(self) -> Connection:
        ours, theirs = socket.socketpair()
        for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):  # a child that stops in the middle of a frame
            ours.setsockopt(socket.SOL_SOCKET, option, struct.pack("ll", FRAME_S, 0))
        self._stderr.seek(0)
        self._stderr.truncate()
        self._starts += 1
        self._process = self._spawner.submit(self._spawn, theirs.fileno()).result()
        theirs.close()
        connection = Connection(ours.detach())
        connection.send_bytes(encode(self._config))
        return connection

    def _spawn(self, descriptor: int) -> subprocess.Popen[bytes]:
        settings = {
            **QUIET,
            **KEPT_MEMORY,
            "OMP_NUM_THREADS": str(self._config.threads),
            "PYTHONPATH": os.pathsep.join(filter(None, [str(SOURCES), os.environ.get("PYTHONPATH")])),
        }
        return subprocess.Popen(
            # Unbuffered, or what it printed long ago would stand behind the error it died of.
            [sys.executable, "-u", "-m", self._server, str(descriptor), str(os.getpid())],
            pass_fds=[descriptor],
            stdin=subprocess.DEVNULL,
            stdout=self._stderr,
            stderr=self._stderr,
            cwd="/",  # -m looks for modules where it stands, before all other places: whose folder is that?
            start_new_session=True,  # Ctrl-C is for the parent, which decides
            env={**os.environ, **settings},
        )

    def _wait(self, connection: Connection, deadline_s: float) -> None:
        """Until a reply is there; kills the child when it has used up its time or memory."""
        end = time.monotonic() + deadline_s
        ready = False
        while not ready:
            ready = connection.poll(POLL_S)
            self._waiting()
            if self._stopped.is_set():
                raise EngineStopped("the engine was stopped")
            if not ready and time.monotonic() > end:
                raise EngineDied(f"no answer within {deadline_s:.0f} s", code="engine_deadline")
            memory = self.memory_bytes
            if memory > self._max_memory_bytes:
                raise EngineDied(f"took {memory / 2**20:.0f} MiB of memory", code="engine_memory")

    @contextmanager
    def _death_told(self) -> Iterator[None]:
        """Tell a broken connection as what it means."""
        try:
            yield
        except (EOFError, OSError) as error:
            if self._stopped.is_set():
                raise EngineStopped("the engine was stopped") from error
            if isinstance(error, BlockingIOError):
                raise EngineDied("stopped in the middle of an answer", code="engine_deadline") from error
            raise EngineDied(self._last_words(), code="engine_crashed") from error

    def _last_words(self) -> str:
        code = None
        if self._process:
            with suppress(subprocess.TimeoutExpired):  # it has closed its socket and lives on
                code = self._process.wait(timeout=5)
        size = self._stderr.seek(0, os.SEEK_END)
        self._stderr.seek(max(0, size - STDERR_TAIL_BYTES))
        lines = self._stderr.read().decode(errors="replace").strip().splitlines()
        fatal = next((line for line in lines if line.startswith("Fatal Python error")), None)  # faulthandler's first
        last = fatal or _CAUSES.get(code or 0) or (lines[-1].strip() if lines else "")
        how = f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
        return f"the engine died ({how})" + (f": {last}" if last else "")

    def _kill(self) -> None:
        process, self._process = self._process, None
        connection, self._connection = self._connection, None
        if process is not None:
            process.kill()
            process.wait()
        if connection is not None:
            connection.close()


def _finding(kind: str, value: bytes, attachment: bytes) -> Expected | PreparedWindow | Plan | None:
    """What a reply to Prepare tells; None for a mere sign of life."""
    if kind == "expected":
        return decode(Expected, value)
    if kind == "window":
        return PreparedWindow(decode(Window, value), attachment)
    return decode(Plan, value) if kind == "plan" else None


def _error(fault: Fault) -> SonicLayerError:
    """The error a child has reported, as one of our own classes."""
    kind = getattr(errors, fault.kind, None)
    if not (isinstance(kind, type) and issubclass(kind, SonicLayerError)):
        kind = EngineDied
    return kind(fault.message, code=fault.code) if kind is not errors.ConfigError else kind(fault.message)
