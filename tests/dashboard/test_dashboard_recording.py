"""A finished recording: to hear, see and read."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

NEAR_S = 0.3


@pytest.fixture(scope="module")
def segments(archive):
    """Of the sample broadcast, as the API tells them."""
    return [report["segment"] for report in archive.service.get(f"/segments/{archive.broadcast}").json()["segments"]]


@pytest.fixture
def listener(visitor, archive):
    """Somebody before the sample broadcast."""
    page = visitor.open(f"recordings/{archive.broadcast}")
    expect(page.locator(".windowed-row").first).to_be_visible()
    return visitor


def row_of(page, segment):
    return page.locator(f".windowed-row[data-key='{segment['segment_id']}']")


@pytest.mark.parametrize("place", [1, 2, 4])
def test_a_click_on_the_time_of_a_segment_plays_from_its_start(listener, segments, place):
    segment = segments[place]
    row_of(listener.page, segment).get_by_role("button").click()
    expect(row_of(listener.page, segment)).to_have_attribute("aria-current", "true")
    assert abs(listener.heard_s() - segment["start_s"]) < NEAR_S


@pytest.mark.parametrize("place", [2, 9, -3])
def test_a_click_on_a_lane_goes_to_the_start_of_the_segment_there(listener, segments, place):
    segment = segments[place]
    click_at(listener.page, (segment["start_s"] + segment["end_s"]) / 2, segments[-1]["end_s"], from_bottom_px=40)
    expect(row_of(listener.page, segment)).to_have_attribute("aria-current", "true")
    expect(row_of(listener.page, segment)).to_have_attribute("data-selected", "")
    assert abs(listener.heard_s() - segment["start_s"]) < NEAR_S


def test_a_click_on_the_waveform_goes_to_that_very_moment(listener, segments):
    click_at(listener.page, 100.0, segments[-1]["end_s"], from_top_px=50)
    assert abs(listener.heard_s() - 100.0) < NEAR_S


def test_while_it_plays_the_segment_that_is_heard_is_highlighted(listener, segments):
    page = listener.page
    before, after = segments[1], segments[2]
    listener.open(f"recordings/{page.url.split('/')[-1]}?t={after['start_s'] - 1}")
    expect(row_of(page, before)).to_have_attribute("aria-current", "true")
    page.get_by_role("button", name="Play (Space)").click()
    expect(row_of(page, after)).to_have_attribute("aria-current", "true")
    assert listener.heard_s() >= after["start_s"] - NEAR_S
    expect(row_of(page, before)).not_to_have_attribute("aria-current", "true")


def test_the_word_that_is_heard_lights_up(listener, segments):
    page, segment = listener.page, segments[1]
    row_of(page, segment).get_by_role("button").click()
    page.get_by_role("button", name="Play (Space)").click()
    for _ in range(3):
        number, before_s, after_s = page.evaluate(LIT_WORD)
        word = segment["words"][number]
        assert word["start_s"] - NEAR_S <= after_s
        assert before_s <= segment["words"][number + 1]["start_s"] + NEAR_S


LIT_WORD = """
// the next word to light up, and what was heard in the frame before and in the one after: a frame may take its time
async () => {
  const lit = () => document.querySelector(".word-now")?.dataset.word;
  const [before, endMs] = [lit(), performance.now() + 30000];
  const waits = () => (lit() === undefined || lit() === before) && performance.now() < endMs;
  let earlierS = window.sound.currentTime;
  while (waits()) {
    earlierS = window.sound.currentTime;
    await new Promise(requestAnimationFrame);
  }
  return [Number(lit()), earlierS, window.sound.currentTime];
}
"""


def test_a_link_with_a_time_opens_there(listener, archive):
    listener.open(f"recordings/{archive.broadcast}?t=61.5")
    expect(listener.page.get_by_text("1:01 / 4:06")).to_be_visible()
    assert abs(listener.heard_s() - 61.5) < NEAR_S


def test_the_segment_panel_tells_who_thinks_what_and_why(listener, archive, segments):
    row_of(listener.page, segments[1]).get_by_role("button").click()
    panel = listener.page.get_by_role("region", name="Segment")
    report = archive.service.get(f"/segments/{archive.broadcast}").json()["segments"][1]
    expect(panel).to_contain_text(report["segment"]["text"])
    expect(panel).to_contain_text(report["topic"]["name"])
    expect(panel).to_contain_text(report["topic"]["runner_up"])
    for evaluation in report["evaluations"]:
        expect(panel).to_contain_text(evaluation["opinion"])


def test_hovering_a_lane_tells_what_it_means(listener, segments):
    page = listener.page
    box = page.locator(".timeline-view").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] - 75)
    expect(page.locator(".hover-card")).to_be_visible()
    expect(page.locator(".hover-card")).to_contain_text("Tradie")


def test_the_summary_names_every_audience_and_leads_to_its_best_segment(listener, archive):
    page = listener.page
    told = archive.service.get(f"/summary/{archive.broadcast}").json()
    summary = page.get_by_role("region", name="Summary")
    for persona in told["personas"]:
        expect(summary).to_contain_text(persona["title"])
    best = told["personas"][0]["best"][0]
    summary.get_by_role("article").first.get_by_role("button").first.click()
    expect(page.locator(f".windowed-row[data-key='{best}']")).to_have_attribute("data-selected", "")


def test_what_is_searched_for_is_found_in_the_transcript(listener, segments):
    page = listener.page
    page.keyboard.press("Tab")
    page.get_by_label("Find in the transcript").fill("Willow Street")
    page.keyboard.press("Enter")
    found = next(segment for segment in segments if "Willow Street" in segment["text"])
    expect(row_of(page, found)).to_be_in_viewport()
    expect(page.get_by_text("1 of")).to_be_visible()


def click_at(page, seconds, duration_s, from_top_px=None, from_bottom_px=None):
    box = page.locator(".timeline-view").bounding_box()
    y = from_top_px if from_top_px is not None else box["height"] - from_bottom_px
    page.locator(".timeline-view").click(position={"x": box["width"] * seconds / duration_s, "y": y})
