"""Somebody who looks at the dashboard, and everything that the browser complains of meanwhile."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, expect

WAIT_MS = 30_000
"""For everything: CI has two cores."""

expect.set_options(WAIT_MS)
DESK = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}

PEEP = """\
window.Audio = new Proxy(Audio, { construct: (made, words) => (window.sound = new made(...words)) });
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
"""


@dataclass
class Visitor:
    """A browser window at `url`; `faults` are the lines that the browser should not have had a reason for."""

    context: BrowserContext
    url: str
    faults: list[str] = field(default_factory=list)
    allowed: list[str] = field(default_factory=lambda: [r"status of 401 .* \S+/api/session$"])

    def __post_init__(self) -> None:
        self.context.set_default_timeout(WAIT_MS)
        self.context.add_init_script(PEEP)
        self.page: Page = self.context.new_page()
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))

    def allow(self, *patterns: str) -> None:
        """Take what fits as expected: `allow("ERR_INTERNET_DISCONNECTED")`."""
        self.allowed += patterns

    def sign_in(self, key: str) -> None:
        """Have a session, without the page that asks for the key."""
        answer = self.context.request.post(f"{self.url}/api/session", headers={"X-API-Key": key})
        assert answer.ok, answer.text()

    def open(self, place: str = "") -> Page:
        """The page at `#/…` of the dashboard; `""` is the library."""
        self.page.goto("about:blank")
        self.page.goto(f"{self.url}/#/{place}")
        return self.page

    def heard_s(self) -> float:
        """Where the sound of the open recording is, once it is there."""
        self.page.wait_for_function("() => window.sound.readyState > 1 && !window.sound.seeking")
        return self.page.evaluate("() => window.sound.currentTime")

    def wait_heard(self, seconds: float) -> None:
        """Until the sound has come so far."""
        self.page.wait_for_function("(seconds) => window.sound.currentTime >= seconds", arg=seconds)

    def unexpected(self) -> list[str]:
        """Faults that were not allowed."""
        return [line for line in self.faults if not any(re.search(pattern, line) for pattern in self.allowed)]

    def barriers(self) -> str:
        """What axe finds that keeps people out; "" when it is nothing."""
        found = Axe().run(self.page)
        return found.generate_report() if found.violations_count else ""

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.faults.append(f"{message.type}: {message.text} {message.location.get('url', '')}")
