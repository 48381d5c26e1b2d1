"""Pipes: read when somebody writes, and not waited for for ever."""

from __future__ import annotations

import os
import threading

import pytest

from soniclayer.cli.source import open_early, open_source
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


def test_what_was_opened_early_is_read_after_it_is_out_of_reach(tmp_path):
    path = tmp_path / "voice.wav"
    path.write_bytes(b"RIFF")
    open_file = open_early([path, path])
    path.unlink()
    for _ in range(2):
        with open_file(path) as source:
            assert source.read() == b"RIFF"


def test_what_cannot_be_opened_early_is_told_when_its_turn_comes(tmp_path):
    open_file = open_early([tmp_path / "none.wav"])
    with pytest.raises(FileNotFoundError):
        open_file(tmp_path / "none.wav")
