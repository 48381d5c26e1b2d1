"""`PYTHONPATH=tests python -m fuzz`: breaks real files of every container and gives them to a real engine child.

What is promised for every one: the parent never crashes, an answer comes in time and in bounded memory, and it is
either windows that tile the recording, or an error with a code and one line that names the cause.

Mutations are plain chance from a seed, near the headers that `mutate` knows. Coverage-guided fuzzers (Atheris, AFL)
want FFmpeg built for them, and FFmpeg's own makers run those; hypothesis shrinks well but is slow at 100 KB a case.
What is looked for here is what our own code makes of what FFmpeg gives, and that FFmpeg's crashes stay in the child.

A file that breaks a promise is kept in the folder that `--keep` names; `--file` gives it to a child again.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path

from fuzz.hunt import Case, cases, hunt
from rich.console import Console
from rich.table import Table

COLUMNS = ("read", "damaged", "undecodable", "no_audio", "unsupported", "other", "failed")
TELL_EVERY = 100


class Tally:
    """Counts verdicts, tells how far it is, and keeps what failed."""

    def __init__(self, count, seed, keep):
        self._count, self._seed, self._keep = count, seed, Path(keep)
        self._start = time.monotonic()
        self.verdicts = 0
        self.outcomes = defaultdict(Counter)
        self.slowest_s = defaultdict(float)
        self.peak_bytes = 0
        self.failures = []

    def add(self, verdict):
        """One more."""
        self.verdicts += 1
        outcome = verdict.outcome.removeprefix("refused: ")
        if verdict.fault:
            outcome = "failed"
            self._fail(verdict)
        self.outcomes[verdict.case.kind][outcome if outcome in COLUMNS else "other"] += 1
        self.slowest_s[verdict.case.kind] = max(self.slowest_s[verdict.case.kind], verdict.duration_s)
        self.peak_bytes = max(self.peak_bytes, verdict.peak_bytes)
        if self.verdicts % TELL_EVERY == 0 or self.verdicts == self._count:
            rate = self.verdicts / (time.monotonic() - self._start)
            tell(f"{self.verdicts} / {self._count} files, {len(self.failures)} failures, {rate:.1f} a second")

    def _fail(self, verdict):
        case = verdict.case
        self._keep.mkdir(parents=True, exist_ok=True)
        path = self._keep / f"{case.kind}.{self._seed}.{case.number}"
        path.write_bytes(case.content)
        again = f"PYTHONPATH=tests python -m fuzz --file {path}"
        self.failures.append({"kind": case.kind, "deed": case.deed, "fault": verdict.fault, "again": again})
        tell(f"FAILED {case.kind} ({case.deed}): {verdict.fault}\n  {again}")

    def table(self):
        """What came of each kind."""
        table = Table(title=f"{self.verdicts} files, seed {self._seed}", box=None)
        for name in ("kind", *COLUMNS, "slowest s"):
            table.add_column(name, no_wrap=True)
        for kind, outcomes in sorted(self.outcomes.items()):
            table.add_row(kind, *(str(outcomes[name] or "") for name in COLUMNS), f"{self.slowest_s[kind]:.1f}")
        return table

    def document(self):
        """The same for programs."""
        return {
            "files": self.verdicts,
            "seed": self._seed,
            "seconds": round(time.monotonic() - self._start, 1),
            "peak_memory_bytes": self.peak_bytes,
            "slowest_s": round(max(self.slowest_s.values(), default=0.0), 2),
            "outcomes": {kind: dict(outcomes) for kind, outcomes in sorted(self.outcomes.items())},
            "failures": self.failures,
        }


def main(argv=None, server="soniclayer.engines.server"):
    """Run; 0 when every promise was kept, else 1."""
    args = _parser().parse_args(argv)
    if args.file:
        given, count = [Case(0, args.file.name, "", args.file.read_bytes())], 1
    else:
        given, count = cases(args.cases, args.seed, args.only), args.cases
    tally = Tally(count, args.seed, args.keep)
    with tempfile.TemporaryDirectory() as folder:
        hunt(given, folder, tally.add, server)
    console = Console(width=110, highlight=False)
    console.print(tally.table())
    console.print(f"peak memory of a child: {tally.peak_bytes / 2**20:.0f} MiB; failures: {len(tally.failures)}")
    if args.json:
        args.json.write_text(json.dumps(tally.document(), indent=2) + "\n")
    return 1 if tally.failures else 0


def tell(line):
    """One line on how it goes."""
    sys.stderr.write(f"{line}\n")


def _parser():
    parser = argparse.ArgumentParser("fuzz", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=5000, help="how many files (default: 5000)")
    parser.add_argument("--seed", type=int, default=1, help="another seed breaks the files in other ways")
    parser.add_argument("--only", nargs="*", default=[], help="beginnings of kinds, e.g. ogg m4a-aac")
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--keep", type=Path, default=Path("build/fuzz"), help="where failing files are kept")
    parser.add_argument("--file", type=Path, help="only this file, as it is")
    return parser


if __name__ == "__main__":
    sys.exit(main())
