from __future__ import annotations

import numpy as np
from quality.programme import VOICES, build
from quality.sound import RATE_HZ
from quality.truth import read_truth

PROGRAMME = {
    "name": "A Test",
    "parts": [
        {"speaker": "Ann", "text": "Good morning. How are you?", "topic": "Lifestyle", "tone": "Casual"},
        {"speaker": "Bob", "text": "It rains!", "topic": "Weather & Climate", "topic_also_ok": ["Travel"]},
        {"speaker": "Ann", "text": "Good bye.", "topic": "Lifestyle", "tone": "Casual", "tone_also_ok": ["Positive"]},
    ],
}
MUSIC = np.full(22 * RATE_HZ, 0.25, np.float32)


def built():
    lines = []

    def speak(asked):
        lines.extend(asked)
        return [np.full(RATE_HZ * len(text.split()), 0.5, np.float32) for _, text in asked]

    sound, document = build(PROGRAMME, speak, MUSIC)
    return sound, document, lines


def test_the_truth_can_be_read_and_is_as_long_as_the_sound():
    sound, document, _ = built()
    truth = read_truth(document)
    assert truth.duration_s == round(len(sound) / RATE_HZ, 4)
    kinds = [part.kind for part in truth.parts]
    assert (kinds[0], kinds[-1], kinds.count("speech"), set(kinds)) == (
        "music",
        "music",
        3,
        {"music", "speech", "noise", "silence"},
    )


def test_every_sentence_is_where_the_truth_says():
    sound, document, _ = built()
    spoken = [sentence for part in read_truth(document).parts for sentence in part.sentences]
    assert [sentence.text for sentence in spoken] == ["Good morning.", "How are you?", "It rains!", "Good bye."]
    for sentence in spoken:
        start, end = round(sentence.start_s * RATE_HZ), round(sentence.end_s * RATE_HZ)
        assert np.all(sound[start:end] == 0.5)
        assert not np.any(sound[end : end + round(0.3 * RATE_HZ)])


def test_every_speaker_keeps_a_voice():
    voices = [voice for voice, _ in built()[2]]
    assert voices == [VOICES[0], VOICES[0], VOICES[1], VOICES[0]]
