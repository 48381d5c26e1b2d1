"""What the tests of the dashboard share: the browser of each file of tests, and one archive for all of them."""

from __future__ import annotations

import pytest
from dashboard.archive import HOURS, running_archive
from dashboard.chromium import running_chromium
from dashboard.visitor import DESK, Visitor


@pytest.fixture(scope="module")
def chromium():
    """One for each file: while it runs no other test could run an event loop."""
    with running_chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def archive(analysed_broadcast, tmp_path_factory):
    """With the sample broadcast; tests may add to it, and stop nothing."""
    folder, _, _ = analysed_broadcast
    with running_archive(tmp_path_factory.mktemp("dashboard") / "service", folder / "store") as archive:
        yield archive


@pytest.fixture(scope="session")
def long_id(archive):
    """The id of a recording of four hours, with 1,000 segments."""
    return archive.add("four hours.flac", HOURS)


@pytest.fixture(scope="session")
def other_id(archive):
    """The id of a short one, to compare with."""
    return archive.add("afternoon.flac", 3)


@pytest.fixture
def visit(chromium):
    """Makes visitors: `visit(url)`. What their browsers complained of fails the test in the end."""
    visitors = []

    def make(url: str, **options) -> Visitor:
        context = chromium.new_context(**{"viewport": DESK, "locale": "en-GB", "timezone_id": "UTC", **options})
        visitors.append(Visitor(context, url))
        return visitors[-1]

    yield make
    for visitor in visitors:
        visitor.context.close()
    assert [line for visitor in visitors for line in visitor.unexpected()] == []


@pytest.fixture
def visitor(visit, archive):
    """Somebody who is signed in."""
    visitor = visit(archive.url)
    visitor.sign_in(archive.key)
    return visitor
