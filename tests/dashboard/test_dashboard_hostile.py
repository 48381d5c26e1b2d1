"""Names, transcripts and personas are text, whatever stands in them."""

from __future__ import annotations

import shutil

import pytest
from dashboard.archive import running_archive
from dashboard.visitor import PHONE
from playwright.sync_api import expect
from samples import CONFIG

RUN = "window.hurt = true"
SCRIPT = f"<script>{RUN}</script>"
PICTURE = f"<img src=x onerror='{RUN}'>"
RIGHT_TO_LEFT = "\u202egnp.exe \u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627"
LONG = "Donau" + "dampfschifffahrts" * 30
NAME = f"{PICTURE}{SCRIPT} {RIGHT_TO_LEFT} {LONG[:60]}.flac"
TEXTS = {
    "0000.00": f"{SCRIPT} was said.",
    "0000.01": f"{PICTURE} was said too.",
    "0000.02": f"{RIGHT_TO_LEFT} he added.",
    "0000.03": f"{LONG} is a word. javascript:{RUN}",
}


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """An archive where every text is hostile; and the id of its recording."""
    folder = tmp_path_factory.mktemp("hostile")
    shutil.copytree(CONFIG, folder / "config")
    persona = folder / "config/personas/gen_z.yaml"
    persona.write_text(persona.read_text().replace("title: Gen Z listener", f'title: "{PICTURE} listener"', 1))
    with running_archive(folder / "service", SONICLAYER_CONFIG_DIR=str(folder / "config")) as archive:
        yield archive, archive.add(NAME.replace("/", "\u2215"), 2, TEXTS)


@pytest.fixture(params=["desk", "phone"])
def reader(request, visit, hostile):
    """Somebody who reads it."""
    archive, _ = hostile
    reader = visit(archive.url, **({"viewport": PHONE} if request.param == "phone" else {}))
    reader.sign_in(archive.key)
    return reader


def unhurt(page) -> bool:
    """Nothing ran, nothing became an element, and nothing is wider than the window."""
    return page.evaluate("""() => !window.hurt && !document.querySelector("main script, main img, dialog img")
      && document.documentElement.scrollWidth <= innerWidth""")


def test_the_library_shows_a_hostile_name_as_it_is(reader):
    page = reader.open()
    expect(page.get_by_role("link", name="<img src=x")).to_be_visible()
    assert unhurt(page)
    page.get_by_role("button", name="Delete: <img").click()
    expect(page.get_by_role("dialog")).to_contain_text("<script>")
    assert unhurt(page)
    assert reader.barriers() == ""


def test_a_recording_shows_a_hostile_transcript_as_it_is(reader, hostile):
    _, audio_id = hostile
    page = reader.open(f"recordings/{audio_id}")
    for number, text in enumerate((SCRIPT, PICTURE, RIGHT_TO_LEFT, LONG)):
        row = page.locator(f".windowed-row[data-key='0000.{number:02d}']")
        expect(row).to_contain_text(text)
        row.get_by_role("button").click()
        expect(page.get_by_role("region", name="Segment")).to_contain_text(text)
    page.get_by_label("Find in the transcript").fill("<script>")
    page.mouse.move(*middle_of(page.locator(".timeline-view")))
    assert unhurt(page)
    assert reader.barriers() == ""


def test_the_comparison_shows_hostile_names_as_they_are(reader, hostile):
    archive, audio_id = hostile
    other = archive.add(f"{SCRIPT.replace('/', '')}.flac", 1) if len(archive.service.recordings.ids()) == 1 else None
    other = other or next(one for one in archive.service.recordings.ids() if one != audio_id)
    page = reader.open(f"compare/{audio_id}/{other}")
    expect(page.get_by_text("<img src=x").first).to_be_visible()
    assert unhurt(page)


def test_the_personas_show_a_hostile_title_as_it_is(reader):
    page = reader.open("personas")
    expect(page.get_by_role("heading", name=PICTURE)).to_be_visible()
    assert unhurt(page)


def test_the_report_shows_hostile_texts_as_they_are(visit, hostile, tmp_path):
    archive, audio_id = hostile
    path = tmp_path / "report.html"
    path.write_bytes(archive.service.get(f"/transcripts/{audio_id}.html").content)
    reader = visit("")
    reader.page.goto(path.as_uri())
    expect(reader.page.get_by_text(SCRIPT).first).to_be_visible()
    assert not reader.page.evaluate("() => window.hurt")


def middle_of(locator):
    box = locator.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
