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

    def __init__(self, *utterances, then=None, careful=None):
        self.answers = [utterances, then or utterances]
        self.careful = careful or utterances
        self.asked = []

    def detect_language(self, audio):
        return "de", 0.9

    def transcribe(self, sounds, language, *, careful=False):
        self.asked.append(([len(sound) / 16_000 for sound in sounds], language, careful))
        return self.careful if careful else self.answers.pop(0)


def utterance(*words, average_logprob=-0.2, compression_ratio=1.3):
    return Utterance(words, average_logprob, 0.01, compression_ratio)


SPOKEN = Span(101.0, 103.0)


def window(speech=(SPOKEN,), language="en"):
    return Window(100.0, 120.0, 2, speech, (Region(100.0, 120.0, "speech"),), language, (), ())


def test_times_are_from_the_start_of_the_recording():
    model = Scripted(utterance(Word(1.0, 1.5, " one", 0.9), Word(2.0, 2.5, " two.", 0.8)))
    transcript = transcribe(window(), AUDIO, model)
    assert model.asked == [([pytest.approx(2.6)], "en", False)]
    assert [(word.start_s, word.end_s) for word in transcript.segments[0].words] == [(101.7, 102.2), (102.7, 103.2)]
    assert transcript.segments[0].text == "one two."


def test_a_window_without_speech_is_not_given_to_the_model():
    model = Scripted()
    transcript = transcribe(window(speech=(), language=None), AUDIO, model)
    assert model.asked == []
    assert transcript.segments == ()
    assert transcript.language is None


def test_a_window_with_speech_but_no_language_asks_the_model_for_it():
    model = Scripted(utterance())
    assert transcribe(window(language=None), AUDIO, model).language == "de"
    assert model.asked[0][1] == "de"


def test_words_beyond_the_window_are_kept_inside_it():
    model = Scripted(utterance(Word(1.5, 4.0, " late", 0.9)))
    assert transcribe(window((Span(118.0, 120.0),)), AUDIO, model).segments[0].end_s == 120.0


TRUSTED = utterance(Word(0.5, 1.0, " yes", 0.9), average_logprob=-0.3)
FAILED = utterance(Word(0.5, 1.0, " eh", 0.2), average_logprob=-1.4)
WORSE = utterance(Word(0.5, 1.0, " hm", 0.1), average_logprob=-1.8)


@pytest.mark.parametrize(
    ("first", "second", "text", "suspicious"),
    [
        (FAILED, TRUSTED, "yes", False),
        (FAILED, WORSE, "eh", True),
        (WORSE, FAILED, "eh", True),
    ],
)
def test_what_is_suspicious_is_heard_again_and_marked_when_it_still_is(first, second, text, suspicious):
    model = Scripted(first, careful=[second])
    segment = transcribe(window(), AUDIO, model).segments[0]
    assert (segment.text, segment.suspicious) == (text, suspicious)
    assert [careful for *_, careful in model.asked] == [False, True]


def test_only_what_is_suspicious_is_heard_again_and_in_halves():
    spans = (Span(101.0, 103.0), Span(104.0, 119.0), Span(133.5, 141.0), Span(142.0, 150.0))  # two clips
    audio = np.zeros(16_000 * 60, np.float32)
    good = utterance(*(Word(i, i + 0.5, f" {i}", 0.9) for i in range(18)))
    one, two = (utterance(Word(2.0, 2.5, f" {text}", 0.9), Word(5.0, 5.5, " half.", 0.9)) for text in ("one", "two"))
    model = Scripted(good, FAILED, then=[one, two])
    window = Window(100.0, 160.0, 2, spans, (Region(100.0, 160.0, "speech"),), "en", (), ())
    segments = transcribe(window, audio, model).segments
    assert [seconds for seconds, *_ in model.asked] == [
        [pytest.approx(18.2), pytest.approx(16.7)],
        [pytest.approx(8.1), pytest.approx(8.6)],
    ]
    assert segments[-1].text == "one half. two half."
    assert segments[-1].words[2].start_s == pytest.approx(141.7 + 2.0)
    assert not segments[-1].suspicious


def test_the_half_that_is_understood_is_not_suspicious():
    spans = (Span(101.0, 109.0), Span(110.0, 119.0))
    first = utterance(*(Word(i, i + 0.5, f" word{i}.", 0.9) for i in range(8)))
    model = Scripted(utterance(), then=[first, FAILED], careful=[FAILED])
    segments = transcribe(window(spans), AUDIO, model).segments
    assert [(segment.text[:5], segment.suspicious) for segment in segments] == [("word0", False)]


def test_overlapping_words_are_put_in_order():
    words = [Word(1.0, 2.0, " b", 0.9), Word(0.0, 1.5, " a", 0.9), Word(1.2, 1.3, " c", 0.9)]
    ordered = in_time_order(words)
    assert [word.text for word in ordered] == [" a", " b", " c"]
    assert all(one.end_s <= two.start_s for one, two in itertools.pairwise(ordered))


def test_overlapping_words_of_a_failed_decoding_stay_suspicious():
    words = [Word(1.0 + 0.7 * i, 2.0 + 0.7 * i, " loop", 0.5) for i in range(8)]
    segment = transcribe(
        window((Span(101.0, 119.0),)), AUDIO, Scripted(utterance(*words, compression_ratio=9.0))
    ).segments[0]
    assert segment.suspicious
