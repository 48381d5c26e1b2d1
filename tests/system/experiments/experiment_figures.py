"""What experiments have found: a row for each, told at the end of a run and written into docs/reliability.md."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BEGIN = "<!-- written by `make faults`, and by nothing else -->"
END = "<!-- end of what `make faults` writes -->"
COLUMNS = ("", "claim", "what was done", "held", "recordings", "lost", "doubled", "recovered", "found")
HEAD = f"| {' | '.join(COLUMNS)} |\n{'|---' * len(COLUMNS)}|\n"
KNOWN = ("recordings", "lost", "doubled", "recovered_s")
Figure = float | int | str


@dataclass
class Row:
    """One experiment: what it claims, what it does, what it found."""

    number: int
    claim: str
    done: str
    held: bool = True
    figures: dict[str, Figure] = field(default_factory=dict)

    def add(self, **figures: Figure) -> None:
        """Counts add up over the cases of an experiment; of times the longest counts."""
        for name, value in figures.items():
            before = self.figures.get(name)
            if before is None or isinstance(value, str):
                self.figures[name] = value
            else:
                self.figures[name] = max(before, value) if name.endswith("_s") else before + value

    def told(self) -> str:
        """A line for people who look on."""
        figures = ", ".join(f"{name} {value}" for name, value in self.figures.items())
        return f"{self.number:3} {'held' if self.held else 'DID NOT HOLD'}: {self.claim}: {figures or 'nothing found'}"

    def line(self) -> str:
        """A line of the table."""
        known = [str(self.figures.get(name, "?")) for name in KNOWN]
        rest = ", ".join(
            f"{name.replace('_', ' ')} {value}" for name, value in self.figures.items() if name not in KNOWN
        )
        cells = (str(self.number), self.claim, self.done, "yes" if self.held else "**no**", *known[:3])
        recovered = f"{known[3]} s" if known[3] != "?" else "-"
        return f"| {' | '.join((*cells, recovered, rest))} |\n"


def row_of(number: int, function: Callable) -> Row:
    """The row of a test, without figures: its name is its claim, the first line of its docstring what it does."""
    return Row(number, claim_of(function.__name__), (function.__doc__ or "").strip().partition("\n")[0].rstrip("."))


def claim_of(name: str) -> str:
    """`test_no_recording_is_lost` claims that no recording is lost."""
    return name.removeprefix("test_").replace("_", " ").capitalize()


def write_rows(page: Path, rows: list[Row], claims: set[tuple[int, str]]) -> None:
    """Put rows into the table of a page, in place of those of the same experiments; drop those not of `claims`."""
    before, _, rest = page.read_text().partition(BEGIN)
    table, _, after = rest.partition(END)
    lines = {key: line for key, line in rows_of(table).items() if key in claims}
    lines |= {(row.number, row.claim): row.line() for row in rows}
    written = f"\n\nOn {os.cpu_count()} cores.\n\n{HEAD}{''.join(lines[key] for key in sorted(lines))}\n"
    _replace(page, f"{before}{BEGIN}{written}{END}{after}")


def rows_of(table: str) -> dict[tuple[int, str], str]:
    """The lines of a table by number and claim."""
    found = re.finditer(r"^\| (\d+) \| ([^|]+) \|.*\n", table, re.MULTILINE)
    return {(int(match[1]), match[2]): match[0] for match in found}


def _replace(page: Path, text: str) -> None:
    unfinished = page.with_suffix(".tmp")
    unfinished.write_text(text)
    unfinished.rename(page)
