"""Speech, music, noise and silence on made sounds and on real ones."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sound_files import DATA, RATE_HZ, noise, read_samples, tone

from soniclayer.domain.window import Span
from soniclayer.pipeline.regions import KINDS, NOISE, SPEECH, regions, step_kinds, without_short_runs


def kinds_of(sound, voice=()):
    """(kind, start, end) of the regions of a sound that begins at 0."""
    sound = np.asarray(sound, np.float32)
    kinds = step_kinds(sound, voice, 0.0)
    return [(r.kind, r.start_s, r.end_s) for r in regions(kinds, Span(0.0, len(sound) / RATE_HZ))]


def hum(seconds):
    return sum(tone(seconds, 50 * n, level=0.1 / n) for n in (1, 2, 3, 5, 7))


def crowd(seconds):
    count = round(seconds * RATE_HZ)
    spectrum = np.fft.rfft(noise(seconds, 1))
    frequency = np.fft.rfftfreq(count, 1 / RATE_HZ)
    spectrum[(frequency < 250) | (frequency > 3500)] = 0
    swell = np.interp(
        np.arange(count),
        np.arange(0, count, 2400),
        np.random.default_rng(2).uniform(0.3, 1, -(-count // 2400)),
    )
    return np.fft.irfft(spectrum, count) * swell


def applause(seconds):
    random = np.random.default_rng(3)
    count = round(seconds * RATE_HZ)
    claps = (random.random(count) < 0.002) * random.standard_normal(count)
    return 0.1 * np.convolve(claps, np.exp(-np.arange(400) / 60) * random.standard_normal(400), "same")


def melody(seconds):
    beat = np.arange(6400)
    notes = [262, 330, 392, 523, 440, 349, 294]
    played = [0.2 * np.sin(2 * np.pi * f * beat / RATE_HZ) * np.exp(-beat / 6000) for f in notes]
    return np.resize(np.concatenate(played), round(seconds * RATE_HZ))


@pytest.mark.parametrize(
    ("sound", "kind"),
    [
        (np.zeros(20 * RATE_HZ), "silence"),
        (noise(20, level=0.0005), "silence"),
        (noise(20), "noise"),
        (noise(20, 1), "noise"),
        (noise(20, 2), "noise"),
        (noise(20, level=0.01), "noise"),
        (hum(20), "noise"),
        (hum(20) + noise(20, level=0.01), "noise"),
        (tone(20, 1000), "noise"),
        (tone(20, 770) + tone(20, 1336), "noise"),
        (crowd(20), "noise"),
        (applause(20), "noise"),
        (melody(20), "music"),
        (melody(20) + noise(20, level=0.02), "music"),
        (melody(20) * 0.02, "music"),
    ],
    ids=[
        *("digital silence", "quiet floor", "white", "pink", "brown", "soft noise", "hum", "hum and noise"),
        *("test tone", "two tones", "crowd", "applause", "melody", "melody in noise", "soft melody"),
    ],
)
def test_a_sound_is_of_one_kind(sound, kind):
    assert kinds_of(sound) == [(kind, 0.0, 20.0)]


def test_drums_pads_and_loops_are_music():
    assert [kind for kind, _, _ in kinds_of(read_samples(DATA / "music_sonicpi_45s.flac"))] == ["music"]


def test_edges_lie_where_the_sound_changes():
    sound = np.concatenate([melody(10), np.zeros(8 * RATE_HZ), noise(12)])
    found = kinds_of(sound)
    assert [kind for kind, _, _ in found] == ["music", "silence", "noise"]
    assert abs(found[1][1] - 10) <= 0.3
    assert abs(found[1][2] - 18) <= 0.1


def test_short_gaps_in_speech_stay_speech_and_long_ones_do_not():
    voice = [Span(1, 5), Span(7, 10), Span(18, 20)]
    assert kinds_of(noise(20), voice) == [
        ("speech", 0.0, 10.3),
        ("noise", 10.3, 17.7),
        ("speech", 17.7, 20.0),
    ]


def test_beside_soft_speech_soft_music_is_no_silence():
    speech, voice = noise(10), [Span(0, 10)]
    for gain, kind in ((1.0, "silence"), (0.01, "music")):
        sound = np.concatenate([speech * gain, melody(10) * 0.005])
        assert [kind for kind, _, _ in kinds_of(sound, voice)] == ["speech", kind]


def test_after_a_short_gap_another_sound_is_named_on_its_own():
    sound = np.concatenate([noise(6, 1, level=0.05), np.zeros(6400), melody(7)])
    found = kinds_of(sound)
    assert [kind for kind, _, _ in found] == ["noise", "music"]
    assert abs(found[1][1] - 6.2) <= 0.3


def test_a_click_does_not_break_silence():
    sound = np.zeros(10 * RATE_HZ)
    sound[80_000:80_100] = 0.5
    assert kinds_of(sound) == [("silence", 0.0, 10.0)]


@given(
    st.lists(st.sampled_from(range(len(KINDS))), min_size=1, max_size=300),
    st.integers(0, 10_000),
    st.integers(0, 1599),
)
def test_regions_tile_their_window(codes, start, missing):
    span = Span(start / 10, (start + len(codes)) / 10 - missing / 16_000)
    found = regions(np.array(codes, np.int8), span)
    assert found[0].start_s == span.start_s
    assert found[-1].end_s == span.end_s
    assert all(a.end_s == b.start_s and a.kind != b.kind for a, b in pairwise(found))
    assert len(found) == 1 or all(region.duration_s > 0.89 for region in found)


def test_a_short_run_takes_the_kind_of_its_longer_neighbour():
    codes = np.array([SPEECH] * 30 + [NOISE] * 5 + [SPEECH] * 12 + [NOISE] * 40, np.int8)
    assert without_short_runs(codes, 1.0).tolist() == [SPEECH] * 47 + [NOISE] * 40
