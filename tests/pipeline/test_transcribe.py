from __future__ import annotations

import itertools

import numpy as np
import pytest

from soniclayer.domain.segment import Word
from soniclayer.domain.window import Region, Span, Window
from soniclayer.pipeline.speech_model import Utterance
from soniclayer.pipeline.transcribe import in_time_order, transcribe

AUDIO = np.zeros(16_000 * 20, np.float32)


class Scripted:
    """A speech model that says what it is told, and remembers what it was asked."""

    name = "scripted"

    def __init__(self, *utterances):
        self.utterances = utterances
        self.asked = []

    def detect_language(self, audio):
        return "de", 0.9

    def transcribe(self, audio, speech, language):
        self.asked.append((tuple(speech), language))
        return self.utterances


def utterance(*words, average_logprob=-0.2, compression_ratio=1.3):
    return Utterance(words, average_logprob, 0.01, compression_ratio)


SPOKEN = Span(101.0, 119.0)


def window(speech=(SPOKEN,), language="en"):
    return Window(100.0, 120.0, 2, speech, (Region(100.0, 120.0, "speech"),), language, (), ())


def test_times_are_from_the_start_of_the_recording():
    model = Scripted(utterance(Word(1.0, 1.5, " one", 0.9), Word(2.0, 2.5, " two.", 0.8)))
    transcript = transcribe(window(), AUDIO, model)
    assert model.asked == [((Span(1.0, 19.0),), "en")]
    assert [(word.start_s, word.end_s) for word in transcript.segments[0].words] == [
        (101.0, 101.5),
        (102.0, 102.5),
    ]
    assert transcript.segments[0].text == "one two."


def test_a_window_without_speech_is_not_given_to_the_model():
    model = Scripted()
    transcript = transcribe(window(speech=(), language=None), AUDIO, model)
    assert model.asked == []
    assert transcript.segments == ()
    assert transcript.language is None


def test_a_window_with_speech_but_no_language_asks_the_model_for_it():
    model = Scripted()
    assert transcribe(window(language=None), AUDIO, model).language == "de"
    assert model.asked[0][1] == "de"


def test_words_beyond_the_window_are_kept_inside_it():
    model = Scripted(utterance(Word(19.5, 21.0, " late", 0.9)))
    assert transcribe(window(), AUDIO, model).segments[0].end_s == 120.0


@pytest.mark.parametrize(
    ("figures", "suspicious"),
    [({}, False), ({"average_logprob": -1.2}, True), ({"compression_ratio": 2.6}, True)],
)
def test_what_the_model_itself_would_call_failed_is_kept_and_marked(figures, suspicious):
    model = Scripted(utterance(Word(1.0, 1.5, " one", 0.9), **figures))
    segment = transcribe(window(), AUDIO, model).segments[0]
    assert (segment.text, segment.suspicious) == ("one", suspicious)


def test_overlapping_words_are_put_in_order():
    words = [Word(1.0, 2.0, " b", 0.9), Word(0.0, 1.5, " a", 0.9), Word(1.2, 1.3, " c", 0.9)]
    ordered = in_time_order(words)
    assert [word.text for word in ordered] == [" a", " b", " c"]
    assert all(one.end_s <= two.start_s for one, two in itertools.pairwise(ordered))


def test_overlapping_words_of_a_failed_decoding_stay_suspicious():
    words = [Word(1.0 + 0.7 * i, 2.0 + 0.7 * i, " loop", 0.5) for i in range(8)]
    segment = transcribe(window(), AUDIO, Scripted(utterance(*words, compression_ratio=9.0))).segments[0]
    assert segment.suspicious
