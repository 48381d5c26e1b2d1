"""txt: a transcript to read."""

from __future__ import annotations

from dataclasses import replace

from broadcast_result import broadcast_result

from soniclayer.domain.window import Span
from soniclayer.export import export
from soniclayer.export.formats import export_all


def test_every_segment_has_a_line_with_its_time():
    lines = export(broadcast_result(), "txt").splitlines()
    assert lines[:4] == [
        "broadcast.flac",
        "4:06, language en, completed, dead air 10 s at 2:43",
        "",
        "0:00  [music, 9 s]",
    ]
    assert lines[4].startswith("0:09  Good morning, and welcome to the Breakfast Table")
    assert lines[-1] == "3:54  [music, 12 s]"


def test_silence_stands_in_brackets():
    assert "2:43  [silence, 10 s]" in export(broadcast_result(), "txt").splitlines()


def test_text_that_may_be_invented_is_marked():
    assert "1:42  [doubtful] The new processor" in export(broadcast_result(), "txt")


def test_long_recordings_show_hours_on_every_line():
    result = broadcast_result()
    long = replace(result, summary=replace(result.summary, duration_s=4000.0))
    assert export(long, "txt").splitlines()[3] == "0:00:00  [music, 9 s]"


def test_damage_is_told():
    result = broadcast_result()
    damaged = replace(result, summary=replace(result.summary, damage="ends in the middle of a frame"))
    assert "damaged: ends in the middle of a frame" in export(damaged, "txt").splitlines()[1]


def test_a_language_that_is_a_guess_is_marked():
    result = broadcast_result()
    for probability, told in ((0.59, "language en (unsure),"), (0.6, "language en,"), (None, "language en,")):
        guessed = replace(result, summary=replace(result.summary, language_probability=probability))
        assert told in export(guessed, "txt").splitlines()[1]


def test_much_dead_air_is_counted():
    result = broadcast_result()
    spans = tuple(Span(100.0 * n, 100.0 * n + 6) for n in range(5))
    silent = replace(result, summary=replace(result.summary, dead_air=spans))
    told = export(silent, "txt").splitlines()[1]
    assert told.endswith("dead air 6 s at 0:00, 6 s at 1:40, 6 s at 3:20, 2 more")


def test_several_recordings_stand_under_their_names():
    text = export_all([broadcast_result("a.mp3"), broadcast_result("b.mp3")], "txt")
    assert text.splitlines()[0] == "==> a.mp3 <=="
    assert "\n\n==> b.mp3 <==\n" in text
