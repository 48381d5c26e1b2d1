"""Silero, fed in blocks, against itself in one go."""

from __future__ import annotations

import numpy as np
import pytest
from faster_whisper.vad import get_vad_model
from sound_files import BROADCAST, DATA, noise, read_samples, tone

from soniclayer.engines.speech import SileroDetector, with_fundamental

NOTHING = np.zeros(0, np.float32)


@pytest.fixture(scope="module")
def detector():
    return SileroDetector()


@pytest.fixture(scope="module")
def broadcast():
    return read_samples(BROADCAST)


def test_one_probability_per_chunk_begun(detector):
    assert len(detector.probabilities(np.zeros(513, np.float32), NOTHING)) == 2
    assert len(detector.probabilities(np.zeros(512, np.float32), NOTHING)) == 1
    assert len(detector.probabilities(NOTHING, NOTHING)) == 0


def test_in_one_go_it_says_what_faster_whisper_says(detector, broadcast):
    whole = broadcast[: len(broadcast) // 512 * 512]
    theirs = get_vad_model()(with_fundamental(whole)).reshape(-1)
    assert np.abs(detector.probabilities(whole, NOTHING)[:-1] - theirs[:-1]).max() < 0.001


def test_blocks_with_a_warm_up_find_the_same_speech(detector, broadcast):
    blocks = [
        detector.probabilities(broadcast[at : at + 675 * 512], broadcast[max(0, at - 96 * 512) : at])
        for at in range(0, len(broadcast), 675 * 512)
    ]
    whole = detector.probabilities(broadcast, NOTHING)
    differs = (np.concatenate(blocks) >= 0.5) != (whole >= 0.5)
    assert differs.mean() < 0.005


def test_the_audio_given_is_not_changed(detector):
    sound = tone(1).astype(np.float32)
    kept = sound.copy()
    detector.probabilities(sound, sound)
    assert (sound == kept).all()


def test_the_same_audio_gives_the_same_answer_every_time(detector, broadcast):
    piece, before = broadcast[400_000:600_000], broadcast[300_000:400_000]
    first = detector.probabilities(piece, before)
    detector.probabilities(broadcast[:100_000], NOTHING)
    assert (detector.probabilities(piece, before) == first).all()


def test_speech_is_heard_also_when_it_is_soft(detector):
    speech = read_samples(DATA / "jfk.flac")
    loud, soft = (detector.probabilities(speech * gain, NOTHING) >= 0.5 for gain in (1, 0.03))
    assert soft.sum() > 0.85 * loud.sum()


def test_speech_is_heard_on_a_telephone(detector, broadcast):
    spectrum = np.fft.rfft(broadcast)
    frequency_hz = np.fft.rfftfreq(len(broadcast), 1 / 16_000)
    spectrum[(frequency_hz < 300) | (frequency_hz > 3400)] = 0
    telephone = np.fft.irfft(spectrum, len(broadcast)).astype(np.float32)
    studio, heard = (detector.probabilities(sound, NOTHING) >= 0.5 for sound in (broadcast, telephone))
    assert (heard & studio).sum() > 0.85 * studio.sum()  # 0.49 without the pitch brought back


def test_adding_the_pitch_changes_no_length_and_keeps_the_mean():
    sound = noise(1).astype(np.float32)
    changed = with_fundamental(sound)
    assert changed.shape == sound.shape
    assert changed.dtype == np.float32
    assert abs(changed[1000:-1000].mean() - sound[1000:-1000].mean()) < 0.001


@pytest.mark.parametrize(
    "sound",
    [np.zeros(80_000), noise(5), noise(5, 1), noise(5, 2), tone(5, 50), tone(5, 1000)],
    ids=["silence", "white", "pink", "brown", "hum", "tone"],
)
def test_no_speech_is_heard_where_none_is(detector, sound):
    assert detector.probabilities(sound.astype(np.float32), NOTHING).max() < 0.5


def test_no_speech_is_heard_in_music(detector):
    assert detector.probabilities(read_samples(DATA / "music_sonicpi_45s.flac"), NOTHING).max() < 0.5
