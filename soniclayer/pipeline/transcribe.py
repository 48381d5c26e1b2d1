"""The stage `transcribe`: one window's sound to words, and the words to segments."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from soniclayer.domain.segment import Segment, Transcript, Word
from soniclayer.pipeline.clips import pack
from soniclayer.pipeline.recognise import recognise
from soniclayer.pipeline.segments import cut_segments, ends_sentence
from soniclayer.pipeline.turns import Voices
from soniclayer.pipeline.voice import PAUSE_S, shifted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from soniclayer.domain.window import Window
    from soniclayer.pipeline.audio_engine import Samples
    from soniclayer.pipeline.speech_model import SpeechModel


def transcribe(window: Window, audio: Samples, model: SpeechModel) -> Transcript:
    """Recognise the speech of a window and cut it into segments.

    What looks invented or left out is heard again (see `recognise`); what still does is kept, marked `suspicious`.

    Args:
        window: as `prepare` published it; only its `speech` spans are given to the model.
        audio: the window's sound, mono float32 at 16 kHz, shape (samples,), starting at `window.start_s`.
        model: where a window has speech but no language, the model detects it.
    """
    language = window.language
    heard: list[tuple[Word, bool]] = []
    if window.speech:
        if language is None:
            language, _ = model.detect_language(audio)
        clips = pack(shifted(window.speech, -window.start_s), audio)
        for found in recognise(clips, audio, language, model):
            heard += [(_place(found.clip.place(word), window), found.doubtful) for word in found.utterance.words]
    heard.sort(key=lambda pair: (pair[0].start_s, pair[0].end_s))
    words = in_time_order([word for word, _ in heard])
    doubted = {word for word, (_, doubtful) in zip(words, heard, strict=True) if doubtful}
    turns = find_turns(words, window, audio)
    return Transcript(
        window=window.number,
        language=language,
        model=model.name,
        segments=tuple(_mark(segment, doubted) for segment in cut_segments(window, words, turns)),
    )


def find_turns(words: Sequence[Word], window: Window, audio: Samples) -> set[Word]:
    """The words with which another voice begins, after the end of a sentence or a pause."""
    voices = Voices(audio)
    return {
        word
        for before, word in pairwise(words)
        if (ends_sentence(before.text) or word.start_s - before.end_s >= PAUSE_S)
        and voices.turn(before.end_s - window.start_s, word.start_s - window.start_s)
    }


def in_time_order(words: Sequence[Word]) -> list[Word]:
    """The words in order, each starting no earlier than the one before ended."""
    ordered: list[Word] = []
    for word in sorted(words, key=lambda word: (word.start_s, word.end_s)):
        earliest_s = ordered[-1].end_s if ordered else word.start_s
        start_s = max(word.start_s, earliest_s)
        ordered.append(replace(word, start_s=start_s, end_s=max(word.end_s, start_s)))
    return ordered


def _place(word: Word, window: Window) -> Word:
    """A word on the clock of the recording, kept inside its window."""
    start_s = min(max(word.start_s + window.start_s, window.start_s), window.end_s)
    end_s = min(max(word.end_s + window.start_s, start_s), window.end_s)
    return replace(word, start_s=round(start_s, 3), end_s=round(end_s, 3), probability=round(word.probability, 3))


def _mark(segment: Segment, doubted: set[Word]) -> Segment:
    """A segment is suspicious when most of its words are."""
    doubts = sum(word in doubted for word in segment.words)
    return replace(segment, suspicious=doubts * 2 > len(segment.words))
