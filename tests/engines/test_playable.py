"""Which files browsers play and seek exactly as they are: the table of docs/input.md."""

from __future__ import annotations

import numpy as np
import pytest
from sound_files import (
    noise,
    tone,
    wav,
    with_flac_cover,
    with_id3_cover,
    write_audio,
    write_mp3,
    write_tracks,
    write_video,
    write_with_jumps,
)

from soniclayer.engines.audio import open_audio

SOUND = np.concatenate([tone(2), np.zeros(32_000), noise(2)])


def unsuited(path):
    with open_audio(path) as reader:
        for _ in reader.blocks(16_000):
            pass
        return reader.unsuited


@pytest.mark.parametrize(
    ("name", "codec", "sample_format"),
    [
        ("a.wav", "pcm_s16le", "s16"),
        ("a.wav", "pcm_f32le", "flt"),
        ("a.wav", "pcm_mulaw", "s16"),
        ("a.flac", "flac", "s16"),
        ("a.m4a", "aac", "fltp"),
        ("a.mov", "aac", "fltp"),
    ],
)
def test_what_every_browser_plays_exactly_needs_no_copy(tmp_path, name, codec, sample_format):
    assert unsuited(write_audio(tmp_path / name, SOUND, 16_000, codec, sample_format)) is None


@pytest.mark.parametrize(
    ("name", "codec", "sample_format", "rate_hz"),
    [
        ("a.wav", "pcm_f64le", "dbl", 16_000),
        ("a.aac", "aac", "fltp", 16_000),
        ("a.mp2", "mp2", "s16", 16_000),
        ("a.m4a", "alac", "s16p", 16_000),
        ("a.ogg", "libopus", "flt", 48_000),
        ("a.ogg", "flac", "s16", 16_000),
        ("a.webm", "libopus", "flt", 48_000),
        ("a.mka", "aac", "fltp", 16_000),
        ("a.flac", "flac", "s16", 192_000),
    ],
)
def test_what_some_browser_does_not_play_or_seek_needs_a_copy(tmp_path, name, codec, sample_format, rate_hz):
    if sample_format == "dbl":
        (tmp_path / name).write_bytes(wav(SOUND, bits=64, kind=3))
        assert "pcm_f64le" in unsuited(tmp_path / name)
        return
    assert "not every browser plays" in unsuited(write_audio(tmp_path / name, SOUND, rate_hz, codec, sample_format))


def test_more_than_two_channels_need_a_copy(tmp_path):
    assert "6 channels" in unsuited(write_audio(tmp_path / "a.flac", np.stack([SOUND] * 6), codec="flac"))


@pytest.mark.parametrize("rate_hz", [16_000, 24_000, 44_100, 48_000])
def test_mp3_of_constant_bit_rate_needs_no_copy(tmp_path, rate_hz):
    assert unsuited(write_mp3(tmp_path / "a.mp3", SOUND, rate_hz)) is None


def test_mp3_of_variable_bit_rate_needs_a_copy(tmp_path):
    assert unsuited(write_mp3(tmp_path / "a.mp3", SOUND, 44_100, quality=4)) == "an MP3 of variable bit rate"


def test_cover_of_an_mp3_or_flac_is_no_video(tmp_path):
    (tmp_path / "b.mp3").write_bytes(with_id3_cover(write_mp3(tmp_path / "a.mp3", SOUND, 44_100).read_bytes()))
    flac = write_audio(tmp_path / "a.flac", SOUND, codec="flac").read_bytes()
    (tmp_path / "b.flac").write_bytes(with_flac_cover(flac))
    assert (unsuited(tmp_path / "b.mp3"), unsuited(tmp_path / "b.flac")) == (None, None)


def test_tags_that_shift_what_a_player_reckons_need_a_copy(tmp_path):
    mp3 = write_mp3(tmp_path / "a.mp3", SOUND, 44_100).read_bytes()
    short = b"TAG" + bytes(125)
    long = b"APETAGEX" + (2000).to_bytes(4, "little") + (20_000).to_bytes(4, "little") + bytes(20_016)
    found = []
    for tag in (short, long):
        (tmp_path / "b.mp3").write_bytes(mp3 + tag)
        found.append(unsuited(tmp_path / "b.mp3"))
    assert found == [None, "an MP3 with tags between or after its frames"]


@pytest.mark.parametrize("codec", ["mp3", "flac"])
def test_files_that_were_joined_need_a_copy(tmp_path, codec):
    make = {"mp3": lambda path: write_mp3(path, SOUND), "flac": lambda path: write_audio(path, SOUND, codec="flac")}
    one = make[codec](tmp_path / f"a.{codec}").read_bytes()
    (tmp_path / f"b.{codec}").write_bytes(one + one)
    assert unsuited(tmp_path / f"b.{codec}") is not None


def test_gap_in_the_time_stamps_needs_a_copy(tmp_path):
    assert unsuited(write_with_jumps(tmp_path / "a.mkv", tone(3), 1)) is not None


def test_damaged_file_needs_a_copy(tmp_path):
    flac = write_audio(tmp_path / "a.flac", SOUND, codec="flac").read_bytes()
    (tmp_path / "a.flac").write_bytes(flac[: len(flac) * 2 // 3])
    assert unsuited(tmp_path / "a.flac") == "damage"


def test_video_and_several_tracks_need_a_copy(tmp_path):
    assert "video" in unsuited(write_video(tmp_path / "a.mp4", tone(1)))
    with_two = write_tracks(tmp_path / "a.mka", tone(1), 2)
    assert unsuited(with_two) is not None


@pytest.mark.parametrize("announced_bytes", [0xFFFF_FFFF, 0x7FFF_FFFF])
def test_wav_without_a_size_needs_a_copy(tmp_path, announced_bytes):
    (tmp_path / "a.wav").write_bytes(wav(tone(1), announced_bytes=announced_bytes))
    assert "size" in unsuited(tmp_path / "a.wav")
