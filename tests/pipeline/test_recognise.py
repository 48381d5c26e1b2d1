"""Further tries, on what a real model left out."""

from __future__ import annotations

import numpy as np
import pytest
from sound_files import BROADCAST, RATE_HZ, read_samples

from soniclayer.domain.window import Span
from soniclayer.engines.whisper import WhisperSpeech
from soniclayer.pipeline.clips import pack
from soniclayer.pipeline.recognise import recognise
from soniclayer.pipeline.speech_model import Utterance


class Lost:
    """A speech model that understands nothing, and counts what it was asked."""

    name = "lost"

    def __init__(self):
        self.asked = []

    def detect_language(self, audio):
        return "en", 0.9

    def transcribe(self, sounds, language, *, careful=False):
        self.asked += [careful] * len(sounds)
        return [Utterance((), -2.0, 0.9, 0.5) for _ in sounds]


@pytest.mark.parametrize(("spans", "plainly", "carefully"), [(8, 7, 0), (2, 3, 2), (1, 1, 1)])
def test_what_nobody_can_understand_is_not_tried_for_ever(spans, plainly, carefully):
    speech = [Span(3.0 * i + 0.3, 3.0 * i + 2.5) for i in range(spans)]
    audio = np.zeros(3 * spans * RATE_HZ, np.float32)
    model = Lost()
    found = recognise(pack(speech, audio), audio, "en", model)
    assert all(one.doubtful for one in found)
    assert (model.asked.count(False), model.asked.count(True)) == (plainly, carefully)


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
