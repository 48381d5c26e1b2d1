"""What happens on the server is seen as it happens, also where event streams do not get through."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

WINDOWS = 4


@pytest.fixture
def uploaded(archive):
    """(Id, a worker that works on it when it is told to) of a recording that was uploaded just now.

    Ask for it before `visitor`: so pages are closed when it is deleted, and none asks in vain for what is gone.
    """
    audio_id = archive.service.upload(archive.sound("under way.flac", WINDOWS))
    yield audio_id, archive.worker(WINDOWS)
    archive.service.http.delete(f"{archive.url}/recordings/{audio_id}")


def done_s(bar) -> float:
    return float(bar.get_attribute("value") or 0)


def test_the_library_shows_progress_in_seconds_of_audio_and_then_the_end(uploaded, visitor):
    audio_id, worker = uploaded
    page = visitor.open()
    row = page.locator(f"tr[data-id='{audio_id}']")
    expect(row).to_contain_text("Waits for its turn")
    worker.until(audio_id, "prepare")
    expect(row).to_contain_text("0:00 of 3:50")
    worker.until(audio_id, last_of_window(1))
    expect(row).to_contain_text("1:55 of 3:50")
    worker.finish(audio_id)
    expect(row).to_contain_text("Done")
    expect(row.locator(".score")).to_have_count(6)


def test_segments_appear_before_the_recording_has_ended(uploaded, visitor):
    audio_id, worker = uploaded
    page = visitor.open(f"recordings/{audio_id}")
    expect(page.get_by_text("Nothing has been heard yet")).to_be_visible()
    worker.until(audio_id, "transcribe.0000")
    expect(page.locator(".windowed-row")).to_have_count(4)
    expect(page.locator(".windowed-row").first).to_contain_text("Number 0:")
    worker.until(audio_id, last_of_window(0))
    expect(page.locator(".windowed-row").first.locator(".score")).to_have_count(6)
    expect(page.get_by_role("banner").or_(page.get_by_role("main")).last).to_contain_text("0:57 of 3:50")
    worker.finish(audio_id)
    expect(page.get_by_text("Done", exact=True)).to_be_visible()
    expect(page.locator(".windowed-row").first).to_have_attribute("aria-setsize", str(4 * WINDOWS))


def test_one_that_was_heard_and_is_not_summed_up_yet_opens_without_a_fault(uploaded, visitor):
    audio_id, worker = uploaded
    worker.until(audio_id, f"transcribe.{WINDOWS - 1:04d}")
    page = visitor.open(f"recordings/{audio_id}")
    expect(page.locator(".windowed-row").first).to_contain_text("Number 0:")
    worker.finish(audio_id)
    expect(page.get_by_text("Done", exact=True)).to_be_visible()


def test_where_event_streams_are_blocked_progress_and_end_are_seen_all_the_same(uploaded, visitor):
    visitor.allow("ERR_FAILED")
    visitor.context.route("**/api/events*", lambda route: route.abort())
    audio_id, worker = uploaded
    page = visitor.open()
    row = page.locator(f"tr[data-id='{audio_id}']")
    expect(page.get_by_text("Live updates are blocked on the way")).to_be_visible()
    worker.until(audio_id, last_of_window(0))
    expect(row).to_contain_text("0:57 of 3:50")
    row.get_by_role("link").click()
    expect(page.locator(".windowed-row").first).to_be_visible()
    worker.finish(audio_id)
    expect(page.get_by_text("Done", exact=True)).to_be_visible()


def test_a_recording_that_somebody_else_deletes_says_so(visitor, archive):
    visitor.allow("status of 404")  # what is on its way just then is not there any more
    audio_id = archive.add("doomed.flac")
    page = visitor.open(f"recordings/{audio_id}")
    expect(page.locator(".windowed-row").first).to_be_visible()
    page.get_by_role("button", name="Play (Space)").click()
    visitor.wait_heard(0.1)
    assert archive.service.http.delete(f"{archive.url}/recordings/{audio_id}").status_code == 204
    expect(page.get_by_text("This recording has been deleted")).to_be_visible()
    assert page.evaluate("() => window.sound.paused")


def test_a_line_that_somebody_else_deletes_goes_from_the_library(visitor, archive):
    audio_id = archive.add("doomed too.flac")
    page = visitor.open()
    expect(page.get_by_role("link", name="doomed too.flac")).to_be_visible()
    assert archive.service.http.delete(f"{archive.url}/recordings/{audio_id}").status_code == 204
    expect(page.get_by_role("link", name="doomed too.flac")).to_have_count(0)


def test_an_answer_that_comes_late_takes_nothing_back(uploaded, visitor):
    audio_id, worker = uploaded
    worker.until(audio_id, "transcribe.0000")
    held = []
    visitor.context.route(f"**/api/segments/{audio_id}", lambda route: held.append((route, route.fetch())))
    with visitor.page.expect_request(f"**/api/segments/{audio_id}"):
        page = visitor.open(f"recordings/{audio_id}")
    expect(page.get_by_role("heading", name="under way.flac")).to_be_visible()
    until_held(page, held)
    worker.until(audio_id, last_of_window(0))
    for route, answer in held:
        route.fulfill(response=answer)
    visitor.context.unroute(f"**/api/segments/{audio_id}")
    worker.until(audio_id, last_of_window(1))
    expect(page.locator(".windowed-row").first).to_have_attribute("aria-setsize", "8")


def until_held(page, held):
    """Until the server's answer is in our hands; Playwright's own waiting lets its handlers go on."""
    for _ in range(600):
        if held:
            return
        page.wait_for_timeout(50)
    raise AssertionError("nothing was asked for")


def test_one_that_is_worked_on_is_compared_as_far_as_it_is(uploaded, visitor, archive):
    audio_id, worker = uploaded
    worker.until(audio_id, last_of_window(0))
    page = visitor.open(f"compare/{archive.broadcast}/{audio_id}")
    expect(page.get_by_text("is still being worked on")).to_be_visible()
    worker.finish(audio_id)
    expect(page.get_by_text("is still being worked on")).to_have_count(0)


def test_a_link_with_a_nonsensical_time_opens_all_the_same(visitor, archive):
    page = visitor.open(f"recordings/{archive.broadcast}?t=1e999")
    expect(page.locator(".windowed-row").first).to_be_visible()


def test_a_listening_copy_that_comes_meanwhile_is_heard_from_the_same_place(uploaded, visitor):
    audio_id, worker = uploaded
    page = visitor.open(f"recordings/{audio_id}?t=30")
    expect(page.get_by_text("Nothing has been heard yet")).to_be_visible()
    visitor.context.route(f"**/api/audio/{audio_id}", say_there_is_a_copy)
    page.evaluate("() => window.sound.addEventListener('emptied', () => document.body.classList.add('heard-anew'))")
    worker.finish(audio_id)
    expect(page.locator("body.heard-anew")).to_have_count(1)
    expect(page.locator(".player-now")).to_contain_text("0:30")


def say_there_is_a_copy(route):
    if route.request.method == "HEAD":
        route.fulfill(headers={"ETag": '"copy"'})
    else:
        route.continue_()


def test_an_empty_library_is_as_empty_when_one_comes_back(visitor):
    empty = {"recordings": [], "total": 0, "rebuilding": False}
    visitor.context.route("**/api/recordings?*", lambda route: route.fulfill(json=empty))
    page = visitor.open()
    expect(page.get_by_text("Drop recordings here")).to_be_visible()
    page.get_by_role("link", name="Personas").click()
    expect(page.get_by_role("heading", name="Gen Z listener")).to_be_visible()
    page.go_back()
    expect(page.get_by_text("Drop recordings here")).to_be_visible()


def last_of_window(number: int) -> str:
    """The last step of a window, as the worker goes."""
    return f"evaluate.{number:04d}.tradie"
