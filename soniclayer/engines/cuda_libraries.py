"""NVIDIA's libraries that pip brought (requirements/cuda.txt), where the dynamic linker does not look for them."""

from __future__ import annotations

import ctypes
from importlib.util import find_spec
from pathlib import Path

IN_ORDER = ("libcublasLt.so.12", "libcublas.so.12")
"""What CTranslate2 4 opens by name when a model goes to a GPU; the second needs the first. It uses no cuDNN."""


def load_cuda_libraries() -> None:
    """Load them, so that who opens them by name gets these. Without the package, those of the system are found or not.

    Raises:
        OSError: they are there, and cannot be loaded.
    """
    try:
        spec = find_spec("nvidia.cublas")
    except ModuleNotFoundError:
        return
    for folder in (spec.submodule_search_locations if spec else None) or ():
        for name in IN_ORDER:
            path = Path(folder) / "lib" / name
            if path.exists():
                ctypes.CDLL(str(path), mode=ctypes.RTLD_GLOBAL)
