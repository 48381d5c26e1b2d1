"""Signing in and out."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect


@pytest.fixture
def stranger(visit, archive):
    """Somebody who is not signed in, before the page that asks for a key."""
    stranger = visit(archive.url)
    expect(stranger.open().get_by_label("API key")).to_be_focused()
    return stranger


def test_a_key_opens_the_library(stranger, archive):
    stranger.page.get_by_label("API key").fill(archive.key)
    stranger.page.keyboard.press("Enter")
    expect(stranger.page.get_by_role("heading", name="Library")).to_be_visible()


def test_a_wrong_key_is_told_in_plain_words(stranger):
    stranger.allow(r"status of 40[13] .*/api/session$")
    stranger.page.get_by_label("API key").fill("nonsense")
    stranger.page.get_by_role("button", name="Sign in").click()
    expect(stranger.page.get_by_role("main").get_by_role("alert")).to_contain_text("This key is not known here")


def test_the_session_is_out_of_reach_of_scripts(stranger, archive):
    stranger.sign_in(archive.key)
    assert stranger.page.evaluate("() => document.cookie") == ""
    (cookie,) = stranger.context.cookies(f"{archive.url}/api/")
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, "Strict", "/api/")


def test_who_has_signed_out_is_asked_for_a_key_again(visitor):
    page = visitor.open()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("API key")).to_be_visible()
    page.reload()
    expect(page.get_by_label("API key")).to_be_visible()


def test_a_link_to_a_page_leads_there_once_somebody_has_signed_in(visit, archive):
    stranger = visit(archive.url)
    page = stranger.open("personas")
    page.get_by_label("API key").fill(archive.key)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Personas")).to_be_visible()


def test_a_session_that_ends_meanwhile_leaves_everything_as_it_is_until_somebody_signs_in(visitor, archive):
    visitor.allow("status of 401", "status of 403", "status of 404")  # 404: asked for just when it is deleted
    audio_id = archive.add("left open.flac")
    page = visitor.open(f"recordings/{audio_id}?t=20")
    expect(page.get_by_text("0:20 / 2:52")).to_be_visible()
    visitor.context.clear_cookies()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    gate = page.get_by_role("dialog", name="Your session has ended")
    gate.get_by_label("API key").fill("nonsense")
    gate.get_by_role("button", name="Sign in").click()
    expect(gate.get_by_role("alert")).to_contain_text("This key is not known here")
    expect(page.get_by_text("0:20 / 2:52")).to_be_visible()
    assert archive.service.get(f"/recordings/{audio_id}").ok
    gate.get_by_label("API key").fill(archive.key)
    gate.get_by_role("button", name="Sign in").click()
    expect(gate).to_be_hidden()
    expect(page.get_by_text("“left open.flac” was deleted.")).to_be_visible()


def test_a_key_that_may_only_look_is_offered_nothing_else(visit, archive):
    visitor = visit(archive.url)
    visitor.sign_in(archive.key_for("read"))
    page = visitor.open()
    expect(page.get_by_role("row", name="broadcast.flac")).to_be_visible()
    for name in ("Upload files", "Upload a folder", "Delete: broadcast.flac"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
    page = visitor.open(f"recordings/{archive.broadcast}")
    expect(page.get_by_role("heading", name="broadcast.flac")).to_be_visible()
    for name in ("Delete", "Judge again"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
    page = visitor.open("personas")
    expect(page.get_by_role("heading", name="Gen Z listener")).to_be_visible()
    expect(page.get_by_role("button", name="Judge again")).to_have_count(0)
