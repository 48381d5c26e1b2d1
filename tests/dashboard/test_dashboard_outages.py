"""The server or the network goes away, and comes back."""

from __future__ import annotations

import pytest
from dashboard.archive import running_archive
from playwright.sync_api import expect

MINUTES = 40
"""Windows of a recording that is too long to lie in the browser as a whole when it begins to play."""


@pytest.fixture
def own(tmp_path):
    """An archive of the test's own, to stop; with a recording."""
    with running_archive(tmp_path / "own") as own:
        own.broadcast = own.add("long.flac", MINUTES)
        yield own


@pytest.fixture
def patient(visit, own):
    """Somebody with a session there, who expects outages."""
    patient = visit(own.url)
    patient.allow("ERR_", "status of 50")
    patient.sign_in(own.key)
    return patient


def test_a_start_without_the_server_goes_on_by_itself_as_soon_as_it_is_there(visitor):
    visitor.allow("ERR_FAILED")
    visitor.context.route("**/api/**", lambda route: route.abort())
    page = visitor.open()
    expect(page.get_by_role("heading", name="The server does not answer")).to_be_visible()
    visitor.context.unroute("**/api/**")
    expect(page.get_by_role("link", name="broadcast.flac")).to_be_visible()


def test_a_restart_of_the_backend_while_it_plays_is_heard_over(patient, own):
    page = patient.open(f"recordings/{own.broadcast}")
    page.get_by_role("button", name="Play (Space)").click()
    patient.wait_heard(0.5)
    own.service.kill("backend")
    expect(page.get_by_text("The server cannot be reached. What you see may be old")).to_be_visible()
    far_s = MINUTES * 57.6 - 60
    page.evaluate("(seconds) => { window.sound.currentTime = seconds; }", far_s)
    own.service.start("backend")
    own.service.wait_ready()
    expect(page.get_by_text("What you see may be old")).to_be_hidden()
    patient.wait_heard(far_s + 0.5)
    assert not page.evaluate("() => window.sound.paused")


def test_what_happened_while_the_backend_was_away_is_shown_afterwards(patient, own):
    page = patient.open()
    expect(page.get_by_role("link", name="long.flac")).to_be_visible()
    own.service.kill("backend")
    expect(page.get_by_text("The server cannot be reached. What you see may be old")).to_be_visible()
    own.add("meanwhile.flac", 1)
    own.service.start("backend")
    own.service.wait_ready()
    expect(page.get_by_role("link", name="meanwhile.flac")).to_be_visible()


def test_what_was_heard_while_the_backend_was_away_is_read_afterwards(patient, own):
    audio_id = own.service.upload(own.sound("under way.flac", 2))
    worker = own.worker(2)
    worker.until(audio_id, "transcribe.0000")
    page = patient.open(f"recordings/{audio_id}")
    rows = page.locator(".windowed-row")
    expect(rows.first).to_have_attribute("aria-setsize", "4")
    own.service.kill("backend")
    worker.finish(audio_id)
    own.service.start("backend")
    own.service.wait_ready()
    expect(rows.first).to_have_attribute("aria-setsize", "8")
    expect(page.get_by_text("Done", exact=True)).to_be_visible()
