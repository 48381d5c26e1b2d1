"""Further tries, on what a real model left out."""

from __future__ import annotations

import numpy as np
import pytest
from sound_files import BROADCAST, RATE_HZ, read_samples

from soniclayer.domain.window import Span
from soniclayer.engines.whisper import WhisperSpeech
from soniclayer.pipeline.clips import pack
from soniclayer.pipeline.recognise import recognise


@pytest.mark.models
def test_what_whisper_left_out_of_a_full_clip_is_there_in_the_end(models):
    # It writes down the last sentence alone (seen with base, int8, beams of 1 and of 5).
    base = WhisperSpeech(models / "whisper-base", "whisper-base", "cpu", "auto", 1)
    broadcast = read_samples(BROADCAST)
    opinion, recipe = (broadcast[round(a * RATE_HZ) : round(b * RATE_HZ)] for a, b in ((138.2, 163.4), (174.2, 178.0)))
    audio = np.concatenate([opinion, np.zeros(round(0.4 * RATE_HZ), np.float32), recipe])
    length_s = len(audio) / RATE_HZ
    clips = pack([Span(0.1, 9.6), Span(10.0, 25.0), Span(25.7, length_s)], audio)
    assert len(clips) == 1
    found = recognise(clips, audio, "en", base)
    text = "".join(word.text for one in found for word in one.utterance.words)
    assert "scooters" in text
    assert "pensioners" in text
    assert "lentil" in text
    assert not any(one.doubtful for one in found)
