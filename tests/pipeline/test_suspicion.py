"""What of a speech model's output is not trusted."""

from __future__ import annotations

import numpy as np
import pytest
from sound_files import DATA, RATE_HZ, noise, read_samples, tone

from soniclayer.domain.segment import Word
from soniclayer.engines.whisper import WhisperSpeech
from soniclayer.pipeline.speech_model import Utterance
from soniclayer.pipeline.suspicion import suspicion


def said(text, seconds, **figures):
    words = text.split()
    step = seconds / max(len(words), 1)
    timed = tuple(Word(i * step, (i + 1) * step, f" {word}", 0.9) for i, word in enumerate(words))
    usual = {"average_logprob": -0.2, "no_speech_probability": 0.02, "compression_ratio": 1.4}
    return Utterance(timed, **{**usual, **figures})


MUSIC = read_samples(DATA / "music_sonicpi_45s.flac")
NEWS = "the regional parliament has voted to delay the housing reform bill until the spring"


def test_usual_speech_is_trusted():
    assert suspicion(said(NEWS, 5.0), 5.0) is None


@pytest.mark.parametrize(
    ("utterance", "seconds", "reason"),
    [
        (said(NEWS, 5.0, compression_ratio=2.5), 5.0, "loop"),
        (said("and then we went " * 4, 8.0), 8.0, "loop"),
        (said(NEWS, 5.0, average_logprob=-1.1), 5.0, "low probability"),
        (said("thank you", 2.0, average_logprob=-0.8, no_speech_probability=0.7), 2.0, "no speech"),
        (said(NEWS * 3, 5.0), 5.0, "too many words"),
        (said("right", 1.0), 9.0, "speech without words"),
        (said("", 9.0), 9.0, "speech without words"),
    ],
)
def test_what_cannot_be_speech_is_not_trusted(utterance, seconds, reason):
    assert suspicion(utterance, seconds) == reason


def test_words_lost_in_the_middle_are_missed_though_the_model_stretches_one_over_them():
    words = (Word(0.0, 0.4, " voters", 0.9), Word(0.4, 7.0, " choose", 0.9), Word(7.0, 7.5, " now", 0.9))
    assert suspicion(Utterance(words, -0.2, 0.0, 1.2), 8.0) == "speech without words"


def test_what_is_said_three_times_is_no_loop():
    assert suspicion(said("order now and save " * 3, 6.0), 6.0) is None


def test_a_single_short_word_is_trusted():
    assert suspicion(said("yes", 0.3), 0.6) is None


@pytest.fixture(scope="module")
def tiny(models):
    return WhisperSpeech(models / "whisper-tiny.en", "whisper-tiny.en", "cpu", "auto", 1)


@pytest.mark.models
@pytest.mark.parametrize(
    "sound",
    [noise(12), noise(20, colour=1, level=0.003), np.zeros(15 * RATE_HZ), tone(10), MUSIC[: 20 * RATE_HZ]],
    ids=["white noise", "faint pink noise", "silence", "a tone", "music"],
)
def test_what_the_model_makes_of_no_speech_at_all_is_not_trusted(tiny, sound):
    for careful in (False, True):
        (utterance,) = tiny.transcribe([sound.astype(np.float32)], "en", careful=careful)
        assert suspicion(utterance, len(sound) / RATE_HZ)


@pytest.mark.models
def test_what_the_model_makes_of_real_speech_is_trusted(tiny, jfk):
    for sound in (jfk, read_samples(DATA / "librivox_austen_5.flac"), 0.01 * jfk):
        (utterance,) = tiny.transcribe([sound.astype(np.float32)], "en")
        assert suspicion(utterance, len(sound) / RATE_HZ) is None
