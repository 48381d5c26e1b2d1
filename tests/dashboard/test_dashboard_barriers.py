"""What axe finds on every page, in light and dark, on a desk and on a phone: nothing."""

from __future__ import annotations

import pytest
from dashboard.visitor import DESK, PHONE
from playwright.sync_api import expect

LOOKS = {"light": ("light", DESK), "dark": ("dark", DESK), "phone": ("light", PHONE), "dark phone": ("dark", PHONE)}


@pytest.fixture(params=LOOKS)
def guest(request, visit, archive):
    """Somebody with a session, in each of the looks."""
    scheme, size = LOOKS[request.param]
    guest = visit(archive.url, color_scheme=scheme, viewport=size, reduced_motion="reduce")
    guest.sign_in(archive.key)
    return guest


def is_as_wide_as_the_window(page) -> bool:
    return page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


def right_edge(page, selector: str) -> float:
    return page.locator(selector).evaluate("(element) => element.getBoundingClientRect().right")


def test_the_sign_in_keeps_nobody_out(guest):
    guest.context.clear_cookies()
    expect(guest.open().get_by_label("API key")).to_be_visible()
    assert guest.barriers() == ""


def test_the_library_keeps_nobody_out(guest):
    page = guest.open()
    expect(page.get_by_role("link", name="broadcast.flac")).to_be_visible()
    assert guest.barriers() == ""
    assert is_as_wide_as_the_window(page)


def test_a_selection_and_its_question_keep_nobody_out(guest):
    page = guest.open()
    page.get_by_role("checkbox", name="Select “broadcast.flac”").check(force=True)
    assert guest.barriers() == ""
    page.get_by_role("button", name="Delete: broadcast.flac").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert guest.barriers() == ""


def test_a_recording_keeps_nobody_out(guest, archive):
    page = guest.open(f"recordings/{archive.broadcast}")
    page.locator(".windowed-row").nth(2).get_by_role("button").click()
    expect(page.get_by_role("heading", name="Gen Z listener").first).to_be_visible()
    assert guest.barriers() == ""
    assert is_as_wide_as_the_window(page)


def test_long_words_of_the_player_do_not_push_it_out_of_the_page(guest, archive):
    page = guest.open(f"recordings/{archive.broadcast}?t=119")
    expect(page.locator(".player")).to_contain_text("Advertising & Marketing · Informative")
    assert right_edge(page, ".player") == right_edge(page, ".recording-head")
    assert right_edge(page, ".player") < page.viewport_size["width"] - 8


def test_the_downloads_and_the_keys_of_a_recording_keep_nobody_out(guest, archive):
    page = guest.open(f"recordings/{archive.broadcast}")
    page.get_by_text("Download", exact=True).click()
    expect(page.get_by_role("link", name="Report (HTML)")).to_be_visible()
    assert guest.barriers() == ""
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    assert guest.barriers() == ""


def test_the_comparison_keeps_nobody_out(guest, archive, other_id):
    page = guest.open(f"compare/{archive.broadcast}/{other_id}")
    expect(page.get_by_role("heading", name="Compare")).to_be_visible()
    expect(page.get_by_text("Gen Z listener").first).to_be_visible()
    assert guest.barriers() == ""
    assert is_as_wide_as_the_window(page)


def test_the_personas_keep_nobody_out(guest):
    page = guest.open("personas")
    expect(page.get_by_role("heading", name="Gen Z listener")).to_be_visible()
    assert guest.barriers() == ""
    assert is_as_wide_as_the_window(page)
    page.get_by_role("button", name="Judge again: Gen Z listener").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert guest.barriers() == ""


def test_a_page_that_is_not_there_keeps_nobody_out(guest):
    expect(guest.open("nowhere").get_by_role("heading", name="There is no such page")).to_be_visible()
    assert guest.barriers() == ""


def test_a_recording_that_is_not_there_keeps_nobody_out(guest):
    guest.allow("status of 404")
    expect(guest.open(f"recordings/{'0' * 64}").get_by_text("There is no such recording")).to_be_visible()
    assert guest.barriers() == ""


def test_an_empty_library_keeps_nobody_out(guest):
    empty = {"recordings": [], "total": 0, "rebuilding": False}
    guest.context.route("**/api/recordings?*", lambda route: route.fulfill(json=empty))
    expect(guest.open().get_by_text("Drop recordings here")).to_be_visible()
    assert guest.barriers() == ""


def test_a_server_that_does_not_answer_keeps_nobody_out(guest):
    guest.allow("ERR_FAILED")
    guest.context.route("**/api/**", lambda route: route.abort())
    expect(guest.open().get_by_role("heading", name="The server does not answer")).to_be_visible()
    assert guest.barriers() == ""
