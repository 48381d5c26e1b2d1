"""Music or noise, on sounds made here and on real drum loops."""

from __future__ import annotations

import numpy as np
import pytest
from sound_files import DATA, RATE_HZ, noise, read_samples, tone

from soniclayer.pipeline.beat import beat
from soniclayer.pipeline.changes import stretches
from soniclayer.pipeline.music import is_music
from soniclayer.pipeline.regions import KINDS, MUSIC, NOISE, SILENCE, step_kinds
from soniclayer.pipeline.tones import tones

LOOPS = DATA / "music_sonicpi_45s.flac"


def f32(sound):
    return np.asarray(sound, np.float32)


def notes(seconds, seed=4, detune=0.0, note_s=0.4):
    """Plucked notes of a scale; detuned, each lies anywhere between two semitones."""
    random = np.random.default_rng(seed)
    at = np.arange(round(note_s * RATE_HZ)) / RATE_HZ
    played = []
    for _ in range(round(seconds / note_s)):
        pitch_hz = 220 * 2 ** ((random.choice([0, 2, 4, 5, 7, 9, 11, 12]) + detune * random.random()) / 12)
        played.append(sum(np.sin(2 * np.pi * pitch_hz * n * at) / n for n in range(1, 5)) * np.exp(-at / 0.3))
    return 0.1 * np.concatenate(played)


def chords(seconds, chord_s=2.0):
    at = np.arange(round(chord_s * RATE_HZ)) / RATE_HZ
    swell = np.sin(np.pi * at / chord_s)
    triads = ((0, 4, 7), (5, 9, 12), (7, 11, 14), (9, 12, 16))
    found = [sum(np.sin(2 * np.pi * 196 * 2 ** (n / 12) * at) for n in triad) * swell for triad in triads]
    return 0.05 * np.resize(np.concatenate(found), round(seconds * RATE_HZ))


def chirps(seconds):
    """Birds: short tones that glide, at any pitch and any moment."""
    random = np.random.default_rng(5)
    out = noise(seconds, 1, level=0.002)
    for start in np.cumsum(random.exponential(0.15, round(seconds / 0.15)))[:-5]:
        at = np.arange(1300) / RATE_HZ
        glide_hz = random.uniform(1500, 4500) + random.uniform(-12_000, 12_000) * at
        first = round(start * RATE_HZ)
        piece = 0.1 * np.sin(2 * np.pi * np.cumsum(glide_hz) / RATE_HZ) * np.hanning(1300)
        out[first : first + 1300] += piece[: len(out) - first]
    return out


def swelling(seconds):
    """The sea: noise that comes and goes every 6 s."""
    at = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    return noise(seconds, 1.3) * (0.4 + 0.6 * np.sin(np.pi * at / 6) ** 2)


@pytest.mark.parametrize("seconds", [5, 12])
@pytest.mark.parametrize("level_db", [0, -30])
@pytest.mark.parametrize("sound", [notes, chords], ids=["plucked", "pads"])
def test_instruments_are_music_loud_and_soft(sound, level_db, seconds):
    assert is_music(f32(sound(seconds) * 10 ** (level_db / 20)))


@pytest.mark.parametrize("start_s", range(0, 40, 5))
def test_every_5_s_of_real_loops_are_music(start_s):
    loops = read_samples(LOOPS)
    assert is_music(loops[start_s * RATE_HZ : (start_s + 5) * RATE_HZ])


@pytest.mark.parametrize(
    "sound",
    [noise(8), noise(8, 1), noise(8, 2), swelling(12), chirps(10), tone(8, 1000), tone(8, 440.7), tone(8, 55.3)],
    ids=["white", "pink", "brown", "sea", "birds", "test tone", "tone between bins", "hum"],
)
def test_noise_tones_and_birds_are_no_music(sound):
    assert not is_music(f32(sound))


def test_what_is_in_tune_adds_up_and_what_is_not_does_not():
    tuned, detuned = (tones(f32(notes(10, detune=by))) for by in (0.0, 12.0))
    assert abs(tuned.tuning.sum()) > 0.7 * tuned.weight.sum()
    assert abs(detuned.tuning.sum()) < 0.35 * detuned.weight.sum()


def test_drums_have_a_beat_also_under_a_dense_mix_and_noise_has_none():
    loops = read_samples(LOOPS)[: 8 * RATE_HZ]
    assert beat(loops).mean() > 0.4
    assert max(beat(f32(noise(8, colour, seed=seed))).max() for colour in (0, 1, 2) for seed in range(5)) < 0.3


def test_a_beat_takes_4_s():
    click = np.zeros(RATE_HZ // 2)
    click[:400] = noise(400 / RATE_HZ)
    assert beat(f32(np.tile(click, 9)))[0] > 0.4
    assert not beat(f32(np.tile(click, 7))).any()


@pytest.mark.parametrize("first_is_music", [True, False])
def test_music_and_noise_without_a_gap_are_told_apart_to_a_tenth_of_a_second(first_is_music):
    sounds = [notes(9.0), swelling(7.0)]
    before, after = sounds if first_is_music else sounds[::-1]
    kinds = step_kinds(f32(np.concatenate([before, after])), [], 0.0)
    change = len(before) // 1600
    assert set(kinds[: change - 1]) == {MUSIC if first_is_music else NOISE}
    assert set(kinds[change + 1 :]) == {NOISE if first_is_music else MUSIC}


def test_a_rest_is_music_and_a_long_silence_is_not():
    for rest_s, found in ((1.5, {MUSIC}), (4.0, {MUSIC, SILENCE})):
        sound = np.concatenate([notes(6), np.zeros(round(rest_s * RATE_HZ)), notes(6, seed=5)])
        assert set(step_kinds(f32(sound), [], 0.0)) == found, KINDS


def test_stretches_tile_and_none_is_under_5_s():
    sound = f32(np.concatenate([notes(6), noise(5.5), chords(6), np.zeros(6 * RATE_HZ)]))
    found = stretches(sound)
    assert [first for first, _ in found] == [0, *(end for _, end in found[:-1])]
    assert found[-1][1] == 235
    assert len(found) >= 4
    assert all(end - first >= 50 for first, end in found)


def test_one_sound_is_one_stretch():
    assert stretches(f32(noise(30))) == [(0, 300)]
    assert stretches(f32(noise(2))) == [(0, 20)]
