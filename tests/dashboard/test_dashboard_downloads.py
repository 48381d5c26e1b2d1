"""What can be taken home from a recording."""

from __future__ import annotations

import csv
import hashlib
import json

import pysubs2
import pytest
from playwright.sync_api import expect


@pytest.fixture
def fetched(visitor, archive, tmp_path):
    """Downloads a form of the sample broadcast by its name; the file."""

    def fetch(name):
        page = visitor.open(f"recordings/{archive.broadcast}")
        page.get_by_text("Download", exact=True).click()
        with page.expect_download() as started:
            page.get_by_role("link", name=name).click()
        path = tmp_path / started.value.suggested_filename
        started.value.save_as(path)
        return path

    return fetch


@pytest.mark.parametrize(("name", "suffix"), [("Subtitles (SRT)", ".srt"), ("Subtitles (VTT)", ".vtt")])
def test_subtitles_are_read_by_players(fetched, name, suffix):
    path = fetched(name)
    assert path.name == f"broadcast{suffix}"
    assert "Willow Street Radio" in " ".join(line.text for line in pysubs2.load(str(path)))


def test_the_table_has_a_line_for_each_segment(fetched, archive):
    with fetched("Table (CSV)").open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    assert len(lines) == len(archive.service.get(f"/segments/{archive.broadcast}").json()["segments"])


def test_the_data_name_the_recording(fetched, archive):
    assert json.loads(fetched("Data (JSON)").read_text())["audio_id"] == archive.broadcast


def test_the_text_is_what_was_said(fetched):
    assert "Willow Street Radio" in fetched("Text (TXT)").read_text()


def test_the_original_is_what_was_sent(fetched, archive):
    assert hashlib.sha256(fetched("Original audio").read_bytes()).hexdigest() == archive.broadcast


def test_the_report_opens_from_a_file_without_a_network(fetched, visit):
    path = fetched("Report (HTML)")
    reader = visit("")
    asked = []
    reader.context.on("request", lambda request: asked.append(request.url))
    reader.context.set_offline(True)
    reader.page.goto(path.as_uri())
    expect(reader.page.get_by_role("heading", name="broadcast.flac")).to_be_visible()
    expect(reader.page.get_by_text("Gen Z listener").first).to_be_visible()
    assert reader.barriers() == ""
    assert asked == [path.as_uri()]
