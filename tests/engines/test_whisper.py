from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from soniclayer.engines.whisper import WhisperSpeech, _utterances
from soniclayer.errors import InputError


def segment(seek_s, text, **figures):
    usual = {"avg_logprob": -0.2, "no_speech_prob": 0.1, "compression_ratio": 1.3}
    word = SimpleNamespace(start=seek_s + 1.0, end=seek_s + 1.5, word=text, probability=0.9)
    return SimpleNamespace(seek=int(seek_s * 100), words=[word], **{**usual, **figures})


def test_several_segments_of_one_sound_are_one_utterance_with_the_worst_of_their_figures():
    found = _utterances([segment(0, " a"), segment(0, " b", avg_logprob=-0.9), segment(9.87, " c")], [0.0, 9.875, 20.0])
    assert [[word.text for word in utterance.words] for utterance in found] == [[" a", " b"], [" c"], []]
    assert found[0].average_logprob == -0.9
    assert found[1].words[0].start_s == pytest.approx(0.995)


@pytest.fixture(scope="module")
def tiny(models):
    return WhisperSpeech(models / "whisper-tiny.en", "whisper-tiny.en", "cpu", "auto", 1)


@pytest.mark.models
def test_a_known_sentence_is_recognised_with_times_inside_its_speech(tiny, jfk):
    (utterance,) = tiny.transcribe([jfk], "en")
    text = "".join(word.text for word in utterance.words).lower()
    assert "ask not what your country can do for you" in text.replace(",", "")
    assert all(0.0 <= word.start_s <= word.end_s <= 11.0 for word in utterance.words)
    assert all(0.0 < word.probability <= 1.0 for word in utterance.words)


@pytest.mark.models
def test_the_same_speech_gives_the_same_words_every_time(tiny, jfk):
    assert tiny.transcribe([jfk], "en") == tiny.transcribe([jfk], "en")


@pytest.mark.models
@pytest.mark.parametrize("careful", [False, True])
def test_each_sound_is_heard_by_itself_and_has_times_of_its_own(tiny, jfk, careful):
    silence = np.zeros(16_000, np.float32)
    alone = tiny.transcribe([jfk], "en", careful=careful)[0]
    found = tiny.transcribe([jfk, silence, jfk], "en", careful=careful)
    assert len(found) == 3
    assert [word.text for word in found[0].words] == [word.text for word in found[2].words]
    for one, other in zip(alone.words, found[2].words, strict=True):
        assert one.start_s == pytest.approx(
            other.start_s, abs=0.2
        )  # faster-whisper bends first words to the one before


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
        tiny.transcribe([jfk], "de")
