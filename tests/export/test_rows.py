"""csv: what a spreadsheet or `csv` reads back."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest
from broadcast_result import AUDIO_ID, LIKES, broadcast_result, judged_result

from soniclayer.export import export
from soniclayer.export.formats import export_all


def rows(text):
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def with_text(text):
    result = broadcast_result()
    report = result.segments[1]
    return replace(result, segments=(replace(report, segment=replace(report.segment, text=text)),))


def test_there_is_one_row_per_segment_with_one_score_column_per_persona():
    result = broadcast_result()
    found = rows(export(result, "csv"))
    assert [row["segment_id"] for row in found] == [report.segment.segment_id for report in result.segments]
    assert [name for name in found[0] if name.startswith("score_")] == [f"score_{name}" for name in LIKES]


def test_who_has_judged_stands_in_columns_after_all_scores():
    found = rows(export(judged_result(), "csv"))
    speech = [row for row in found if row["kind"] == "speech"]
    assert list(speech[0])[-12:] == [f"{what}_{name}" for what in ("score", "source") for name in LIKES]
    assert [row["source_gen_z"] for row in speech[:3]] == ["provisional", "rules", "langflow"]
    assert {row["source_parent"] for row in speech} == {"langflow"}
    assert found[0]["source_gen_z"] == ""


def test_a_row_holds_what_is_known_of_its_segment():
    row = rows(export(broadcast_result(), "csv"))[9]
    text = row.pop("text")
    assert text.startswith("The new processor opens")
    assert row == {
        "audio_id": AUDIO_ID,
        "name": "broadcast.flac",
        "segment_id": "0002.01",
        "start_s": "102.190",
        "end_s": "115.550",
        "kind": "speech",
        "suspicious": "true",
        "loudness_lufs": "-19.4",
        "topic": "Technology",
        "topic_confidence": "0.810",
        "topic_unsure": "false",
        "tone": "Excited",
        "tone_confidence": "0.480",
        "tone_unsure": "true",
        "tags": "",
        "score_gen_z": "4.70",
        "score_advertiser": "2.80",
        "score_parent": "2.80",
        "score_business_owner": "3.50",
        "score_tradie": "2.80",
        "score_commuter": "2.80",
        **{f"source_{name}": "rules" for name in LIKES},
    }


def test_music_has_no_scores_and_no_labels():
    row = rows(export(broadcast_result(), "csv"))[0]
    assert (row["kind"], row["topic"], row["score_gen_z"]) == ("music", "", "")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " \r\n=cmd|' /C calc'!A0", "\u202e=1"])
def test_no_text_is_taken_for_a_formula(text):
    (row,) = rows(export(with_text(text), "csv"))
    assert row["text"].startswith("'")


def test_a_recordings_name_is_not_taken_for_a_formula():
    assert rows(export(broadcast_result("=evil().mp3"), "csv"))[0]["name"] == "'=evil().mp3"


def test_quotes_commas_and_line_ends_come_back_as_one_line():
    (row,) = rows(export(with_text('He said "no", and\r\nleft; twice'), "csv"))
    assert row["text"] == 'He said "no", and left; twice'


def test_lines_end_as_rfc_4180_says():
    text = export(broadcast_result(), "csv")
    assert text.count("\r\n") == text.count("\n") == len(broadcast_result().segments) + 1


def test_several_recordings_share_one_header_with_all_personas():
    first, second = broadcast_result("a.mp3"), broadcast_result("b.mp3")
    second = replace(
        second,
        summary=replace(second.summary, personas=second.summary.personas[:1]),
        segments=tuple(replace(report, evaluations=report.evaluations[:1]) for report in second.segments),
    )
    found = rows(export_all([second, first], "csv"))
    assert len(found) == 2 * len(first.segments)
    assert found[1]["score_commuter"] == ""
    assert found[-2]["score_commuter"] == "4.00"
