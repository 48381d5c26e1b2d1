"""Takes the pictures of the dashboard that the documentation shows: `python -m dashboard.screenshots`.

They are made of the sample broadcast as the real models heard it, and of programmes that nobody spoke, in the Chromium
and with the fonts of this machine.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from dashboard.archive import running_archive
from dashboard.chromium import running_chromium
from dashboard.visitor import DESK, PHONE, Visitor
from samples import DATA, ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

    from dashboard.archive import Archive
    from playwright.sync_api import Browser, Page

IMAGES = ROOT / "docs" / "images"
SAMPLES = (DATA / "broadcast" / "broadcast.flac", DATA / "harbour" / "harbour.ogg")
PLACE_S = 119.0
"""Where the sample broadcast is open: its advertisement."""


def main(argv: list[str] | None = None) -> int:
    """Take those that are asked for."""
    parser = argparse.ArgumentParser(prog="python -m dashboard.screenshots", description=__doc__)
    parser.add_argument(
        "--only", metavar="NAME,...", type=lambda names: names.split(","), help=f"of {', '.join(SHOTS)}"
    )
    parser.add_argument("--to", metavar="FOLDER", type=Path, default=IMAGES, help="default: docs/images")
    args = parser.parse_args(argv)
    args.to.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="soniclayer-shots-") as folder:
        analysed = _analyse(Path(folder) / "store")
        with running_archive(Path(folder) / "service", analysed) as archive, running_chromium() as browser:
            _furnish(archive)
            key = archive.key_for("read", "write", name="producer")
            for name in args.only or SHOTS:
                _take(name, browser, archive, key, args.to)
    return 0


def _names(names: str) -> list[str]:
    return names.split(",")


def _analyse(store: Path) -> Path:
    """What the default model hears in the samples."""
    subprocess.run(
        [sys.executable, "-m", "soniclayer", "analyze", *SAMPLES],
        env={**os.environ, "PYTHONPATH": str(ROOT), "SONICLAYER_UPLOADS_DIR": str(store)},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return store


def _furnish(archive: Archive) -> None:
    """More recordings, in other states."""
    names = {one.name: one.audio_id for one in map(archive.service.recordings.get, archive.service.recordings.ids())}
    archive.broadcast, archive.other = (names[path.name] for path in SAMPLES)
    archive.add("Saturday magazine, part 1.flac", 60)
    archive.add("Saturday magazine, part 2.flac", 42)
    archive.add("Late talk.flac", 25)
    under_way = archive.service.upload(archive.sound("Morning show.flac", 20))
    archive.worker(20).until(under_way, "evaluate.0007.tradie")
    archive.service.upload(archive.sound("News at noon.flac", 5))


def _take(name: str, browser: Browser, archive: Archive, key: str, folder: Path) -> None:
    page_name, look = name.rsplit("-", 1)
    options = {"viewport": PHONE if look == "phone" else DESK, "color_scheme": "dark" if look == "dark" else "light"}
    context = browser.new_context(**options, locale="en-GB", timezone_id="UTC", reduced_motion="reduce")
    visitor = Visitor(context, archive.url)
    if page_name != "sign-in":
        visitor.sign_in(key)
    page = PAGES[page_name](visitor, archive)
    page.screenshot(path=folder / f"{name}.png", animations="disabled", caret="hide")
    context.close()


def _sign_in(visitor: Visitor, _: Archive) -> Page:
    page = visitor.open()
    page.get_by_label("API key").wait_for()
    return page


def _library(visitor: Visitor, archive: Archive) -> Page:
    page = visitor.open()
    page.get_by_text("News at noon.flac").wait_for()
    page.get_by_text(" of 19:12").first.wait_for()
    return page


def _recording(visitor: Visitor, archive: Archive) -> Page:
    page = visitor.open(f"recordings/{archive.broadcast}?t={PLACE_S}")
    row = page.locator(".windowed-row[aria-current='true']")
    row.wait_for()
    row.click(position={"x": 300, "y": 5})
    visitor.heard_s()
    page.evaluate("() => { scrollTo(0, 0); document.activeElement.blur(); }")
    return page


def _compare(visitor: Visitor, archive: Archive) -> Page:
    page = visitor.open(f"compare/{archive.broadcast}/{archive.other}")
    page.get_by_text("Gen Z listener").first.wait_for()
    return page


def _personas(visitor: Visitor, _: Archive) -> Page:
    page = visitor.open("personas")
    page.get_by_role("heading", name="Gen Z listener").wait_for()
    return page


def _report(visitor: Visitor, archive: Archive) -> Page:
    visitor.page.goto(f"{archive.url}/api/transcripts/{archive.broadcast}.html")
    visitor.page.get_by_role("heading", name="broadcast.flac").wait_for()
    return visitor.page


PAGES: dict[str, Callable[[Visitor, Archive], Page]] = {
    "sign-in": _sign_in,
    "library": _library,
    "recording": _recording,
    "compare": _compare,
    "personas": _personas,
    "report": _report,
}
SHOTS = (
    *(f"{page}-{look}" for page in PAGES for look in ("light", "dark") if (page, look) != ("report", "dark")),
    "library-phone",
    "recording-phone",
)

if __name__ == "__main__":
    sys.exit(main())
