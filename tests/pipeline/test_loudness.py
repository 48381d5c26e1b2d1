"""Loudness against FFmpeg's own meter and the norm; levels, peaks and dead air on made sounds."""

from __future__ import annotations

import contextlib

import av
import numpy as np
import pytest
from sound_files import BROADCAST, DATA, noise, read_samples, tone, write_audio

from soniclayer.engines.audio import open_audio
from soniclayer.pipeline.levels import dead_air, step_levels_dbfs, step_peaks
from soniclayer.pipeline.loudness import integrated, integrated_between


def momentary(path):
    with open_audio(path) as reader:
        return [value for block in reader.blocks(16_000) for value in block.momentary_lufs]


def ffmpeg_integrated(path, told, start_s=0.0, end_s=1e6):
    """What FFmpeg's meter says of a stretch, told through a file: not every PyAV gives a frame's metadata."""
    with av.open(path) as container:
        stream = container.streams.audio[0]
        graph = av.filter.Graph()
        graph.link_nodes(
            graph.add_abuffer(template=stream),
            graph.add("atrim", f"start={start_s}:end={end_s}"),
            graph.add("asetpts", "N/SR/TB"),
            graph.add("ebur128", "metadata=1"),
            graph.add("ametadata", f"mode=print:key=lavfi.r128.I:file={told}:direct=1"),
            graph.add("abuffersink"),
        ).configure()
        for frame in [*container.decode(stream), None]:
            with contextlib.suppress(av.BlockingIOError, av.EOFError):
                graph.push(frame)
                while True:
                    graph.pull()
    return float(told.read_text().rpartition("=")[2])


@pytest.mark.parametrize("path", [BROADCAST, DATA / "jfk.flac", DATA / "music_sonicpi_45s.flac"], ids=lambda p: p.stem)
def test_integrated_loudness_is_that_of_ffmpeg(path, tmp_path):
    assert abs(integrated(momentary(path)) - ffmpeg_integrated(path, tmp_path / "told")) < 0.1


@pytest.mark.parametrize(("rate_hz", "channels"), [(8_000, 1), (8_000, 2), (44_100, 2), (48_000, 2), (48_000, 6)])
def test_integrated_loudness_is_that_of_ffmpeg_for_any_rate_and_layout(tmp_path, rate_hz, channels):
    speech = np.interp(
        np.arange(10 * rate_hz) / rate_hz, np.arange(160_000) / 16_000, read_samples(BROADCAST)[240_000:400_000]
    )
    sound = np.stack([np.roll(speech, 3000 * n) * 0.8**n for n in range(channels)])
    path = write_audio(tmp_path / "a.wav", sound, rate_hz)
    assert abs(integrated(momentary(path)) - ffmpeg_integrated(path, tmp_path / "told")) < 0.1


@pytest.mark.parametrize(
    ("start_s", "end_s"), [(0.0, 8.7), (9.13, 22.87), (53.25, 68.0), (100.01, 105.02), (234.3, 246.3)]
)
def test_a_segment_is_as_loud_as_ffmpeg_says_of_it_cut_out(tmp_path, start_s, end_s):
    cut_out = ffmpeg_integrated(BROADCAST, tmp_path / "told", start_s, end_s)
    # of 53 stretches of 5-15 s the largest difference was 0.15, the mean 0.04: blocks begin at tenths of a second
    assert abs(integrated_between(momentary(BROADCAST), start_s, end_s) - cut_out) < 0.2


def test_what_is_loud_just_before_a_segment_does_not_count():
    loud, soft = [-10.0] * 20, [-30.0] * 20
    reaching_over = [-12.0, -13.0, -15.0]  # blocks of 400 ms that began in the loud part
    assert integrated_between(loud + reaching_over + soft[3:], 2.0, 4.0) == -30.0
    assert integrated_between(soft + reaching_over + loud, 0.0, 2.0) == -30.0
    assert integrated_between(loud, 1.0, 1.3) is None  # shorter than a block


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
