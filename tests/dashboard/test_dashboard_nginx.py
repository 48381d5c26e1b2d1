"""Through nginx, with TLS, as on a server."""

from __future__ import annotations

import pytest
from dashboard.archive import Archive
from dashboard.drop import drop
from nginx_site import running_site
from playwright.sync_api import expect


@pytest.fixture(scope="module")
def secure():
    """An archive behind nginx, and the address that browsers go to."""
    with running_site() as (site, service), service.courier() as courier:
        archive = Archive(service, courier)
        archive.broadcast = archive.add("evening.flac", 2)
        yield archive, site.url


@pytest.fixture
def guest(visit, secure):
    """Somebody who has typed the key into the page."""
    archive, url = secure
    guest = visit(url, ignore_https_errors=True)
    guest.open().get_by_label("API key").fill(archive.key)
    guest.page.keyboard.press("Enter")
    expect(guest.page.get_by_role("link", name="evening.flac")).to_be_visible()
    return guest


def test_the_session_goes_over_tls_alone(guest, secure):
    (cookie,) = guest.context.cookies(f"{guest.url}/api/")
    assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) == (True, True, "Strict")
    guest.page.get_by_role("button", name="Sign out").click()
    expect(guest.page.get_by_label("API key")).to_be_visible()
    assert guest.context.cookies(f"{guest.url}/api/") == []


def test_a_recording_is_heard_and_seen(guest, secure):
    archive, _ = secure
    page = guest.open(f"recordings/{archive.broadcast}?t=60")
    expect(page.locator(".windowed-row[aria-current='true']")).to_have_attribute("aria-posinset", "5")
    page.get_by_role("button", name="Play (Space)").click()
    guest.wait_heard(60.3)


def test_what_is_dropped_is_followed_to_its_end(guest, secure):
    archive, _ = secure
    page = guest.page
    drop(page, [archive.sound("late.flac", 1)])
    row = page.get_by_role("table").get_by_role("row").filter(has=page.get_by_role("link", name="late.flac"))
    expect(row).to_contain_text("Waiting")
    archive.worker(1).finish(row.get_attribute("data-id"))
    expect(row).to_contain_text("Done")
    expect(page.get_by_text("Live updates are blocked")).to_be_hidden()
