"""What a step asks of an engine; `engines.child.EngineChild` is the real one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

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

    def cut(self, source: Path, window: Window) -> bytes:
        """The sound of a window, cut out of the source again: 16 kHz mono FLAC."""

    def transcribe(self, audio: Path, window: Window) -> Transcript:
        """See pipeline.transcribe."""

    def classify(self, transcript: Transcript) -> Analysis:
        """See pipeline.classify."""
