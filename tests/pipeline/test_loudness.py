"""Loudness against FFmpeg's own meter and the norm; levels, peaks and dead air on made sounds."""

from __future__ import annotations

import contextlib

import av
import numpy as np
import pytest
from sound_files import BROADCAST, DATA, noise, tone, write_audio

from soniclayer.engines.audio import open_audio
from soniclayer.pipeline.levels import dead_air, step_levels_dbfs, step_peaks
from soniclayer.pipeline.loudness import integrated


def momentary(path):
    with open_audio(path) as reader:
        return [value for block in reader.blocks(16_000) for value in block.momentary_lufs]


def ffmpeg_integrated(path, told):
    """What FFmpeg's meter says at the end, told through a file: not every PyAV gives a frame's metadata."""
    with av.open(path) as container:
        stream = container.streams.audio[0]
        graph = av.filter.Graph()
        graph.link_nodes(
            graph.add_abuffer(template=stream),
            graph.add("ebur128", "metadata=1"),
            graph.add("ametadata", f"mode=print:key=lavfi.r128.I:file={told}:direct=1"),
            graph.add("abuffersink"),
        ).configure()
        for frame in [*container.decode(stream), None]:
            graph.push(frame)
            with contextlib.suppress(av.BlockingIOError, av.EOFError):
                while True:
                    graph.pull()
    return float(told.read_text().rpartition("=")[2])


@pytest.mark.parametrize("path", [BROADCAST, DATA / "jfk.flac", DATA / "music_sonicpi_45s.flac"], ids=lambda p: p.stem)
def test_integrated_loudness_is_that_of_ffmpeg(path, tmp_path):
    assert abs(integrated(momentary(path)) - ffmpeg_integrated(path, tmp_path / "told")) < 0.1


def test_silence_is_gated_out(tmp_path):
    # EBU Tech 3341, case 3: 10 s at -36, 60 s at -23, 10 s at -36 dBFS measure -23 LUFS
    parts = [tone(s, 1000, 48_000, 10 ** (level / 20)) for s, level in ((10, -36), (60, -23), (10, -36))]
    path = write_audio(tmp_path / "a.wav", np.stack([np.concatenate(parts)] * 2), 48_000, "pcm_s24le", "s32")
    assert abs(integrated(momentary(path)) + 23) < 0.1


def test_nothing_audible_has_no_loudness():
    assert integrated([-120.691] * 100) is None
    assert integrated([]) is None


def test_levels_and_peaks_are_one_per_step_begun():
    sound = np.concatenate([np.full(1600, 0.5), np.zeros(1600), np.full(10, -2.0)]).astype(np.float32)
    np.testing.assert_allclose(step_levels_dbfs(sound), [-6.02, -120, 6.02], atol=0.01)
    assert step_peaks(sound) == (50, 0, 100)
    assert step_peaks(sound[:0]) == ()


def test_dead_air_is_five_seconds_of_silence_or_more():
    silent, loud = [-70.0], [-40.0]
    spans = dead_air(silent * 50 + loud + silent * 49 + loud + silent * 120)
    assert [(span.start_s, span.end_s) for span in spans] == [(0.0, 5.0), (10.1, 22.1)]


def test_a_quiet_room_is_not_dead_air():
    assert dead_air(step_levels_dbfs(noise(10, level=0.003).astype(np.float32)).tolist()) == ()
