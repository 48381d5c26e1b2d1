"""What a step asks of an engine; `engines.child.EngineChild` is the real one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from soniclayer.jobs.judge import Judge

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from soniclayer.domain.segment import Analysis, Transcript
    from soniclayer.domain.window import Expected, Plan, PreparedWindow, Window
    from soniclayer.pipeline.resume import Resume


class Engine(Protocol):
    """Runs what is heavy. Every method raises EngineDied when it crashed, hung or took too much memory."""

    def warm_up(self, *, hearing: bool, speech: bool, labels: bool) -> None:
        """Load models before they are needed; `hearing` is what `prepare` needs."""

    def prepare(
        self, source: Path, language: str | None, resume: Resume
    ) -> Generator[Expected | PreparedWindow | Plan, None, None]:
        """What is expected, then every window from `resume` on as soon as it is cut, then the plan.

        Close it when it is not read to the end.

        Raises:
            InputError: the file is not audio we can read.
        """

    def listen(self, source: Path, target: Path) -> Generator[None, None, None]:
        """Write the listening copy of `source` to `target`, which exists; yields after every stretch of it.

        Close it when it is not read to the end.

        Raises:
            EngineReplaced: the engine died meanwhile, in another call: begin again.
            StoreFull: no space for it.
        """

    def cut(self, source: Path, window: Window) -> bytes:
        """The sound of a window, cut out of the source again: 16 kHz mono FLAC."""

    def transcribe(self, audio: Path, window: Window) -> Transcript:
        """See pipeline.transcribe."""

    def classify(self, transcript: Transcript) -> Analysis:
        """See pipeline.classify."""


@dataclass(frozen=True)
class Engines:
    """What steps are done with: the engine for what is heavy, and the judge for personas, None = by the rules alone.

    `listened`: somebody may listen in a browser, so a recording that it would not play exactly gets a copy.
    """

    engine: Engine
    judge: Judge | None = None
    listened: bool = False
