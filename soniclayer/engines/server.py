"""The engine child: `python -m soniclayer.engines.server FD PARENT`. Answers requests until its parent goes.

An error of ours is reported and the next request awaited; anything else ends the process with its traceback, which the
parent counts as a crash of this step.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from contextlib import suppress
from functools import cached_property
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING

from soniclayer.domain.window import Expected, Plan, PreparedWindow
from soniclayer.engines.confined.confine import confine, may_use_gpu
from soniclayer.engines.messages import (
    PARTS,
    Classify,
    Cut,
    Drop,
    EngineConfig,
    Fault,
    GoOn,
    Listen,
    Prepare,
    Transcribe,
    WarmUp,
    receive_request,
    send_reply,
)
from soniclayer.errors import ObjectMissing, SonicLayerError
from soniclayer.jobs.cost import Account
from soniclayer.models import model_dir
from soniclayer.storage.codec import decode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from soniclayer.engines.messages import Places, ReplyKind, Request
    from soniclayer.jobs.cost import Purpose
    from soniclayer.pipeline.audio_engine import HearingEngines, Samples
    from soniclayer.pipeline.label_model import LabelModel
    from soniclayer.pipeline.speech_model import SpeechModel

Reply = tuple["ReplyKind", object, bytes]

PR_SET_PDEATHSIG = 1  # prctl(2)

OOM_SCORE_ADJ = 500
"""Counts as half of all memory (proc(5)), of the service's where that is what is full."""

REHEARSAL_S = 2.0
"""Whisper hears it as 30 s, whatever its length."""

PURPOSES: dict[type[Request], Purpose] = {
    Prepare: "prepare",
    Listen: "prepare",
    GoOn: "prepare",
    Drop: "prepare",
    Cut: "prepare",
    Transcribe: "transcribe",
    Classify: "classify",
    WarmUp: "other",
}
"""What each request is for; a model it loads is booked on the stage that the model belongs to."""


def main() -> None:
    """Serve the socket whose number is the first argument; the second is the parent's process id."""
    for number in (signal.SIGINT, signal.SIGTERM):  # sent to all processes of a service: the parent decides
        signal.signal(number, signal.SIG_IGN)
    die_with_parent(int(sys.argv[2]))
    offer_to_oom()
    connection = Connection(int(sys.argv[1]))
    account = Account()
    config = decode(EngineConfig, connection.recv_bytes())
    if config.places:
        confine_to(config, config.places)
    engines = Engines(config, account)
    while True:
        try:
            request = receive_request(connection)
        except EOFError:
            return
        _answer(connection, engines, request, account)


