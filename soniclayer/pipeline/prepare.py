"""`prepare`: reads a recording once and gives each window as soon as it can be cut; the plan comes last."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from soniclayer.domain.window import Expected, Plan, PreparedWindow, Window
from soniclayer.errors import InputError
from soniclayer.pipeline.audio_engine import CHUNK_SAMPLES, AudioBlock, AudioReader, HearingEngines, Samples
from soniclayer.pipeline.language import LanguageFinder
from soniclayer.pipeline.levels import dead_air, step_levels_dbfs, step_peaks
from soniclayer.pipeline.lookahead import Lookahead
from soniclayer.pipeline.loudness import integrated
from soniclayer.pipeline.resume import Resume
from soniclayer.pipeline.speech_model import SAMPLE_RATE_HZ

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_BLOCK_SAMPLES = 675 * CHUNK_SAMPLES
"""21.6 s, whole in steps and in chunks. Speech is looked for in these blocks, always the same ones."""

_WARM_UP_SAMPLES = 96 * CHUNK_SAMPLES
"""3 s before each block in which the detector finds its feet. With 1.5 s it heard a word in a drum loop; with
3 s 0.3 % of the broadcast's chunks lie on the other side of 0.5 than in one go."""


@dataclass(frozen=True)
class PrepareOptions:
    """How to cut. `language` is forced when given (ISO 639-1); `max_duration_s` counts what is decoded.

    A first window of 23.6 s is 29.5 s at most: Whisper hears it in one go, and its result is there soonest.
    """

    max_duration_s: float
    language: str | None = None
    first_window_s: float = 23.6
    window_s: float = 60.0


@dataclass(frozen=True)
class Progress:
    """A sign of life: so much has been decoded."""

    decoded_s: float


def prepare(
    source: Path, options: PrepareOptions, engines: HearingEngines, resume: Resume | None = None
) -> Iterator[Expected | Progress | PreparedWindow | Plan]:
    """Cut a recording into windows that tile it.

    Gives first what the header promises, then windows as they are cut, with Progress for every 22 s of audio,
    and the Plan last. Resumed, it gives the windows and the Plan that the undisturbed run would have given
    from there on; it decodes from the start again, but looks for speech only from the next window on.

    Args:
        source: any audio file, hostile or not.
        options: see there.
        engines: what decodes and hears.
        resume: where to go on (see `resume.resume_after`); None = at the start.

    Raises:
        InputError: no audio (`no_audio`), longer than allowed (`too_long`), or what `open_audio` raises.
    """
    preparing = _Preparing(options, engines, resume or Resume())
    with engines.open_audio(source) as reader:
        yield Expected(reader.facts.duration_s or 0.0)
        for block in reader.blocks(_BLOCK_SAMPLES):
            preparing.take(block)
            yield Progress(preparing.decoded_s)
            yield from preparing.windows(ended=False)
        yield from preparing.windows(ended=True)
        yield preparing.plan(reader)


class _Preparing:
    """The middle of a recording. Two numbers for each 100 ms are kept to the end; the rest is bounded."""

    def __init__(self, options: PrepareOptions, engines: HearingEngines, resume: Resume) -> None:
        self._options = options
        self._engines = engines
        self._number = resume.number
        self._heard_before = resume.heard
        self._ahead = Lookahead(resume.start_s)
        self._language = LanguageFinder(engines.detect_language, options.language)
        self._decoded = 0
        self._before: Samples = np.zeros(0, np.float32)
        self._momentary = array("f")
        self._levels = array("f")

    @property
    def decoded_s(self) -> float:
        return self._decoded / SAMPLE_RATE_HZ

    def take(self, block: AudioBlock) -> None:
        position, self._decoded = self._decoded, self._decoded + len(block.samples)
        if self.decoded_s > self._options.max_duration_s:
            raise InputError(f"longer than {self._options.max_duration_s:.0f} s, the most allowed", code="too_long")
        self._momentary.extend(block.momentary_lufs)
        self._levels.extend(step_levels_dbfs(block.samples).tolist())
        if self._options.language is None:
            self._language.hear(block.samples, position, self._heard_before)
        if self._decoded > self._ahead.start:
            self._ahead.add(block, position, self._engines.speech.probabilities(block.samples, self._before))
        self._before = block.samples[-_WARM_UP_SAMPLES:]

    def windows(self, *, ended: bool) -> Iterator[PreparedWindow]:
        while self._ahead.can_cut(self._target_s) or (ended and len(self._ahead)):
            yield self._next_window()

    def plan(self, reader: AudioReader) -> Plan:
        facts = reader.facts
        if not self._decoded:
            raise InputError("the audio track holds no sound (0 s)", code="no_audio")
        return Plan(
            windows=self._number,
            duration_s=self.decoded_s,
            container=facts.container,
            codec=facts.codec,
            sample_rate_hz=facts.sample_rate_hz,
            channels=facts.channels,
            language=self._language.language,
            language_probability=self._language.probability,
            loudness_lufs=integrated(self._momentary),
            dead_air=dead_air(self._levels),
            damage=reader.damage,
            unsuited=reader.unsuited,
        )

    @property
    def _target_s(self) -> float:
        return self._options.window_s if self._number else self._options.first_window_s

    def _next_window(self) -> PreparedWindow:
        start = self._ahead.start
        cut = self._ahead.cut(self._target_s)
        if self._language.wants_more:
            self._language.hear(cut.samples, start, cut.speech)
        window = Window(
            start_s=cut.span.start_s,
            end_s=cut.span.end_s,
            number=self._number,
            speech=cut.speech,
            regions=cut.regions,
            language=self._language.language,
            momentary_lufs=cut.momentary_lufs,
            peaks=step_peaks(cut.samples),
        )
        self._number += 1
        return PreparedWindow(window, self._engines.encode_flac(cut.samples))
