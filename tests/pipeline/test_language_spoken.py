"""Which language: the finder on its own, and real speech in three languages, after music, with Whisper base."""

from __future__ import annotations

import numpy as np
import pytest
from quality.sound import read_sound
from sound_files import DATA, RATE_HZ, read_samples, write_audio

from soniclayer.domain.window import Span
from soniclayer.engines.audio import open_audio
from soniclayer.engines.flac import encode_flac
from soniclayer.engines.speech import SileroDetector
from soniclayer.engines.whisper import WhisperSpeech
from soniclayer.pipeline.audio_engine import HearingEngines
from soniclayer.pipeline.language import LanguageFinder
from soniclayer.pipeline.prepare import PrepareOptions, prepare

SOUND = np.arange(10 * RATE_HZ, dtype=np.float32)


def test_only_what_lies_in_speech_is_heard():
    asked = []
    finder = LanguageFinder(lambda heard: (asked.append(heard), ("de", 0.9))[1], None)
    assert finder.language is None
    finder.hear(SOUND[3 * RATE_HZ :], 3 * RATE_HZ, [Span(1, 2), Span(4, 5), Span(9, 12)])
    assert (finder.language, finder.probability) == ("de", 0.9)
    (heard,) = asked
    assert heard.tolist() == [*SOUND[4 * RATE_HZ : 5 * RATE_HZ], *SOUND[9 * RATE_HZ :]]


@pytest.fixture(scope="module")
def base(models):
    return WhisperSpeech(models / "whisper-base", "whisper-base", "cpu", "auto", 1)


@pytest.mark.models
@pytest.mark.parametrize(("name", "language"), [("speech_de.ogg", "de"), ("speech_es.ogg", "es"), ("jfk.flac", "en")])
def test_after_a_music_intro_the_language_is_that_of_the_speech(base, tmp_path, name, language):
    music = read_samples(DATA / "music_sonicpi_45s.flac")[: 8 * RATE_HZ]
    path = write_audio(tmp_path / "a.wav", np.concatenate([music, read_sound(DATA / name)]))
    engines = HearingEngines(open_audio, encode_flac, SileroDetector(), base.detect_language)
    *_, plan = prepare(path, PrepareOptions(3600), engines)
    assert plan.language == language
    assert plan.language_probability > 0.6


@pytest.mark.models
def test_an_english_model_says_english_of_everything(models):
    tiny = WhisperSpeech(models / "whisper-tiny.en", "whisper-tiny.en", "cpu", "auto", 1)
    assert tiny.detect_language(read_sound(DATA / "speech_de.ogg")) == ("en", 1.0)
