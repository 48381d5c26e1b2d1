"""srt and vtt: read back by pysubs2 and by a reader that is stricter than players are."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from itertools import pairwise

import pysubs2
import pytest
from broadcast_result import broadcast_result, words
from hypothesis import given
from hypothesis import strategies as st

from soniclayer.domain.segment import Word
from soniclayer.export import export
from soniclayer.export.cues import cut_cues

SRT_TIME = r"(\d\d+):([0-5]\d):([0-5]\d),(\d{3})"
VTT_TIME = SRT_TIME.replace(",", r"\.")
HOSTILE = [
    "a --> b",
    "00:00:01,000 --> 00:00:02,000",
    "WEBVTT",
    "<b>bold</b> & <script>",
    "{\\an8}up {comment}",
    "C:\\New\\home",
    "line\nbreak\r\n\r\n7\r\nfeed",
    "&lt;kept&gt;",
    "NOTE this",
]


def with_text(text):
    """The broadcast with one segment left, in which `text` is said."""
    result = broadcast_result()
    report = result.segments[1]
    segment = replace(report.segment, text=text, words=words(text, 9.1, 14.1))
    return replace(result, segments=(replace(report, segment=segment),))


def read(text, header, time, *, numbered):
    """(start_ms, end_ms, lines) of every cue; asserts every rule of the format that a player may rely on."""
    assert text.startswith(header)
    blocks = [block for block in text[len(header) :].strip("\n").split("\n\n") if block]
    cues = []
    for number, block in enumerate(blocks, 1):
        lines = block.split("\n")
        if numbered:
            assert lines.pop(0) == str(number)
        timing = re.fullmatch(f"{time} --> {time}", lines.pop(0))
        assert timing, block
        assert lines
        assert all(line.strip() and "-->" not in line for line in lines)
        h, m, s, ms, *end = map(int, timing.groups())
        cues.append((in_ms(h, m, s, ms), in_ms(*end), tuple(lines)))
    assert all(a[1] <= b[0] for a, b in pairwise(cues))
    return cues


def in_ms(hours, minutes, seconds, milliseconds):
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + milliseconds


def read_srt(result):
    return read(export(result, "srt"), "", SRT_TIME, numbered=True)


def read_vtt(result):
    return read(export(result, "vtt"), "WEBVTT\n", VTT_TIME, numbered=False)


@pytest.mark.parametrize("reader", [read_srt, read_vtt])
def test_the_broadcast_comes_back_with_its_times_and_text(reader):
    result = broadcast_result()
    cues = cut_cues([report.segment.words for report in result.segments])
    assert reader(result) == [(cue.start_ms, cue.end_ms, cue.lines) for cue in cues]


@pytest.mark.parametrize("form", ["srt", "vtt"])
def test_pysubs2_reads_the_same_cues(form):
    result = broadcast_result()
    cues = cut_cues([report.segment.words for report in result.segments])
    events = pysubs2.SSAFile.from_string(export(result, form))
    assert [(e.start, e.end, e.plaintext) for e in events] == [
        (cue.start_ms, cue.end_ms, "\n".join(cue.lines)) for cue in cues
    ]


@pytest.mark.parametrize("text", HOSTILE)
def test_vtt_gives_hostile_text_back_unchanged(text):
    cues = read_vtt(with_text(text))
    assert not any(re.search("<|&(?!amp;|lt;|gt;)", line) for _, _, lines in cues for line in lines)
    assert html.unescape(" ".join(line for _, _, lines in cues for line in lines)) == " ".join(text.split())


@pytest.mark.parametrize("text", HOSTILE)
def test_srt_has_nothing_a_player_takes_for_markup(text):
    lines = [line for _, _, lines in read_srt(with_text(text)) for line in lines]
    assert lines
    assert not set("<>{}\\") & set("".join(lines))


@pytest.mark.parametrize("text", [text for text in HOSTILE if "00:00:02" not in text])  # pysubs2 needs no arrow
def test_pysubs2_reads_all_words_of_hostile_srt(text):
    events = pysubs2.SSAFile.from_string(export(with_text(text), "srt"))
    said = " ".join(event.plaintext.replace("\n", " ") for event in events)
    assert len(said.split()) == len(text.split())


@given(st.lists(st.text(max_size=20), max_size=12))
def test_any_text_gives_files_that_follow_the_formats(texts):
    spoken = tuple(Word(n, n + 0.9, f" {text}", 0.9) for n, text in enumerate(texts))
    result = broadcast_result()
    segment = replace(result.segments[1].segment, words=spoken)
    one = replace(result, segments=(replace(result.segments[1], segment=segment),))
    assert len(read_srt(one)) == len(read_vtt(one))


def test_times_beyond_an_hour_are_written_in_full():
    result = with_text("Late at night.")
    report = result.segments[0]
    late = replace(report, segment=replace(report.segment, words=words("Late.", 37_230.5, 37_232)))
    assert "10:20:30.500 --> 10:20:32.000" in export(replace(result, segments=(late,)), "vtt")


def test_a_recording_without_speech_has_no_cues():
    silent = replace(broadcast_result(), segments=broadcast_result().segments[:1])
    assert (export(silent, "srt"), export(silent, "vtt")) == ("", "WEBVTT\n")
