"""Libraries that pip brought are loaded before they are opened by name. That a GPU computes with them needs a GPU."""

from __future__ import annotations

import ctypes
import sys

import pytest

from soniclayer.engines import cuda_libraries


@pytest.fixture
def loaded(monkeypatch):
    """What was loaded, and how, in order; nothing really is."""
    calls = []
    monkeypatch.delitem(sys.modules, "nvidia", raising=False)
    monkeypatch.setattr(ctypes, "CDLL", lambda path, mode: calls.append((path, mode)))
    return calls


def test_what_pip_brought_is_loaded_for_everybody_and_in_order(loaded, monkeypatch, tmp_path):
    folder = tmp_path / "nvidia/cublas/lib"
    folder.mkdir(parents=True)
    for name in cuda_libraries.IN_ORDER:
        (folder / name).touch()
    monkeypatch.syspath_prepend(tmp_path)
    cuda_libraries.load_cuda_libraries()
    assert loaded == [(str(folder / name), ctypes.RTLD_GLOBAL) for name in ("libcublasLt.so.12", "libcublas.so.12")]


def test_without_them_nothing_happens(loaded, monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    cuda_libraries.load_cuda_libraries()
    assert loaded == []
