from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from soniclayer.domain.window import Span
from soniclayer.engines.whisper import CLIP_S, WhisperSpeech, clips
from soniclayer.errors import InputError


@st.composite
def speech(draw):
    spans, now = [], 0.0
    for gap_s, length_s in draw(st.lists(st.tuples(st.floats(0.1, 5), st.floats(0.2, 70)), min_size=1, max_size=20)):
        spans.append(Span(now + gap_s, now + gap_s + length_s))
        now += gap_s + length_s
    return spans


@given(speech())
def test_no_clip_is_longer_than_whisper_can_hear(spans):
    assert all(clip.duration_s <= CLIP_S + 1e-6 for clip in clips(spans))


@given(speech())
def test_clips_hold_all_speech_and_begin_and_end_with_it(spans):
    found = clips(spans)
    for span in spans:
        covered = sum(max(0.0, min(clip.end_s, span.end_s) - max(clip.start_s, span.start_s)) for clip in found)
        assert covered == pytest.approx(span.duration_s)
    assert (found[0].start_s, found[-1].end_s) == (spans[0].start_s, pytest.approx(spans[-1].end_s))


def test_clips_are_as_few_as_possible_and_of_about_equal_length():
    spans = [Span(4.0 * i, 4.0 * i + 3.8) for i in range(10)]
    assert [round(clip.duration_s) for clip in clips(spans)] == [20, 20]


@pytest.fixture(scope="module")
def tiny(models):
    return WhisperSpeech(models / "whisper-tiny.en", "whisper-tiny.en", "cpu", "auto", 1)


@pytest.mark.models
def test_a_known_sentence_is_recognised_with_times_inside_its_speech(tiny, jfk):
    (utterance,) = tiny.transcribe(jfk, [Span(0.2, 10.9)], "en")
    text = "".join(word.text for word in utterance.words).lower()
    assert "ask not what your country can do for you" in text.replace(",", "")
    assert all(0.0 <= word.start_s <= word.end_s <= 11.0 for word in utterance.words)
    assert all(0.0 < word.probability <= 1.0 for word in utterance.words)


@pytest.mark.models
def test_the_same_speech_gives_the_same_words_every_time(tiny, jfk):
    assert tiny.transcribe(jfk, [Span(0.2, 10.9)], "en") == tiny.transcribe(jfk, [Span(0.2, 10.9)], "en")


@pytest.mark.models
def test_an_english_model_takes_all_speech_for_english(tiny, jfk):
    assert tiny.detect_language(jfk) == ("en", 1.0)


@pytest.mark.models
def test_a_model_of_many_languages_tells_which_it_hears(models, jfk):
    base = WhisperSpeech(models / "whisper-base", "whisper-base", "cpu", "auto", 1)
    language, probability = base.detect_language(jfk)
    assert language == "en"
    assert 0.5 < probability <= 1.0


@pytest.mark.models
def test_an_english_model_refuses_another_language(tiny, jfk):
    with pytest.raises(InputError, match=r"whisper-tiny\.en knows English only, not 'de'"):
        tiny.transcribe(jfk, [Span(0.2, 10.9)], "de")
