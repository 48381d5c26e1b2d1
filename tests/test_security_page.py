"""The threat model names tests that there are, and says of planted code what its test expects."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

REPO = Path(__file__).parent.parent
PAGE = (REPO / "docs/security.md").read_text()
ROWS = [line for line in PAGE.partition("## Threat, defence, test")[2].splitlines() if line.startswith("| ")][1:]
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_a_test_that_the_threat_model_names_exists(file, name):
    assert re.search(rf"^def {name}\(", (REPO / file).read_text(), re.MULTILINE)


def test_every_threat_has_a_defence_and_a_test():
    assert len(ROWS) > 15
    assert [row for row in ROWS if not re.fullmatch(r"\| [^|]+ \| [^|]+ \| (`tests/[^`]+`(, )?)+ \|", row)] == []


def test_every_security_test_over_http_stands_for_a_threat_on_the_page():
    files = {path.relative_to(REPO).as_posix() for path in (REPO / "tests/security").glob("test_*.py")}
    assert files - {file for file, _ in NAMED} == set()


def test_whoever_finds_a_hole_is_told_where_to_report_it():
    assert "in private" in (REPO / "SECURITY.md").read_text()
