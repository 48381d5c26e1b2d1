"""Everything that can be done can be done without a mouse; and where the focus is can always be seen."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

MOST_TABS = 80


@pytest.fixture
def typist(visitor):
    """Somebody whose mouse is broken."""
    visitor.page.add_init_script("""for (const kind of ["mousedown", "pointerdown", "touchstart"]) {
      addEventListener(kind, (event) => event.isTrusted && console.error("a mouse was used"), true);
    }""")
    return visitor


def tab_to(page, wanted):
    """Press Tab until an element that is looked for has the focus, and shows it."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if wanted.count() and wanted.first.evaluate("(element) => element === document.activeElement"):
            ring = wanted.first.evaluate("(element) => getComputedStyle(element).outlineStyle")
            assert ring != "none", f"{wanted} does not show the focus"
            return
    raise AssertionError(f"Tab does not lead to {wanted}")


def test_who_signs_in_and_out_needs_no_mouse(visit, archive):
    page = visit(archive.url).open()
    page.get_by_label("API key").press_sequentially(archive.key)
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="broadcast.flac")).to_be_visible()
    tab_to(page, page.get_by_role("button", name="Sign out"))
    page.keyboard.press("Enter")
    expect(page.get_by_label("API key")).to_be_focused()


def test_the_first_stop_leads_past_the_head(typist):
    page = typist.open()
    expect(page.get_by_role("link", name="broadcast.flac")).to_be_visible()
    page.evaluate("() => document.activeElement.blur()")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()


def test_the_library_is_searched_by_keys(typist):
    page = typist.open()
    expect(page.get_by_role("link", name="broadcast.flac")).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("broadcast")
    expect(page.get_by_text("1 found")).to_be_visible()
    tab_to(page, page.get_by_role("link", name="broadcast.flac"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="broadcast.flac")).to_be_visible()


def test_the_library_is_walked_and_opened_by_keys(typist, other_id):
    page = typist.open("?sort=uploaded_at")
    expect(page.get_by_role("link", name="afternoon.flac")).to_be_visible()
    page.keyboard.press("j")
    expect(page.locator("a.name").nth(0)).to_be_focused()
    page.keyboard.press("j")
    expect(page.locator("a.name").nth(1)).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="broadcast.flac")).to_be_visible()


def test_a_recording_is_deleted_by_keys_once_that_was_confirmed(typist, archive):
    archive.add("unloved.flac", 1)
    page = typist.open("?q=unloved")
    line = page.get_by_role("link", name="unloved.flac")
    expect(line).to_be_visible()
    tab_to(page, line)
    page.keyboard.press("Delete")
    expect(page.get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Escape")
    expect(line).to_be_focused()
    page.keyboard.press("Delete")
    tab_to(page, page.get_by_role("dialog").get_by_role("button", name="Delete"))
    page.keyboard.press("Enter")
    expect(line).to_have_count(0)


def test_two_are_chosen_and_compared_by_keys(typist, other_id):
    page = typist.open()
    expect(page.get_by_role("link", name="afternoon.flac")).to_be_visible()
    for name in ("broadcast.flac", "afternoon.flac"):
        tab_to(page, page.get_by_role("checkbox", name=f"Select “{name}”"))
        page.keyboard.press("Space")
    page.keyboard.press("c")
    expect(page.get_by_role("heading", name="Compare")).to_be_visible()


def test_a_recording_is_heard_by_keys(typist, archive):
    page = typist.open(f"recordings/{archive.broadcast}")
    current = page.locator(".windowed-row[aria-current='true']")
    expect(current).to_have_attribute("aria-posinset", "1")
    for key, place in (("j", "2"), ("j", "3"), ("k", "2"), ("Home", "1")):
        page.keyboard.press(key)
        expect(current).to_have_attribute("aria-posinset", place)
    page.keyboard.press("End")
    assert abs(typist.heard_s() - 246.3) < 0.3
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    assert abs(typist.heard_s() - 5) < 0.3
    page.keyboard.press("Space")
    typist.wait_heard(5.3)
    page.keyboard.press("Space")
    assert page.evaluate("() => window.sound.paused")


def test_the_timeline_is_a_slider_that_says_where_it_is(typist, archive):
    page = typist.open(f"recordings/{archive.broadcast}")
    slider = page.get_by_role("slider", name="Place in the recording")
    expect(slider).to_have_attribute("aria-valuetext", "0:00 of 4:06, Music")
    tab_to(page, slider)
    page.keyboard.press("ArrowUp")
    expect(slider).to_have_attribute("aria-valuenow", "9")
    page.keyboard.press("ArrowDown")
    expect(slider).to_have_attribute("aria-valuenow", "0")


def test_downloads_fold_and_unfold_by_keys(typist, archive):
    page = typist.open(f"recordings/{archive.broadcast}")
    expect(page.locator(".windowed-row").first).to_be_visible()
    tab_to(page, page.locator("summary").filter(has_text="Download"))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("link", name="Data (JSON)"))
    with page.expect_download():
        page.keyboard.press("Enter")


def test_a_persona_judges_again_by_keys(typist, archive):
    page = typist.open()
    expect(page.get_by_role("link", name="broadcast.flac")).to_be_visible()
    page.keyboard.press("p")
    expect(page.get_by_role("heading", name="Gen Z listener")).to_be_visible()
    tab_to(page, page.get_by_role("button", name="Judge again: Gen Z listener"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("broadcast.flac")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Judge again: Gen Z listener")).to_be_focused()


def test_the_keys_that_there_are_are_shown_by_a_key(typist, archive):
    page = typist.open(f"recordings/{archive.broadcast}")
    expect(page.locator(".windowed-row").first).to_be_visible()
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys")
    for section in ("Everywhere", "Recording"):
        expect(keys.get_by_role("heading", name=section)).to_be_visible()
    shown = keys.locator("kbd").all_inner_texts()
    assert len(shown) == len(set(shown)), "a key that does two things"
    page.keyboard.press("Escape")
    expect(keys).to_have_count(0)


def test_the_colours_are_changed_by_a_key_and_stay(typist):
    page = typist.open()
    expect(page.get_by_role("link", name="broadcast.flac")).to_be_visible()
    theme = page.locator("html")
    expect(theme).to_have_attribute("data-theme", "light")
    page.keyboard.press("t")
    page.keyboard.press("t")
    expect(theme).to_have_attribute("data-theme", "dark")
    page.reload()
    expect(theme).to_have_attribute("data-theme", "dark")
