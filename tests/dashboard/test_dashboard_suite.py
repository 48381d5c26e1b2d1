"""The whole suite, with a worker that has real models."""

from __future__ import annotations

import pytest
from dashboard.drop import drop
from playwright.sync_api import expect
from samples import DATA
from service import running_service

SAID = "ask not what your country can do for you"
WAIT_MS = 90_000


@pytest.fixture
def guest(visit, models, tmp_path):
    """Somebody with a session."""
    with running_service(tmp_path / "suite", models, workers=1, SONICLAYER_SESSION_KEY="k" * 32) as service:
        guest = visit(service.url)
        guest.sign_in(service.key)
        yield guest


def test_a_speech_that_is_dropped_is_read_heard_and_judged_without_looking_away(guest):
    page = guest.open()
    expect(page.get_by_text("Drop recordings here")).to_be_visible()
    drop(page, [DATA / "jfk.flac"])
    page.get_by_role("table").get_by_role("link", name="jfk.flac").click()
    expect(page.locator(".windowed-row").first).to_contain_text(
        "ask not what your country can do for you", timeout=WAIT_MS
    )
    expect(page.get_by_text("Done", exact=True)).to_be_visible(timeout=WAIT_MS)
    expect(page.locator(".windowed-row").first.locator(".score")).to_have_count(6)
    page.get_by_role("button", name="Play (Space)").click()
    guest.wait_heard(1.0)
