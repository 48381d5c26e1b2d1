"""A recording of four hours with 1,000 segments. How fast it is, `make bench` tells."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

NEAR_S = 0.3
MOST_ROWS = 60


@pytest.fixture
def listener(visitor, long_id):
    """Somebody before it."""
    page = visitor.open(f"recordings/{long_id}")
    expect(page.locator(".windowed-row").first).to_be_visible()
    return visitor


def test_only_the_rows_in_sight_are_in_the_document(listener):
    rows = listener.page.locator(".windowed-row")
    expect(rows.first).to_have_attribute("aria-setsize", "1000")
    assert rows.count() < MOST_ROWS


def test_the_end_of_it_is_reached_by_key_and_heard_there(listener):
    page = listener.page
    page.keyboard.press("End")
    page.keyboard.press("k")
    row = page.locator(".windowed-row[aria-current='true']")
    page.locator(".windowed").evaluate("(list) => list.scrollIntoView({ block: 'end' })")
    expect(row).to_be_in_viewport()
    start_s = (int(row.get_attribute("aria-posinset")) - 1) * 14.4
    assert start_s > 4 * 3600 - 60
    assert abs(listener.heard_s() - start_s) < NEAR_S


def test_scrolling_through_all_of_it_shows_every_segment_once_and_in_order(listener):
    seen = listener.page.evaluate("""async () => {
      const list = document.querySelector(".windowed");
      const seen = new Set();
      let before = -1;
      while (list.scrollTop > before) {
        before = list.scrollTop;
        const rows = [...list.querySelectorAll(".windowed-row")].sort((a, b) => a.ariaPosInSet - b.ariaPosInSet);
        for (const row of rows) seen.add(Number(row.ariaPosInSet));
        list.scrollTop += list.clientHeight;
        await new Promise(requestAnimationFrame);
        await new Promise(requestAnimationFrame);
      }
      return [...seen];
    }""")
    assert seen == list(range(1, 1001))


def test_zooming_in_brings_a_lane_close_enough_to_click_one_segment_of_a_thousand(listener):
    page = listener.page
    for _ in range(12):
        page.keyboard.press("+")
    box = page.locator(".timeline-view").bounding_box()
    page.locator(".timeline-view").click(position={"x": 60, "y": box["height"] - 75})
    row = page.locator(".windowed-row[data-selected]")
    expect(row).to_be_in_viewport()
    start_s = (int(row.get_attribute("aria-posinset")) - 1) * 14.4
    assert abs(listener.heard_s() - start_s) < NEAR_S


def test_its_last_words_are_found(listener):
    page = listener.page
    page.get_by_label("Find in the transcript").fill("Number 999:")
    page.keyboard.press("Enter")
    expect(page.locator(".windowed-row").filter(has_text="Number 999:")).to_be_in_viewport()
