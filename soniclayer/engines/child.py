"""The parent's side of an engine child: starts it, asks it, watches it, kills and replaces it."""

from __future__ import annotations

import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from soniclayer import errors
from soniclayer.domain.segment import Analysis, Transcript
from soniclayer.domain.window import Expected, Plan, PreparedWindow, Window
from soniclayer.engines import messages
from soniclayer.engines.messages import Classify, Cut, Fault, Prepare, Transcribe, WarmUp
from soniclayer.errors import EngineDied, EngineStopped, SonicLayerError
from soniclayer.jobs.cost import FREE, Cost
from soniclayer.storage.codec import decode, encode

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

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

STDERR_TAIL_BYTES = 4096


class EngineChild:
    """One engine child. It is started at the first call and again after it died.

    Calls are made from one thread at a time. They raise the child's own errors (InputError, ModelError), EngineDied if
    it crashed or had to be killed, and EngineStopped after `stop`, which any thread may call.

    Args:
        config: what the child loads.
        max_memory_bytes: resident memory at which it is killed.
        time_scale: all deadlines are multiplied by this; tests make it small.
        server: the module the child runs; tests have one that misbehaves.
    """

    def __init__(
        self,
        config: EngineConfig,
        max_memory_bytes: int,
        time_scale: float = 1.0,
        server: str = "soniclayer.engines.server",
    ) -> None:
        self._config = config
        self._max_memory_bytes = max_memory_bytes
        self._time_scale = time_scale
        self._server = server
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: Connection | None = None
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as this object
        self._stopped = threading.Event()
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

    def warm_up(self, *, hearing: bool, speech: bool, labels: bool) -> None:
        """Load models before the first real call; `hearing` is what `prepare` needs.

        Raises:
            ModelError: one is missing.
        """
        self._last(WarmUp(hearing, speech, labels), LOAD_S)

    def prepare(
        self, source: Path, language: str | None, resume: Resume
    ) -> Generator[Expected | PreparedWindow | Plan, None, None]:
        """What is expected, then every window from `resume` on, as soon as it is cut, then the plan.

        Args:
            source: the file to read.
            language: forced; None = detect.
            resume: see `pipeline.resume.resume_after`.

        Close it when it is not read to the end: until then no other call can be made.

        Raises:
            InputError: the file is not audio we can read.
        """
        request = Prepare(str(source), language, resume)
        for kind, value, attachment in self._call(request, LOAD_S + PREPARE_SILENCE_S):
            if kind == "expected":
                yield decode(Expected, value)
            elif kind == "window":
                yield PreparedWindow(decode(Window, value), attachment)
            elif kind == "plan":
                yield decode(Plan, value)

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

    def stop(self) -> None:
        """Kill the child, now; a call under way raises EngineStopped, and so does every later one."""
        self._stopped.set()
        if process := self._process:
            process.kill()
        with self._calling:
            self._kill()
            self._stderr.close()
            self._spawner.shutdown()

    def _last(self, request: Request, deadline_s: float) -> tuple[bytes, bytes]:
        """The only result of a call: its JSON and its attachment."""
        value, attachment = b"", b""
        for kind, json, blob in self._call(request, deadline_s):
            if kind != "progress":
                value, attachment = json, blob
        return value, attachment

    def _call(self, request: Request, deadline_s: float) -> Iterator[tuple[str, bytes, bytes]]:
        """Ask, and yield replies, each within `deadline_s` of the one before. A half-read call kills the child."""
        finished = False
        with self._calling:
            try:
                with self._death_told():
                    connection = self._connected()
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

    def _connected(self) -> Connection:
        if self._stopped.is_set():
            raise EngineStopped("the engine was stopped")
        if self._connection is None:
            self._connection = self._start()
        return self._connection

    def _start(self) -> Connection:
        ours, theirs = socket.socketpair()
        for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):  # a child that stops in the middle of a frame
            ours.setsockopt(socket.SOL_SOCKET, option, struct.pack("ll", FRAME_S, 0))
        self._stderr.seek(0)
        self._stderr.truncate()
        self._process = self._spawner.submit(self._spawn, theirs.fileno()).result()
        theirs.close()
        connection = Connection(ours.detach())
        connection.send_bytes(encode(self._config))
        return connection

    def _spawn(self, descriptor: int) -> subprocess.Popen[bytes]:
        settings = {**QUIET, **KEPT_MEMORY, "OMP_NUM_THREADS": str(self._config.threads)}
        return subprocess.Popen(
            [sys.executable, "-m", self._server, str(descriptor), str(os.getpid())],
            pass_fds=[descriptor],
            stdin=subprocess.DEVNULL,
            stdout=self._stderr,
            stderr=self._stderr,
            start_new_session=True,  # Ctrl-C is for the parent, which decides
            env={**os.environ, **settings},
        )

    def _wait(self, connection: Connection, deadline_s: float) -> None:
        """Until a reply is there; kills the child when it has used up its time or memory."""
        end = time.monotonic() + deadline_s
        ready = False
        while not ready:
            ready = connection.poll(POLL_S)
            if self._stopped.is_set():
                raise EngineStopped("the engine was stopped")
            if not ready and time.monotonic() > end:
                raise EngineDied(f"no answer within {deadline_s:.0f} s", code="engine_deadline")
            memory = self._memory_bytes()
            if memory > self._max_memory_bytes:
                raise EngineDied(f"took {memory / 2**20:.0f} MiB of memory", code="engine_memory")

    def _memory_bytes(self) -> int:
        try:
            pages = Path(f"/proc/{self.pid}/statm").read_text().split()[1]
        except OSError:
            return 0
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

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
        how = f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
        return f"the engine died ({how})" + (f": {lines[-1].strip()}" if lines else "")

    def _kill(self) -> None:
        process, self._process = self._process, None
        connection, self._connection = self._connection, None
        if process is not None:
            process.kill()
            process.wait()
        if connection is not None:
            connection.close()


def _error(fault: Fault) -> SonicLayerError:
    """The error a child has reported, as one of our own classes."""
    kind = getattr(errors, fault.kind, None)
    if not (isinstance(kind, type) and issubclass(kind, SonicLayerError)):
        kind = EngineDied
    return kind(fault.message, code=fault.code) if kind is not errors.ConfigError else kind(fault.message)
