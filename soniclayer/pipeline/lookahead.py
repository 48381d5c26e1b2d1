"""What has been heard from the start of the next window on, and how that window is cut out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from soniclayer.domain.window import Region, Span
from soniclayer.pipeline.audio_engine import CHUNK_SAMPLES, STEP_SAMPLES, AudioBlock, Samples
from soniclayer.pipeline.levels import step_levels_dbfs
from soniclayer.pipeline.regions import regions, step_kinds
from soniclayer.pipeline.speech_model import SAMPLE_RATE_HZ
from soniclayer.pipeline.voice import PAUSE_S, inside, joined, pauses, shifted, voiced
from soniclayer.pipeline.windows import Outlook, cut_step, lookahead_s, rest_is_one_window

if TYPE_CHECKING:
    import numpy.typing as npt


class Lookahead:
    """Audio, loudness and speech probabilities from a window's start on; bounded, for it is cut early.

    What a window looks like depends on its start and on the audio around it alone, not on where reading
    began: so a run that was interrupted gives the same windows.
    """

    def __init__(self, start_s: float) -> None:
        self.start = round(start_s * SAMPLE_RATE_HZ)
        self._samples: Samples = np.zeros(0, np.float32)
        self._momentary: tuple[float, ...] = ()
        self._probabilities: npt.NDArray[np.float32] = np.zeros(0, np.float32)
        self._first_chunk = self.start // CHUNK_SAMPLES

    def add(self, block: AudioBlock, position: int, probabilities: npt.NDArray[np.float32]) -> None:
        """Take the block that begins at sample `position`, a multiple of STEP_SAMPLES and CHUNK_SAMPLES."""
        late = max(self.start - position, 0)
        self._samples = np.concatenate([self._samples, block.samples[late:]])
        self._momentary += block.momentary_lufs[late // STEP_SAMPLES :]
        late_chunks = max(self._first_chunk - position // CHUNK_SAMPLES, 0)
        self._probabilities = np.concatenate([self._probabilities, probabilities[late_chunks:]])

    def __len__(self) -> int:
        return len(self._samples)

    def can_cut(self, target_s: float) -> bool:
        """Whether the next window can be cut without knowing more."""
        return len(self) >= round(lookahead_s(target_s) * SAMPLE_RATE_HZ)

    def cut(self, target_s: float) -> Cut:
        """Take the next window out: of about `target_s`, or all that is left when the recording ends soon."""
        known = min(len(self), round(lookahead_s(target_s) * SAMPLE_RATE_HZ))
        samples = self._samples[:known]
        start_s, known_s = self.start / SAMPLE_RATE_HZ, known / SAMPLE_RATE_HZ
        chunks = -(-(self.start + known) // CHUNK_SAMPLES) - self._first_chunk
        voice = voiced(self._probabilities[:chunks], self._first_chunk)
        kinds = step_kinds(samples, voice, start_s)
        length = known
        if not rest_is_one_window(known_s, target_s):
            gaps = shifted(pauses(self._probabilities[:chunks], self._first_chunk), -start_s)
            spoken = inside(shifted(joined(voice, PAUSE_S), -start_s), Span(0.0, known_s))
            halves = step_levels_dbfs(samples, STEP_SAMPLES // 2)
            length = cut_step(target_s, Outlook(known_s, gaps, spoken, kinds, halves)) * STEP_SAMPLES
        span = Span(start_s, (self.start + length) / SAMPLE_RATE_HZ)
        steps = -(-length // STEP_SAMPLES)
        cut = Cut(
            span,
            samples[:length],
            inside(joined(voice, PAUSE_S), span),
            regions(kinds[:steps], span),
            self._momentary[:steps],
        )
        self._forget(length)
        return cut

    def _forget(self, length: int) -> None:
        self.start += length
        self._samples = self._samples[length:].copy()
        self._momentary = self._momentary[-(-length // STEP_SAMPLES) :]
        first_chunk = self.start // CHUNK_SAMPLES
        self._probabilities = self._probabilities[first_chunk - self._first_chunk :]
        self._first_chunk = first_chunk


class Cut:
    """A window's stretch, its audio, and what was found in it."""

    def __init__(
        self,
        span: Span,
        samples: Samples,
        speech: tuple[Span, ...],
        kinds: tuple[Region, ...],
        momentary_lufs: tuple[float, ...],
    ) -> None:
        self.span = span
        self.samples = samples
        self.speech = speech
        self.regions = kinds
        self.momentary_lufs = momentary_lufs
