"""Every check finds its faults. The same server without them is that of test_check_well.py."""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path

import pytest
from made_faults import FAULTS

from soniclayer.cli.check.check import look
from soniclayer.cli.check.outcome import Status
from soniclayer.cli.check.registry import CHECKS

for module in sorted(Path(__file__).parent.glob("faults_of_*.py")):
    importlib.import_module(module.stem)

BY_ID = {check.id: check for check in CHECKS}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_each_fault_is_found_and_has_a_cure(fault, server, request):
    wanted = list(inspect.signature(fault.make).parameters)[1:]
    fault.make(server, **{name: request.getfixturevalue(name) for name in wanted})
    result = look(BY_ID[fault.check_id], server.place(deep=True))
    assert fault.words in result.outcome.finding
    assert (result.outcome.status, result.severity) == (Status.FAULT, fault.severity)
    assert result.outcome.cure


def test_every_check_has_a_fault_that_it_finds():
    assert {fault.check_id for fault in FAULTS} == set(BY_ID)


def test_a_fault_as_bad_as_its_check_says_is_made_for_each():
    worst = {name: BY_ID[name].severity for name in BY_ID}
    assert {fault.check_id for fault in FAULTS if fault.severity is worst[fault.check_id]} == set(BY_ID)
