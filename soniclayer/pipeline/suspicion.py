"""What a speech model may have invented or left out, by its own figures and by what speech can be."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from soniclayer.pipeline.repetition import longest_loop

if TYPE_CHECKING:
    from soniclayer.pipeline.speech_model import Utterance

COMPRESSION_RATIO_LIMIT = 2.4
LOGPROB_LIMIT = -1.0
NO_SPEECH_LIMIT = 0.6
"""Beyond these Whisper itself calls a decoding failed, or no speech (openai/whisper, transcribe.py)."""

NO_SPEECH_LOGPROB_LIMIT = -0.7
"""Where the model doubts that there is speech, it has to be surer of the words."""

LOOP_TIMES = 4
LOOP_WORDS = 8
"""People say a thing three times; a decoder that is stuck says it until its tokens end."""

MOST_WORDS_PER_S = 7.0
"""An auctioneer's pace; radio speech has 2-4, a horse race 5-6."""

LONGEST_UNHEARD_S = 5.0
"""So long nobody speaks without beginning a word; pauses are cut down to 0.6 s before the model hears them."""


def suspicion(utterance: Utterance, duration_s: float) -> str | None:
    """Why the utterance cannot be trusted, in a few words; None when it can.

    Args:
        utterance: what the model made of a sound.
        duration_s: length of the sound, which has speech nearly all over.
    """
    text = "".join(word.text for word in utterance.words)
    if utterance.compression_ratio > COMPRESSION_RATIO_LIMIT or longest_loop(text, times=LOOP_TIMES, words=LOOP_WORDS):
        return "loop"
    if utterance.average_logprob < LOGPROB_LIMIT:
        return "low probability"
    if utterance.no_speech_probability > NO_SPEECH_LIMIT and utterance.average_logprob < NO_SPEECH_LOGPROB_LIMIT:
        return "no speech"
    if len(utterance.words) > MOST_WORDS_PER_S * max(duration_s, 1.0):
        return "too many words"
    if _longest_unheard_s(utterance, duration_s) > LONGEST_UNHEARD_S:
        return "speech without words"
    return None


def _longest_unheard_s(utterance: Utterance, duration_s: float) -> float:
    """The longest time in which no word begins. A word's end says little: the model stretches it over what it lost."""
    beginnings = [0.0, *(word.start_s for word in utterance.words), duration_s]
    return max(after - before for before, after in pairwise(beginnings))
