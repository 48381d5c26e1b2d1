"""seccomp: which system calls this process may make from now on: those of one that computes, reads and writes files.

Refused with EPERM, as if it had no right to, so that a library that merely tries goes on.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import sys

PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2  # prctl(2)

LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
"""Words of linux/bpf_common.h: load 32 bits, three jumps, return."""

CALL_AT, ARCHITECTURE_AT, FIRST_ARGUMENT_AT = 0, 4, 16
"""Offsets in struct seccomp_data; of the argument the lower half, on a little-endian machine."""

ALLOW, REFUSE, UNKNOWN = 0x7FFF0000, 0x00050000 | errno.EPERM, 0x00050000 | errno.ENOSYS
CLONE_THREAD = 0x10000
FOREIGN_CALLS = 0x40000000
"""From here on x86_64 counts the calls of another ABI (x32)."""

ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
"""linux/audit.h"""

CALLS = {  # name: its number on x86_64 and on aarch64; None where there is none
    # Programs and processes.
    "execve": (59, 221),
    "execveat": (322, 281),
    "fork": (57, None),
    "vfork": (58, None),
    # The network, Redis and every other service.
    "socket": (41, 198),
    "connect": (42, 203),
    "bind": (49, 200),
    "io_uring_setup": (425, 425),
    # Other processes.
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "tkill": (200, 130),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "pidfd_open": (434, 434),
    "pidfd_send_signal": (424, 424),
    "pidfd_getfd": (438, 438),
    # What Landlock leaves out: modes, owners, times, attributes, and before Linux 6.2 truncation.
    "chmod": (90, None),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "chown": (92, None),
    "fchown": (93, 55),
    "lchown": (94, None),
    "fchownat": (260, 54),
    "utime": (132, None),
    "utimes": (235, None),
    "futimesat": (261, None),
    "utimensat": (280, 88),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
    "fremovexattr": (199, 16),
    "truncate": (76, 45),
}
ON_ITSELF_ALONE = {"kill": (62, 129), "tgkill": (234, 131)}
"""The first argument must be this process: abort() and faulthandler do that."""

LIMITS = {"prlimit64": (302, 261)}
"""The first argument must be 0: the caller."""

CLONE = (56, 220)
"""Threads only."""

STRUCTURED = {"clone3": (435, 435), "openat2": (437, 437)}
"""What they are asked is in memory, where no filter sees it: as if unknown, so that the C library takes older ones."""

Program = list[tuple[int, int, int, int]]


def is_known(libc: ctypes.CDLL) -> bool:
    """Whether we know the numbers, the kernel has such filters, and no emulator is between.

    A kernel without them does not even look for the program.
    """
    if os.uname().machine not in ARCHITECTURES or sys.maxsize < 2**32:  # a 32-bit program calls by other numbers
        return False
    libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, None, 0, 0)
    return ctypes.get_errno() == errno.EFAULT


def restrict(libc: ctypes.CDLL) -> None:
    """Install the filter; nothing where the kernel has none, or we do not know the numbers. Needs PR_SET_NO_NEW_PRIVS.

    Raises:
        OSError: the kernel refused.
    """
    if not is_known(libc):
        return
    machine = os.uname().machine
    program = _program(ARCHITECTURES[machine], list(ARCHITECTURES).index(machine), os.getpid())
    code = b"".join(struct.pack("HBBI", *instruction) for instruction in program)
    kept = ctypes.create_string_buffer(code)  # as long as the call
    header = struct.pack("HxxxxxxQ", len(program), ctypes.addressof(kept))
    if libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.c_char_p(header), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_SECCOMP)")


def _program(architecture: int, column: int, pid: int) -> Program:
    program = [(LOAD, 0, 0, ARCHITECTURE_AT), *_when(EQUAL, architecture, REFUSE, negated=True)]
    program += [(LOAD, 0, 0, CALL_AT), *_when(AT_LEAST, FOREIGN_CALLS, REFUSE)]
    for names, answer in ((STRUCTURED, UNKNOWN), (CALLS, REFUSE)):
        for number in (numbers[column] for numbers in names.values()):
            program += _when(EQUAL, number, answer) if number is not None else []
    for numbers in ON_ITSELF_ALONE.values():
        program += _allowed_if(numbers[column], EQUAL, pid)
    for numbers in LIMITS.values():
        program += _allowed_if(numbers[column], EQUAL, 0)
    program += _allowed_if(CLONE[column], ANY_BIT, CLONE_THREAD)
    return [*program, (RETURN, 0, 0, ALLOW)]


def _when(jump: int, value: int, answer: int, *, negated: bool = False) -> Program:
    """Answer so when what was loaded compares so with `value`."""
    return [(jump, negated, not negated, value), (RETURN, 0, 0, answer)]


def _allowed_if(number: int, jump: int, value: int) -> Program:
    """Answer for the call of this number: allowed if its first argument compares so with `value`."""
    return [
        (EQUAL, 0, 4, number),
        (LOAD, 0, 0, FIRST_ARGUMENT_AT),
        (jump, 0, 1, value),
        (RETURN, 0, 0, ALLOW),
        (RETURN, 0, 0, REFUSE),
    ]
