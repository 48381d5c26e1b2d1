"""The part of the benchmark that measures the dashboard: a recording of four hours in a real browser."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from bench.figures import figure
from dashboard.archive import HOURS, running_archive
from dashboard.chromium import running_chromium
from dashboard.visitor import DESK, Visitor

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bench.parts import Measured
    from playwright.sync_api import Browser

    Tell = Callable[[str], None]

FRAMES = 200
SEEKS = 40
SLOWEST = 0.95
"""Of all frames and seeks the time that 95 % keep within."""

OPENED = """
() => new Promise((resolve) => {
  const look = () => (document.querySelector(".windowed-row .word") && document.querySelector("canvas")
    ? requestAnimationFrame(() => resolve(performance.now())) : requestAnimationFrame(look));
  look();
})
"""
SCROLL = """
(frames) => new Promise((resolve) => {
  const list = document.querySelector(".windowed");
  const took = [];
  let before = performance.now();
  const next = (now) => {
    took.push(now - before);
    before = now;
    list.scrollTop += 300;
    if (took.length < frames) requestAnimationFrame(next);
    else resolve(took.slice(1));
  };
  requestAnimationFrame(next);
})
"""
SEEK = """
async (seeks) => {
  const selected = () => document.querySelector(".windowed-row[data-selected]")?.dataset.key;
  const took = [];
  for (let number = 0; number < seeks; number += 1) {
    const [before, started] = [selected(), performance.now()];
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "j", bubbles: true }));
    while (selected() === before) await new Promise(requestAnimationFrame);
    took.push(performance.now() - started);
  }
  return took;
}
"""


def dashboard(runs: int, folder: Path, tell: Tell) -> Measured:
    """Opening, scrolling and seeking; nothing is in the browser's cache at first."""
    with running_archive(folder / "dashboard", SONICLAYER_BACKEND_WORKERS="1") as archive:
        tell("dashboard: making a recording of four hours with 1,000 segments")
        place = f"recordings/{archive.add('four hours.flac', HOURS)}"
        with running_chromium() as browser:
            rounds = [_round(browser, archive.url, archive.key, place) for _ in range(runs)]
    values = {f"dashboard_{name}_s": median(one[name] for one in rounds) for name in ("open", "frame", "seek")}
    tell(f"dashboard: {values}")
    return {name: figure(name, value) for name, value in values.items()}, {"runs": rounds}


def _round(browser: Browser, url: str, key: str, place: str) -> dict[str, float]:
    """In seconds."""
    visitor = Visitor(browser.new_context(viewport=DESK), url)
    try:
        visitor.sign_in(key)
        page = visitor.open(place)
        opened_ms = page.evaluate(OPENED)
        frames_ms = page.evaluate(SCROLL, FRAMES)
        seeks_ms = page.evaluate(SEEK, SEEKS)
    finally:
        visitor.context.close()
    return {"open": opened_ms / 1000, "frame": _slow(frames_ms) / 1000, "seek": _slow(seeks_ms) / 1000}


def _slow(times: list[float]) -> float:
    return sorted(times)[int(len(times) * SLOWEST)]
