"""The frame of the fault experiments: a machine, the common criterion, figures. See docs/reliability.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from criterion import Accepted
from experiment_figures import Row, row_of, write_rows
from experiment_machine import ExperimentMachine
from experiments_there_are import experiments
from full_set import OPTION
from offered import make_clips
from samples import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from experiment_figures import Figure
    from installed_suite import InstalledSuite

PAGE = ROOT / "docs" / "reliability.md"
ROWS = pytest.StashKey[dict[str, Row]]()
MACHINE = pytest.StashKey[ExperimentMachine]()


@pytest.fixture(scope="session")
def experiment_machine(system_session, installed, pytestconfig) -> Iterator[ExperimentMachine]:
    """The machine of all experiments; gone when the last of them has ended, before other tests go on."""
    layers, key = installed
    machine = ExperimentMachine(system_session, layers, key)
    pytestconfig.stash[MACHINE] = machine
    yield machine
    machine.remove()


@pytest.fixture
def suite(experiment_machine) -> InstalledSuite:
    """An installed suite that is ready and has no recording; offline."""
    return experiment_machine.suite()


@pytest.fixture
def accepted(suite) -> Iterator[Accepted]:
    """The common criterion: notes uploads that were answered 202, and checks them."""
    accepted = Accepted(suite)
    accepted.watch.start()
    yield accepted
    accepted.watch.stop()


@pytest.fixture
def clips(speech_file) -> Iterator[Path]:
    """Short recordings of real speech, each of other bytes."""
    return make_clips(speech_file)


@pytest.fixture
def scale(pytestconfig) -> Callable[[int, int], int]:
    """How often, how many, how long: scale(short, full)."""
    full = pytestconfig.getoption(OPTION)
    return lambda short, long: long if full else short


@pytest.fixture
def figures(request) -> Callable[..., None]:
    """Notes what an experiment found: figures(lost=0, doubled=0, recovered_s=3.1, kills=20)."""
    row = _row(request.node)

    def note(**found: Figure) -> None:
        row.add(**found)
        print(f"{row.number}: {found}")  # noqa: T201 - for who runs it with -s

    return note


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    report = yield
    if report.failed and item.get_closest_marker("experiment"):
        _row(item).held = False
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item, nextitem):
    """What an experiment has broken is not used again, and nothing is left running for the tests after the last."""
    try:
        return (yield)
    finally:
        machine = item.config.stash.get(MACHINE, None)
        mark = item.get_closest_marker("experiment")
        is_last = nextitem is None or nextitem.get_closest_marker("experiment") is None
        if machine and (is_last or mark is None or mark.kwargs.get("spoils") or not _row(item).held):
            machine.remove()


def pytest_terminal_summary(terminalreporter, config) -> None:
    rows = _rows(config)
    if rows:
        terminalreporter.section("experiments")
        for row in sorted(rows.values(), key=lambda row: row.number):
            terminalreporter.write_line(row.told())


def pytest_sessionfinish(session) -> None:
    """A full run writes the table."""
    rows = list(_rows(session.config).values())
    if rows and session.config.getoption(OPTION):
        write_rows(PAGE, rows, set(experiments()))


def _row(item) -> Row:
    name = item.nodeid.partition("[")[0]
    (number,) = item.get_closest_marker("experiment").args
    return _rows(item.config).setdefault(name, row_of(number, item.function))


def _rows(config) -> dict[str, Row]:
    return config.stash.setdefault(ROWS, {})
