"""Recordings that are dropped or chosen, and their way to the server."""

from __future__ import annotations

import shutil
from contextlib import contextmanager

import pytest
from dashboard.archive import running_archive
from dashboard.drop import drop
from playwright.sync_api import expect

SLOW = {"offline": False, "latency": 0, "downloadThroughput": -1}


@pytest.fixture
def sound(archive, tmp_path):
    """Makes files of made-up programme that were never uploaded before."""

    def make(name, folder="", windows=1):
        target = tmp_path / folder / name
        target.parent.mkdir(exist_ok=True)
        return shutil.move(archive.sound(name, windows), target)

    return make


@pytest.fixture
def big_sound(sound):
    """The same with 4 MB behind it: enough to watch it go."""

    def make(name):
        path = sound(name)
        with path.open("ab") as file:
            file.write(bytes(4_000_000))
        return path

    return make


@contextmanager
def slow_network(visitor, bytes_per_s: int):
    """So fast and no faster, until it is over."""
    tools = visitor.context.new_cdp_session(visitor.page)
    tools.send("Network.enable")
    tools.send("Network.emulateNetworkConditions", {**SLOW, "uploadThroughput": bytes_per_s})
    yield
    tools.send("Network.emulateNetworkConditions", {**SLOW, "uploadThroughput": -1})
    tools.detach()


def line_of(page, name):
    """The row of the list, once the recording is there."""
    return page.get_by_role("table").get_by_role("row").filter(has=page.get_by_role("link", name=name))


def test_files_that_are_dropped_become_recordings(visitor, sound):
    page = visitor.open()
    expect(page.get_by_role("link", name="broadcast.flac")).to_be_visible()
    drop(page, [sound("dropped one.flac"), sound("dropped two.flac")])
    for name in ("dropped one.flac", "dropped two.flac"):
        expect(line_of(page, name)).to_contain_text("Waiting")


def test_files_can_be_dropped_on_any_page(visitor, archive, sound):
    page = visitor.open(f"recordings/{archive.broadcast}")
    expect(page.locator(".windowed-row").first).to_be_visible()
    drop(page, [sound("dropped elsewhere.flac")])
    page.get_by_role("button", name="To the library").first.click()
    expect(line_of(page, "dropped elsewhere.flac")).to_be_visible()


def test_a_folder_that_is_chosen_gives_its_sound_files(visitor, sound, tmp_path):
    sound("from a folder.flac", "folder")
    (tmp_path / "folder/notes.txt").write_text("no sound")
    page = visitor.open()
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Upload a folder").click()
    chooser.value.set_files(tmp_path / "folder")
    expect(line_of(page, "from a folder.flac")).to_be_visible()
    expect(page.get_by_text("1 file that is no audio was left out.")).to_be_visible()


def test_an_upload_is_seen_to_move(visitor, big_sound):
    page = visitor.open()
    expect(page.get_by_role("link", name="broadcast.flac")).to_be_visible()
    bar = page.get_by_role("progressbar", name="Upload of big.flac")
    seen = []
    with slow_network(visitor, 1_000_000):
        drop(page, [big_sound("big.flac")])
        while len(seen) < 3:
            now = bar.evaluate("(bar) => bar.value / bar.max")
            if 0 < now < 1 and now not in seen:
                seen.append(now)
    assert seen == sorted(seen)
    expect(line_of(page, "big.flac")).to_be_visible()


def test_an_upload_can_be_cancelled(visitor, big_sound):
    visitor.allow("ERR_ABORTED")
    page = visitor.open()
    expect(page.get_by_role("link", name="broadcast.flac")).to_be_visible()
    with slow_network(visitor, 200_000):
        drop(page, [big_sound("unwanted.flac")])
        page.get_by_role("button", name="Cancel", exact=True).or_(
            page.get_by_role("button", name="Cancel all")
        ).first.click()
        expect(page.get_by_role("region", name="Uploads")).to_contain_text("Cancelled")
    expect(line_of(page, "unwanted.flac")).to_have_count(0)


def test_what_is_no_sound_is_refused_in_plain_words(visitor, tmp_path):
    visitor.allow("status of 415")
    path = tmp_path / "letter.flac"
    path.write_bytes(b"Dear all, " * 1000)
    page = visitor.open()
    expect(page.get_by_role("link", name="broadcast.flac")).to_be_visible()
    drop(page, [path])
    expect(page.get_by_text("This is not an audio file that is known here")).to_be_visible()


def test_the_same_bytes_again_are_the_recording_that_is_there(visitor, archive):
    page = visitor.open()
    expect(page.get_by_role("link", name="broadcast.flac")).to_be_visible()
    path = archive.sound("twice.flac", 1)
    drop(page, [path])
    expect(line_of(page, "twice.flac")).to_be_visible()
    page.reload()
    expect(line_of(page, "twice.flac")).to_be_visible()
    drop(page, [path.rename(path.with_name("the same again.flac"))])
    expect(page.get_by_text("This recording is here already")).to_be_visible()


def test_an_upload_outlives_a_restart_of_the_backend(visit, big_sound, tmp_path):
    with running_archive(tmp_path / "own") as own:
        visitor = visit(own.url)
        visitor.allow("ERR_", "status of 50")
        visitor.sign_in(own.key)
        page = visitor.open()
        expect(page.get_by_text("Drop recordings here")).to_be_visible()
        with slow_network(visitor, 1_000_000):
            drop(page, [big_sound("survivor.flac")])
            page.wait_for_function("() => document.querySelector('progress')?.value > 0")
            own.service.kill("backend")
            expect(page.get_by_text("Goes on in").or_(page.get_by_text("cannot be reached")).first).to_be_visible()
        own.service.start("backend")
        own.service.wait_ready()
        expect(line_of(page, "survivor.flac")).to_be_visible(timeout=90_000)
        assert len(own.service.recordings.ids()) == 1
