"""The dashboard: its files in the release that runs, and that people reach them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from soniclayer.cli.check.check import Check, Need
from soniclayer.cli.check.facts.asking import NoAnswer, ask
from soniclayer.cli.check.outcome import Severity, fault, ok

if TYPE_CHECKING:
    from soniclayer.cli.check.outcome import Outcome
    from soniclayer.cli.check.place import Place

HTTP_OK = 200
AGAIN = "run install.sh again"
SITE = "/etc/nginx/sites-available/soniclayer.conf"


def look_at_files(place: Place) -> Outcome:
    """Whether the link of the current release leads to the files of that very release."""
    release = place.home.current
    files = (release / "dashboard").resolve()
    if not (files / "index.html").is_file():
        return fault(f"{release / 'dashboard'} leads to no dashboard: nginx has no page to show", AGAIN)
    if not files.is_relative_to(release):
        return fault(f"{release / 'dashboard'} leads out of its release, to {files}", AGAIN)
    return ok(str(files))


def look_at_page(place: Place) -> Outcome:
    """Whether who opens the site gets the dashboard."""
    front = place.front
    url = f"{front.url.removesuffix('/api')}/"
    cure = f"{SITE}.new, if it is there, has what an edited site lacks; else {AGAIN}"
    try:
        page = ask(url, at=front.at, host=front.host)
    except NoAnswer as error:
        return fault(str(error), "see web.proxy")
    if page.status != HTTP_OK or "html" not in page.headers.get("content-type", ""):
        return fault(f"{url} answers {page.status} without a page", cure)
    if "script-src" not in page.headers.get("content-security-policy", ""):
        return fault(f"{url} does not tell browsers which scripts are ours", cure, Severity.WARNING)
    return ok(url)


CHECKS = (
    Check(
        "dashboard.files",
        "the release that runs has the dashboard's files",
        Severity.ERROR,
        look_at_files,
        frozenset({Need.INSTALLATION}),
    ),
    Check("dashboard.page", "who opens the site gets the dashboard", Severity.ERROR, look_at_page),
)