def die_with_parent(parent: int) -> None:
    """Have the kernel kill this process when the thread that started it ends, however that happens."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
    if os.getppid() != parent:
        sys.exit("the parent has gone already")


def offer_to_oom() -> None:
    """Be the first that the kernel ends for lack of memory: this process costs a window at most, and holds the most."""
    with suppress(OSError):  # no /proc, or another kernel
        Path("/proc/self/oom_score_adj").write_text(str(OOM_SCORE_ADJ))


def confine_to(config: EngineConfig, places: Places) -> None:
    """Leave this process nothing but what it needs: whatever hostile media make of it, it is no way out of here.

    Not where it may use a GPU: what NVIDIA's driver needs of the system nobody has tried confined.
    """
    if may_use_gpu(config.device):
        return
    models = Path(config.models_dir)
    cache = Path(config.cache_dir) if config.cache_dir else None
    if cache:
        with suppress(OSError):
            cache.mkdir(parents=True, exist_ok=True)
    confine(
        reads=[models, *_linked(models), *map(Path, places.reads)],
        writes=[*filter(None, [cache]), *map(Path, places.writes)],
    )


def _linked(folder: Path) -> set[Path]:
    """Where links below a folder lead, and those below that again: caches of models are made of links."""
    found: set[Path] = set()
    ahead = [folder]
    while ahead:
        links = (path for path in ahead.pop().glob("**/*") if path.is_symlink())
        fresh = {Path(os.path.realpath(link)) for link in links} - found
        found |= fresh
        ahead += fresh
    return found


class Engines:
    """The models, each loaded when it is first needed, and what can be asked of them."""

    def __init__(self, config: EngineConfig, account: Account) -> None:
        self._config = config
        self._account = account
        self._half_done: dict[int, Iterator[Reply]] = {}

    def run(self, request: Request) -> Iterator[Reply]:
        """Do what is asked; the replies in order."""
        if isinstance(request, Prepare):
            self._half_done[request.number] = self._prepare(request)
            yield from self._go_on(request.number)
        elif isinstance(request, Listen):
            self._half_done[request.number] = self._listen(request)
            yield from self._go_on(request.number)
        elif isinstance(request, GoOn):
            yield from self._go_on(request.number)
        elif isinstance(request, Drop):
            self._half_done.pop(request.number, None)
        elif isinstance(request, Transcribe):
            yield self._transcribe(request)
        elif isinstance(request, Classify):
            yield self._classify(request)
        elif isinstance(request, Cut):
            yield from self._cut(request)
        elif isinstance(request, WarmUp):
            self._warm_up(request)

    @cached_property
    def hearing(self) -> HearingEngines:
        """The decoder and the voice activity detector."""
        with self._account.on("prepare"):
            from soniclayer.engines.audio import open_audio  # noqa: PLC0415 - PyAV
            from soniclayer.engines.flac import encode_flac  # noqa: PLC0415 - PyAV
            from soniclayer.engines.speech import SileroDetector  # noqa: PLC0415 - onnxruntime
            from soniclayer.pipeline.audio_engine import HearingEngines  # noqa: PLC0415 - with numpy

            return HearingEngines(open_audio, encode_flac, SileroDetector(), self._detect_language)

    @cached_property
    def speech(self) -> SpeechModel:
        """The speech model."""
        with self._account.on("transcribe"):
            from soniclayer.engines.whisper import WhisperSpeech  # noqa: PLC0415 - heavy, and not every child needs it

            config = self._config
            folder = model_dir(Path(config.models_dir), config.speech_model)
            return WhisperSpeech(folder, config.speech_model, config.device, config.compute_type, config.threads)

    @cached_property
    def labels(self) -> LabelModel:
        """The label model."""
        config = self._config
        folder = model_dir(Path(config.models_dir), config.label_model)
        if config.label_backend == "nli":
            from soniclayer.engines.labels.nli import NliLabels  # noqa: PLC0415 - torch and transformers

            return NliLabels(folder, config.label_model, threads=config.threads)
        from soniclayer.engines.labels.embedding import EmbeddingLabels  # noqa: PLC0415 - onnxruntime

        cache = Path(config.cache_dir) if config.cache_dir else None
        return EmbeddingLabels(folder, config.label_model, threads=config.threads, cache=cache)

    def _warm_up(self, request: WarmUp) -> None:
        if request.hearing:
            _ = self.hearing
        if request.speech:
            _ = self.speech
        if request.labels:  # learning the labels takes longer than ranking them
            with self._account.on("classify"):
                for family in (self._config.labels.topic_family, self._config.labels.tone_family):
                    self.labels.rank(["warm-up"], family)
        if request.rehearse:
            self._rehearse(request)

    def _rehearse(self, request: WarmUp) -> None:
        """Use what was loaded: a sandbox that forbids code written at run time lets Whisper load, and ends it here."""
        import numpy as np  # noqa: PLC0415 - heavy

        from soniclayer.engines.flac import decode_flac  # noqa: PLC0415 - PyAV

        sound = rehearsal_sound()
        if request.hearing:
            with self._account.on("prepare"):
                hearing = self.hearing
                hearing.speech.probabilities(sound, np.zeros(0, np.float32))
                sound = decode_flac(hearing.encode_flac(sound), REHEARSAL_S)
        if request.speech:
            with self._account.on("transcribe"):
                language, _ = self.speech.detect_language(sound)
                self.speech.transcribe([sound], language)

    def _go_on(self, number: int) -> Iterator[Reply]:
        """Up to the end of the next part; what is over, or has failed, is forgotten."""
        findings = self._half_done.pop(number)
        for reply in findings:
            yield reply
            if reply[0] in PARTS:
                self._half_done[number] = findings
                return

    def _prepare(self, request: Prepare) -> Iterator[Reply]:
        from soniclayer.pipeline.prepare import PrepareOptions, prepare  # noqa: PLC0415 - with numpy

        options = PrepareOptions(self._config.max_duration_s, request.language)
        for found in prepare(Path(request.source), options, self.hearing, request.resume):
            if isinstance(found, PreparedWindow):
                yield "window", found.window, found.flac
            elif isinstance(found, Plan):
                yield "plan", found, b""
            elif isinstance(found, Expected):
                yield "expected", found, b""
            else:
                yield "progress", None, b""

    def _listen(self, request: Listen) -> Iterator[Reply]:
        from soniclayer.engines.listening import write_copy  # noqa: PLC0415 - PyAV

        for _ in write_copy(Path(request.source), Path(request.target)):
            yield "stretch", None, b""

    def _detect_language(self, samples: Samples) -> tuple[str, float]:
        return self.speech.detect_language(samples)  # loads the speech model only when there is speech

    def _cut(self, request: Cut) -> Iterator[Reply]:
        import numpy as np  # noqa: PLC0415 - heavy

        from soniclayer.engines.audio import read_span  # noqa: PLC0415 - PyAV
        from soniclayer.engines.flac import encode_flac  # noqa: PLC0415 - PyAV

        pieces = [np.zeros(0, np.float32)]
        for piece in read_span(Path(request.source), request.start_s, request.end_s):
            pieces.append(piece)
            yield "progress", None, b""
        yield "audio", None, encode_flac(np.concatenate(pieces))

    def _transcribe(self, request: Transcribe) -> Reply:
        from soniclayer.engines.flac import decode_flac  # noqa: PLC0415 - PyAV
        from soniclayer.pipeline.transcribe import transcribe  # noqa: PLC0415 - with numpy

        audio = decode_flac(Path(request.audio).read_bytes(), request.window.duration_s)
        return "transcript", transcribe(request.window, audio, self.speech), b""

    def _classify(self, request: Classify) -> Reply:
        from soniclayer.pipeline.classify import classify  # noqa: PLC0415 - with its engines

        return "analysis", classify(request.transcript, self._config.labels, self.labels), b""


def rehearsal_sound() -> Samples:
    """REHEARSAL_S of a tone that swells and fades like syllables, mono float32 at 16 kHz."""
    import numpy as np  # noqa: PLC0415 - heavy

    from soniclayer.pipeline.speech_model import SAMPLE_RATE_HZ  # noqa: PLC0415 - with numpy

    at_s = np.arange(round(REHEARSAL_S * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    syllables = np.sin(2 * np.pi * 2 * at_s) ** 2
    return (0.2 * syllables * np.sin(2 * np.pi * 150 * at_s)).astype(np.float32)


def _answer(connection: Connection, engines: Engines, request: Request, account: Account) -> None:
    fault = None
    try:
        with account.on(PURPOSES[type(request)]):
            for kind, value, attachment in engines.run(request):
                send_reply(connection, kind, value, attachment)
    except SonicLayerError as error:
        fault = Fault(type(error).__name__, error.code, str(error))
    except FileNotFoundError as error:  # the recording was deleted while we were at it: no crash
        fault = Fault(ObjectMissing.__name__, ObjectMissing.code, f"{error.filename}: not there any more")
    send_reply(connection, "cost", account.bill())
    send_reply(connection, "error" if fault else "end", fault)


if __name__ == "__main__":
    main()
