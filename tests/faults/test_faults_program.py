"""`python -m faults`, which `make faults` runs: its exit code and its last lines say what held."""

from __future__ import annotations

import pytest
from faults import __main__ as program

WORDS = {True: "held", False: "DID NOT HOLD"}


@pytest.mark.parametrize("held", [(True, True), (False, True), (True, False)])
def test_both_parts_run_and_what_did_not_hold_is_told_last(monkeypatch, capsys, held):
    experiments, kills = held
    stand_in(monkeypatch, lambda words: experiments, lambda plan, tell: kills)
    assert program.main() == (0 if all(held) else 1)
    told = [line.partition(",")[0] for line in capsys.readouterr().err.splitlines()]
    assert told == [f"experiments: {WORDS[experiments]}", f"random kills: {WORDS[kills]}"]


def test_a_part_that_ends_in_an_assertion_did_not_hold_and_the_other_runs(monkeypatch, capsys):
    def broken(plan, tell):
        raise AssertionError("not within 600 s")

    stand_in(monkeypatch, lambda words: True, broken)
    assert program.main() == 1
    assert "not within 600 s" in capsys.readouterr().err


def test_chosen_experiments_are_run_alone(monkeypatch):
    chosen = []
    stand_in(monkeypatch, lambda words: not chosen.append(words), None, "-k", "redis")
    assert program.main() == 0
    assert chosen == ["redis"]


def stand_in(monkeypatch, experiments, kills, *options):
    monkeypatch.setattr("sys.argv", ["faults", *options])
    monkeypatch.setattr(program, "experiments", experiments)
    monkeypatch.setattr(program, "random_kills", kills)
