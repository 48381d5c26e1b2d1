"""Hearing under hard conditions: a programme of speech, music, noise and silence, made soft, thin or full of noise.

Silero alone, no words: `python -m quality.conditions` measures those (docs/hearing.md).
"""

from __future__ import annotations

import pytest
from quality.conditions.make import PHONE_RATE_HZ, at_peak, over_bed, overlapping, pink, telephone
from quality.non_speech import invented_regions, search
from quality.sound import read_sound
from quality.truth import load_truth
from sound_files import DATA, RATE_HZ, write_audio

from soniclayer.domain.window import PreparedWindow
from soniclayer.engines.audio import open_audio
from soniclayer.engines.flac import encode_flac
from soniclayer.engines.speech import SileroDetector
from soniclayer.pipeline.audio_engine import HearingEngines
from soniclayer.pipeline.prepare import PrepareOptions, prepare
from soniclayer.pipeline.segments import cut_segments

HARBOUR = DATA / "harbour"


def as_it_is(sound, truth):
    return sound, truth, RATE_HZ


def soft(sound, truth):
    return at_peak(sound, -40), truth, RATE_HZ


def on_the_phone(sound, truth):
    return telephone(sound), truth, PHONE_RATE_HZ


def over_music(sound, truth):
    return over_bed(sound, truth, read_sound(DATA / "music_sonicpi_45s.flac"), 10), truth, RATE_HZ


def in_noise(sound, truth):
    return over_bed(sound, truth, pink(60), 15), truth, RATE_HZ


def two_voices(sound, truth):
    return *overlapping(sound, truth, 2.0), RATE_HZ


@pytest.mark.parametrize("condition", [as_it_is, soft, on_the_phone, over_music, in_noise, two_voices])
def test_speech_stays_speech_and_what_is_none_is_found(tmp_path, condition):
    sound, truth, rate_hz = condition(read_sound(HARBOUR / "harbour.ogg"), load_truth(HARBOUR / "truth.json"))
    path = write_audio(tmp_path / "a.wav", sound, rate_hz)
    engines = HearingEngines(open_audio, encode_flac, SileroDetector(), lambda _: ("en", 1.0))
    items = prepare(path, PrepareOptions(3600), engines)
    windows = [item.window for item in items if isinstance(item, PreparedWindow)]

    segments = [segment for window in windows for segment in cut_segments(window, [])]
    assert [one.part for one in search(truth, segments) if not one.found] == []
    assert invented_regions(truth, segments) == []
    spans = [span for window in windows for span in window.speech]
    for part in truth.parts:
        heard_s = sum(max(0.0, min(s.end_s, part.end_s) - max(s.start_s, part.start_s)) for s in spans)
        if part.kind == "speech":
            assert heard_s > 0.7 * part.duration_s, part.text
        else:
            assert heard_s < 0.5, part
