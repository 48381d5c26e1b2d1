"""The listening copy: the sound of the recording, sample after sample, where `prepare` has it."""

from __future__ import annotations

import av
import numpy as np
import pytest
from sound_files import noise, resampled, tone, write_audio, write_mp3, write_with_jumps

from soniclayer.engines.audio import open_audio
from soniclayer.engines.listening import write_copy
from soniclayer.errors import InputError, StoreFull

CLICKS_S = (1.0, 33.25, 61.5, 88.0)


def clicking(seconds, rate_hz):
    """Noise and silence by turns, and clicks of 20 ms."""
    sound = resampled(noise(seconds, level=0.03), rate_hz)
    for start in range(5, seconds, 20):
        sound[start * rate_hz : (start + 10) * rate_hz] = 0
    at_s = np.arange(round(0.02 * rate_hz)) / rate_hz
    for click_s in CLICKS_S:
        if click_s < seconds:
            sound[round(click_s * rate_hz) :][: len(at_s)] += 0.9 * np.exp(-at_s / 0.004) * np.cos(9000 * at_s)
    return sound


def clicks_s(samples, rate_hz):
    """When the clicks begin."""
    loud = np.flatnonzero(np.abs(samples) > 0.5 * np.abs(samples).max()) / rate_hz
    return loud[np.flatnonzero(np.diff(loud, prepend=-1) > 0.5)]


def copied(path):
    """The copy of a file: its samples (mean of the channels), rate, channels; and how many stretches it took."""
    target = path.with_name("copy")
    target.write_bytes(b"")
    stretches = list(write_copy(path, target))
    with av.open(str(target)) as container:
        frames = list(container.decode(audio=0))
        assert (container.format.name.split(",")[1], frames[0].pts) == ("mp4", 0)
    samples = np.concatenate([frame.to_ndarray().mean(axis=0) for frame in frames])
    return samples, frames[0].sample_rate, frames[0].layout.nb_channels, len(stretches)


def heard(path):
    with open_audio(path) as reader:
        return np.concatenate([block.samples for block in reader.blocks(16_000)])


@pytest.mark.parametrize("rate_hz", [16_000, 44_100, 96_000])
def test_sound_lies_in_the_copy_where_prepare_has_it(tmp_path, rate_hz):
    path = write_audio(tmp_path / "a.flac", clicking(95, rate_hz), rate_hz, "flac", "s16")
    samples, copy_hz, channels, stretches = copied(path)
    assert (channels, stretches) == (1, 1)
    assert copy_hz == min(rate_hz, 48_000)
    assert np.abs(clicks_s(samples, copy_hz) - CLICKS_S).max() < 0.002
    assert 0 <= len(samples) / copy_hz - len(heard(path)) / 16_000 < 1025 / copy_hz  # whole frames of AAC


def test_sound_of_an_mp3_of_variable_bit_rate_lies_where_prepare_has_it(tmp_path):
    path = write_mp3(tmp_path / "a.mp3", clicking(95, 44_100), 44_100, quality=4)
    samples, rate_hz, _, _ = copied(path)
    ours, theirs = clicks_s(samples, rate_hz), clicks_s(heard(path), 16_000)
    assert len(ours) == len(CLICKS_S)
    assert np.abs(ours - theirs).max() < 0.002


def test_gaps_in_time_stamps_are_no_gaps_in_the_copy(tmp_path):
    path = write_with_jumps(tmp_path / "a.mkv", clicking(40, 16_000), 5)
    samples, rate_hz, _, _ = copied(path)
    assert np.abs(clicks_s(samples, rate_hz) - CLICKS_S[:2]).max() < 0.002


def test_what_is_left_of_a_damaged_file_is_copied_on_the_clock_of_prepare(tmp_path):
    path = write_mp3(tmp_path / "a.mp3", clicking(95, 44_100), 44_100, quality=4)
    data = bytearray(path.read_bytes())
    third = len(data) // 3
    data[third : third + 4000] = bytes(4000)
    path.write_bytes(data[: len(data) - third // 10])
    samples, rate_hz, _, _ = copied(path)
    whole = heard(path)
    assert abs(len(samples) / rate_hz - len(whole) / 16_000) < 1025 / rate_hz
    ours, theirs = clicks_s(samples, rate_hz), clicks_s(whole, 16_000)
    assert len(ours) == len(theirs) >= 3
    assert np.abs(ours - theirs).max() < 0.002


def test_two_channels_stay_two_and_more_become_two(tmp_path):
    for count in (2, 6):
        sound = np.stack([tone(2, 300.0 + 100 * place) for place in range(count)])
        _, _, channels, _ = copied(write_audio(tmp_path / f"{count}.flac", sound, codec="flac"))
        assert channels == 2


def test_the_same_sound_gives_the_same_bytes(tmp_path):
    path = write_audio(tmp_path / "a.wav", tone(3))
    copies = []
    for name in ("one", "two"):
        target = tmp_path / name
        list(write_copy(path, target))
        copies.append(target.read_bytes())
    assert copies[0] == copies[1]


def test_table_comes_before_the_sound(tmp_path):
    path = write_audio(tmp_path / "a.wav", tone(3))
    list(write_copy(path, tmp_path / "copy"))
    data = (tmp_path / "copy").read_bytes()
    assert 0 < data.find(b"moov") < data.find(b"mdat")


def test_copy_for_which_there_is_no_room_says_so(tmp_path, small_disk):
    path = write_audio(tmp_path / "a.wav", noise(300))
    with pytest.raises(StoreFull):
        list(write_copy(path, small_disk / "copy"))


def test_file_that_is_no_audio_is_refused_as_everywhere(tmp_path):
    (tmp_path / "a").write_bytes(b"no audio" * 100)
    with pytest.raises(InputError):
        list(write_copy(tmp_path / "a", tmp_path / "copy"))
