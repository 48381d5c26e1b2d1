"""Which experiments there are, read from their sources: number and claim."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

from experiment_figures import claim_of

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent


def experiments() -> list[tuple[int, str]]:
    """In the order of their numbers."""
    return sorted(found for path in HERE.glob("test_*.py") for found in _experiments_of(path))


def _experiments_of(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef):
            for mark in node.decorator_list:
                if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.experiment":
                    yield ast.literal_eval(mark.args[0]), claim_of(node.name)
