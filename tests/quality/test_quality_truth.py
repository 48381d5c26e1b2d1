from __future__ import annotations

import copy
import json

import pytest
from quality.truth import TruthError, load_truth, read_truth, spoken_words
from samples import DATA

GOOD = {
    "duration_s": 10,
    "gap_s": 0.4,
    "parts": [
        {"start_s": 0, "end_s": 4, "kind": "music", "text": "", "topic": None},
        {
            "start_s": 4.4,
            "end_s": 10,
            "kind": "speech",
            "text": "Hello you. Good bye.",
            "topic": "Lifestyle",
            "topic_also_ok": ["Food"],
            "tone": "Casual",
            "sentences": [
                {"start_s": 4.4, "end_s": 6.4, "text": "Hello you."},
                {"start_s": 7, "end_s": 10, "text": "Good bye."},
            ],
        },
    ],
}


def changed(change):
    document = copy.deepcopy(GOOD)
    change(document)
    return document


def test_the_sample_s_truth_can_be_read():
    truth = load_truth(DATA / "broadcast" / "truth.json")
    assert (len(truth.parts), truth.duration_s, truth.gap_s) == (13, 246.3, 0.4)
    assert truth.parts[1].topics == ("Community & Local", "Lifestyle", "Entertainment")


def test_labels_and_sentences_may_be_missing():
    speech = read_truth(changed(lambda d: [d["parts"][1].pop(k) for k in ("topic", "tone", "sentences")])).parts[1]
    assert (speech.topics, speech.tones, speech.sentences) == ((), (), ())
    assert len(spoken_words(speech)) == 4


def test_null_is_missing():
    null = changed(lambda d: d["parts"][1].update(topic=None, tone_also_ok=None, sentences=None))
    assert read_truth(null) == read_truth(changed(lambda d: [d["parts"][1].pop(k) for k in ("topic", "sentences")]))


def test_words_lie_in_their_sentences():
    assert [round(word.start_s, 3) for word in spoken_words(read_truth(GOOD).parts[1])] == [4.4, 5.4, 7.0, 8.5]


def test_sentences_that_are_not_the_text_are_left_out_and_the_text_counts():
    part = read_truth(changed(lambda d: d["parts"][1]["sentences"].pop())).parts[1]
    assert (part.sentences, len(spoken_words(part))) == ((), 4)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d.pop("parts"), "the truth: parts is missing"),
        (lambda d: d.update(parts=[]), "it has no parts"),
        (lambda d: d.update(parts=["x"]), "part 1: kind is missing"),
        (lambda d: d.update(duration_s="10"), "the truth: duration_s is '10'"),
        (lambda d: d["parts"][1].pop("end_s"), "part 2: end_s is missing"),
        (lambda d: d["parts"][1].update(start_s=float("nan")), "part 2: start_s is nan, need seconds"),
        (lambda d: d["parts"][1].update(start_s=True), "part 2: start_s is True, need seconds"),
        (lambda d: d["parts"][1].update(end_s=4), "part 2 ends at 4 s and starts at 4.4 s"),
        (lambda d: d["parts"][1].update(start_s=3), "part 2 starts at 3 s, before part 1 ends"),
        (lambda d: d["parts"][1].update(end_s=11), "part 2 ends at 11 s, after the end of the programme"),
        (lambda d: d["parts"][0].update(kind="applause"), "part 1: kind is 'applause', need one of speech, music"),
        (lambda d: d["parts"][1].update(text=" "), "part 2: speech without a text"),
        (lambda d: d["parts"][1].update(topic=3), "part 2: topic is 3"),
        (lambda d: d["parts"][1].update(topic_also_ok="Food"), "part 2: topic_also_ok is 'Food'"),
        (lambda d: d["parts"][1]["sentences"][0].pop("text"), "part 2, sentence 1: text is missing"),
    ],
)
def test_a_damaged_truth_is_refused_with_place_and_value(change, message):
    with pytest.raises(TruthError) as raised:
        read_truth(changed(change))
    assert message in str(raised.value)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b'{"parts": [', b"[]", b"null"])
def test_a_file_that_is_no_truth_is_refused_by_name(tmp_path, content):
    path = tmp_path / "truth.json"
    path.write_bytes(content)
    with pytest.raises(TruthError, match=r"truth\.json"):
        load_truth(path)


def test_what_was_written_is_what_is_read(tmp_path):
    path = tmp_path / "truth.json"
    path.write_text(json.dumps(GOOD))
    assert load_truth(path) == read_truth(GOOD)
