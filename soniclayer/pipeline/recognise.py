"""What a speech model makes of clips, and further tries for what it seems to have invented or left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from soniclayer.pipeline.clips import Clip
from soniclayer.pipeline.speech_model import Utterance
from soniclayer.pipeline.suspicion import suspicion

if TYPE_CHECKING:
    from collections.abc import Sequence

    from soniclayer.pipeline.audio_engine import Samples
    from soniclayer.pipeline.speech_model import SpeechModel


@dataclass(frozen=True)
class Recognised:
    """A clip, and what the model made of it."""

    clip: Clip
    utterance: Utterance

    @property
    def doubtful(self) -> bool:
        """Whether it cannot be trusted."""
        return suspicion(self.utterance, self.clip.duration_s) is not None


TRIES = 3


def recognise(
    clips: Sequence[Clip], audio: Samples, language: str, model: SpeechModel, tries: int = TRIES
) -> list[Recognised]:
    """Recognise clips, in their order; suspicious ones again, and the better try counts.

    A clip is heard again in halves, and their halves: where Whisper leaves most of a clip out, it does so with a wider
    beam too, but it writes down the parts. What cannot be divided is heard again with care. What is still doubtful
    then is kept; `Recognised.doubtful` tells.

    Args:
        clips: of the window's speech.
        audio: the window's sound, mono float32 at 16 kHz, shape (samples,).
        language: ISO 639-1.
        model: hears each clip by itself.
        tries: how often a sound is heard at most.
    """
    found: list[Recognised] = []
    for once in _listen(clips, audio, language, model):
        tried: list[Sequence[Recognised]] = [[once]]
        if once.doubtful and tries > 1:
            halves = once.clip.halves()
            if len(halves) > 1:
                tried.append(recognise(halves, audio, language, model, tries - 1))
            else:
                tried.append(_listen([once.clip], audio, language, model, careful=True))
        best = min(tried, key=_doubt)
        found += best
    return found


def _listen(
    clips: Sequence[Clip], audio: Samples, language: str, model: SpeechModel, *, careful: bool = False
) -> list[Recognised]:
    utterances = model.transcribe([clip.sound(audio) for clip in clips], language, careful=careful)
    return [Recognised(clip, utterance) for clip, utterance in zip(clips, utterances, strict=True)]


def _doubt(found: Sequence[Recognised]) -> tuple[float, float]:
    """Seconds that cannot be trusted; then how unsure the model is."""
    doubtful_s = sum(one.clip.duration_s for one in found if one.doubtful)
    return doubtful_s, -min(one.utterance.average_logprob for one in found)
