"""The Chromium of this machine, without a window."""

from __future__ import annotations

import contextlib
import os
import shutil

import pytest
from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")


def find_chromium() -> str | None:
    """Where it is."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextlib.contextmanager
def running_chromium(*options: str):
    """A browser that runs. While it does, nothing else in this thread can run an event loop."""
    program = find_chromium()
    if program is None:
        pytest.skip("no Chromium: requirements/system-packages.sh installs it")
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []  # it does not start as root with one
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=[*sandbox, "--mute-audio", *options])
        try:
            yield browser
        finally:
            browser.close()
