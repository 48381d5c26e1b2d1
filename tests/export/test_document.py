"""json: everything, and nothing that is not JSON."""

from __future__ import annotations

import json
import math
from dataclasses import fields, replace
from pathlib import Path

import pytest
from broadcast_result import broadcast_result, judged_result
from pydantic import TypeAdapter

from soniclayer.domain.segment import Label, Origin, Segment, Tag, Word
from soniclayer.domain.summary import (
    Failure,
    PersonaScore,
    PersonaSummary,
    Result,
    SegmentReport,
    Summary,
)
from soniclayer.export import FORMATS, export
from soniclayer.export.formats import export_all
from soniclayer.export.rows import COLUMNS

PAGE = (Path(__file__).parents[2] / "docs" / "formats.md").read_text(encoding="utf-8")
DOCUMENTED = (
    Result,
    Summary,
    PersonaSummary,
    Failure,
    SegmentReport,
    Segment,
    Word,
    Label,
    Tag,
    PersonaScore,
    Origin,
)


def nest(flat):
    """A segment of the document in the form of SegmentReport."""
    own = {field.name for field in fields(Segment)}
    report = {key: value for key, value in flat.items() if key not in own}
    return {**report, "segment": {key: value for key, value in flat.items() if key in own}}


def test_the_document_is_the_whole_result():
    result = broadcast_result()
    document = json.loads(export(result, "json"))
    assert document.pop("schema") == 1
    nested = {**document, "segments": [nest(segment) for segment in document["segments"]]}
    back = TypeAdapter(Result).validate_python(nested, strict=False)
    assert len(back.segments) == len(result.segments)
    assert json.loads(export(back, "json")) == {"schema": 1, **document}
    assert [report.segment.text for report in back.segments] == [r.segment.text for r in result.segments]
    assert [r.evaluations for r in back.segments][1][0].opinion == result.segments[1].evaluations[0].opinion


def test_who_has_judged_is_told_of_every_evaluation():
    segments = json.loads(export(judged_result(), "json"))["segments"]
    (first, second, third) = [segment["evaluations"][0] for segment in segments if segment["evaluations"]][:3]
    assert (first["source"], first["provisional"], first["origin"]) == ("rules", True, None)
    assert (second["source"], second["provisional"], second["origin"]) == ("rules", False, None)
    assert (third["source"], third["provisional"]) == ("langflow", False)
    assert third["origin"] == {
        "flow": "soniclayer_gen_z",
        "flow_fingerprint": "0123456789ab",
        "model": "a-model-7b",
        "latency_s": 1.234,
        "attempts": 2,
    }


def test_numbers_are_rounded_to_what_they_mean():
    result = broadcast_result()
    summary = replace(result.summary, duration_s=246.300049, loudness_lufs=-19.8149)
    document = json.loads(export(replace(result, summary=summary), "json"))
    assert (document["summary"]["duration_s"], document["summary"]["loudness_lufs"]) == (246.3, -19.8)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_becomes_null(value):
    result = broadcast_result()
    document = export(replace(result, summary=replace(result.summary, loudness_lufs=value)), "json")
    assert json.loads(document, parse_constant=pytest.fail)["summary"]["loudness_lufs"] is None


def test_equal_results_give_equal_bytes_in_the_order_of_the_fields():
    assert export(broadcast_result(), "json") == export(broadcast_result(), "json")
    keys = list(json.loads(export(broadcast_result(), "json")))
    assert keys == ["schema", "audio_id", "name", "uploaded_at", "models", "state", "summary", "segments"]


def test_several_recordings_are_one_document_a_line():
    lines = export_all([broadcast_result("a.mp3"), broadcast_result("b.mp3")], "json").splitlines()
    assert [json.loads(line)["name"] for line in lines] == ["a.mp3", "b.mp3"]


@pytest.mark.parametrize("form", FORMATS)
def test_a_name_that_is_not_utf8_does_not_stop_any_format(form):
    name = b"caf\xe9 \x1b[31m.mp3".decode("utf-8", "surrogateescape")
    assert export(broadcast_result(name), form).encode("utf-8")


@pytest.mark.parametrize("kind", DOCUMENTED, ids=lambda kind: kind.__name__)
def test_every_key_is_documented(kind):
    keys = [field.name for field in fields(kind) if (kind, field.name) != (SegmentReport, "segment")]
    assert [key for key in keys if f"`{key}`" not in PAGE] == []


def test_every_csv_column_is_documented():
    assert [column for column in COLUMNS if f"`{column}`" not in PAGE] == []
