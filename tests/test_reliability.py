"""docs/reliability.md says of each fault experiment what it found, and of no other."""

from __future__ import annotations

from pathlib import Path

from experiment_figures import BEGIN, END, Row, rows_of, write_rows
from experiments_there_are import experiments

REPO = Path(__file__).parent.parent
PAGE = REPO / "docs" / "reliability.md"
OF_THE_ISSUE = range(1, 21)


def test_there_is_an_experiment_for_each_fault():
    assert {number for number, _ in experiments()} == set(OF_THE_ISSUE)


def test_the_table_has_a_row_for_each_experiment_and_no_other():
    table = PAGE.read_text().partition(BEGIN)[2].partition(END)[0]
    assert set(rows_of(table)) == set(experiments())


def test_every_experiment_of_the_table_held():
    table = PAGE.read_text().partition(BEGIN)[2].partition(END)[0]
    assert [line for line in rows_of(table).values() if "| yes |" not in line] == []


def test_a_run_replaces_its_own_rows_and_drops_those_of_experiments_that_are_gone(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\n{END}\nafter\n")
    first, second = Row(2, "It holds", "something"), Row(1, "Nothing is lost", "another thing")
    first.add(lost=0, recovered_s=2.0)
    second.held = False
    write_rows(page, [first, second], {(1, "Nothing is lost"), (2, "It holds")})
    first.add(lost=3, recovered_s=1.0)
    write_rows(page, [first], {(2, "It holds")})
    text = page.read_text()
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert list(rows_of(text)) == [(2, "It holds")]
    assert "| 2 | It holds | something | yes | ? | 3 | ? | 2.0 s |  |\n" in text
