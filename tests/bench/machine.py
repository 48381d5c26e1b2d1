"""What the figures were measured on: they mean nothing without it."""

from __future__ import annotations

import os
import platform
import re
from importlib.metadata import version
from pathlib import Path
from typing import Any

from soniclayer import __version__

PACKAGES = ("faster-whisper", "ctranslate2", "onnxruntime", "numpy", "av")


def machine_facts() -> dict[str, Any]:
    """The processor, how much of it we may use, and the versions of what does the work."""
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "load_before": round(os.getloadavg()[0], 2),
        "system": platform.platform(),
        "python": platform.python_version(),
        "soniclayer": __version__,
        **{name: version(name) for name in PACKAGES},
    }


def _processor() -> str:
    told = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return told[1] if told else platform.machine()
