"""Puts the report of the sample broadcast, as it comes out of a real run, into README.md (`make readme`)."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

REPO = Path(__file__).resolve().parent.parent
ARGUMENTS = ("analyze", "tests/data/broadcast/broadcast.flac")
PLACE = re.compile(r"(<!-- demo: [^\n]*-->\n).*(<!-- demo: end -->)", re.DOTALL)
FIRST, LAST = 33, 23
"""Lines shown from the start and from the end of the report; the middle is more of the same."""


def main() -> None:
    """Run the demo in a store of its own and rewrite the block between the two marks."""
    page = REPO / "README.md"
    lines = report().splitlines()
    if len(lines) > FIRST + LAST:
        lines[FIRST:-LAST] = ["", f"   ... {len(lines) - FIRST - LAST} more lines ...", ""]
    shown = [line.rstrip() for line in (f"$ .venv/bin/soniclayer {' '.join(ARGUMENTS)}", *lines)]
    block = "\n".join(("```console", *shown, "```", ""))
    page.write_text(PLACE.sub(lambda marks: marks[1] + block + marks[2], page.read_text()))


def report() -> str:
    """What a reader of a pipe sees: no colours, no progress."""
    with tempfile.TemporaryDirectory() as uploads:
        return subprocess.run(
            [Path(sys.executable).with_name("soniclayer"), *ARGUMENTS],
            cwd=REPO,
            env=os.environ | {"SONICLAYER_UPLOADS_DIR": uploads, "COLUMNS": "100"},
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        ).stdout


if __name__ == "__main__":
    main()
