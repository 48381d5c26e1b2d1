"""`--full`: all fault experiments, at full length. Without it only those marked `ci=True` run, in their short form."""

from __future__ import annotations

import pytest

OPTION = "--full"
LONGEST_S = 1800
"""Of one experiment at full length: it takes two minutes where nothing else runs."""


def pytest_addoption(parser) -> None:
    parser.addoption(
        OPTION, action="store_true", help="all fault experiments at full length; writes docs/reliability.md"
    )


def pytest_collection_modifyitems(config, items) -> None:
    """Experiments that are not of the short set are no part of it, rather than skipped."""
    if config.getoption(OPTION):
        for item in items:
            item.add_marker(pytest.mark.timeout(LONGEST_S))
        return
    left_out = [item for item in items if not _is_short(item)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def _is_short(item) -> bool:
    mark = item.get_closest_marker("experiment")
    return mark is None or bool(mark.kwargs.get("ci"))
