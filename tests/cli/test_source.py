"""Pipes: read when somebody writes, and not waited for for ever."""

from __future__ import annotations

import os
import threading

import pytest

from soniclayer.cli.source import open_source
from soniclayer.errors import StoreError


def test_a_pipe_that_nobody_writes_to_is_given_up(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(StoreError, match="nobody wrote to it"):
        open_source(tmp_path / "pipe", pipe_patience_s=0.05)


def test_a_pipe_is_read_to_the_end_however_late_its_writer_comes(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    content = os.urandom(300_000)  # more than a pipe holds
    writer = threading.Timer(0.1, lambda: path.write_bytes(content))
    writer.start()
    with open_source(path, pipe_patience_s=30) as source:
        assert source.read() == content
    writer.join()


def test_a_pipe_closed_without_a_word_is_an_empty_file(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(b"",))
    writer.start()
    with open_source(path, pipe_patience_s=30) as source:
        assert source.read() == b""
    writer.join()
