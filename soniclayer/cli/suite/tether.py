"""Becomes another program, one that is told to stop (SIGTERM) when its parent dies, however that dies.

usage: tether.py PARENT_PID PROGRAM ARGUMENT...          Imports nothing of ours: it starts in 10 ms.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Tie this process to its parent, then run the program in it."""
    parent, program = int(sys.argv[1]), sys.argv[2:]
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:  # it has died already
        sys.exit(1)
    os.execvp(program[0], program)  # noqa: S606 - that is what this is for


main()
