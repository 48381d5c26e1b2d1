"""Files that are cut off, joined, tagged or encrypted: what is told of them, and of healthy ones nothing."""

from __future__ import annotations

import re
import struct

import av
import numpy as np
import pytest
from fuzz.recordings import recordings as healthy
from sound_files import encrypted_mkv, encrypted_mp4, mp3_without_count, noise, tone, with_id3_cover, write_audio

from soniclayer.engines.audio import open_audio
from soniclayer.engines.ends import wav_announced_s
from soniclayer.errors import InputError

KINDS = {
    "a.wav": ("pcm_s16le", "s16", 16_000),
    "a.mp3": ("mp3", "fltp", 44_100),
    "low.mp3": ("mp3", "fltp", 16_000),
    "a.aac": ("aac", "fltp", 44_100),
    "a.ogg": ("libopus", "flt", 48_000),
    "flac.ogg": ("flac", "s16", 16_000),
    "a.flac": ("flac", "s16", 16_000),
    "a.m4a": ("aac", "fltp", 44_100),
    "a.webm": ("libopus", "flt", 48_000),
}
TAG = b"TAG" + b"Title".ljust(125)


@pytest.fixture(scope="module")
def recordings(tmp_path_factory):
    """Four seconds in every container, as bytes."""
    folder = tmp_path_factory.mktemp("recordings")
    made = {}
    for name, (codec, sample_format, rate_hz) in KINDS.items():
        sound = tone(4, rate_hz=rate_hz) + np.random.default_rng(1).normal(0, 0.02, 4 * rate_hz)
        made[name] = write_audio(folder / name, sound, rate_hz, codec, sample_format).read_bytes()
    return made


def read(folder, content):
    """Seconds decoded, and the damage that is told."""
    path = folder / "x"
    path.write_bytes(content)
    with open_audio(path) as reader:
        return sum(len(block.samples) for block in reader.blocks(16_000)) / 16_000, reader.damage


@pytest.mark.parametrize("name", KINDS)
def test_a_healthy_file_has_no_damage_with_a_tag_at_its_end_or_without(recordings, tmp_path, name):
    for content in (recordings[name], recordings[name] + TAG):
        duration_s, damage = read(tmp_path, content)
        assert abs(duration_s - 4) < 0.1
        assert damage is None


@pytest.mark.parametrize("name", sorted(set(KINDS) - {"a.m4a"}))
def test_half_a_file_says_that_its_end_is_missing(recordings, tmp_path, name):
    content = recordings[name]
    duration_s, damage = read(tmp_path, content[: len(content) // 2 + 13])
    assert 0.9 < duration_s < 3.2
    assert re.search(r"of the 4\.[01] s that its header announces|its end is missing", damage)


def test_an_mp3_that_counts_no_frames_is_told_by_its_last_one(recordings, tmp_path):
    content = mp3_without_count(recordings["a.mp3"])
    assert read(tmp_path, content)[1] is None
    assert "its end is missing" in read(tmp_path, content[:-100])[1]


def test_half_an_mp4_says_that_its_index_is_missing(recordings, tmp_path):
    content = recordings["a.m4a"]
    with pytest.raises(InputError, match=r"MP4 without its index \(moov\)"):
        read(tmp_path, content[: len(content) // 2])


@pytest.mark.parametrize("name", ["a.mp3", "a.aac", "a.ogg", "flac.ogg", "a.flac", "a.webm"])
def test_joined_files_are_read_one_after_the_other(recordings, tmp_path, name):
    duration_s, damage = read(tmp_path, recordings[name] * 2)
    assert abs(duration_s - 8) < 0.2
    assert damage is None


def test_mp3_files_with_covers_and_other_rates_may_be_joined(recordings, tmp_path):
    parts = with_id3_cover(recordings["a.mp3"]) + TAG, with_id3_cover(recordings["low.mp3"])
    duration_s, damage = read(tmp_path, b"".join(parts))
    assert abs(duration_s - 8) < 0.2
    assert damage is None


@pytest.mark.parametrize("name", ["a.wav", "a.m4a"])
def test_what_is_not_read_of_joined_files_is_told(recordings, tmp_path, name):
    duration_s, damage = read(tmp_path, recordings[name] * 2)
    assert abs(duration_s - 4) < 0.1
    assert "a second file follows the first after 4.0 s of sound" in damage


def test_a_box_that_ends_beyond_all_files_is_no_bug_of_ours(recordings, tmp_path):
    content = recordings["a.m4a"] + struct.pack(">I4sQ", 1, b"free", 2**62)
    assert read(tmp_path, content)[1] is None


def test_sound_that_lies_beyond_all_files_is_missing_and_no_bug_of_ours(tmp_path):
    content = bytearray(healthy()["mp4-fragments"])
    struct.pack_into(">Q", content, content.index(b"tfhd") + 12, 2**54)  # where its sound begins
    with pytest.raises(InputError, match="none of the audio could be decoded"):
        read(tmp_path, bytes(content))


def test_only_so_many_chunks_of_a_wav_are_looked_at(recordings, tmp_path):
    content = recordings["a.wav"]
    for empty, announced_s in ((10, 4.0), (20_000, None)):
        (tmp_path / "x").write_bytes(content[:12] + b"none\0\0\0\0" * empty + content[12:])
        assert wav_announced_s(tmp_path / "x") == announced_s


def test_an_rf64_tells_its_length_in_a_chunk_of_its_own(recordings, tmp_path):
    chunks, _, sound = recordings["a.wav"][12:].partition(b"data")
    sound = sound[4:]
    for announced, found in ((len(sound), None), (2**40, "of the 34359738.4 s that its header announces")):
        long_sizes = struct.pack("<4sIQQQI", b"ds64", 28, announced + 72, announced, announced // 2, 0)
        head = b"RF64\xff\xff\xff\xffWAVE" + long_sizes + chunks + b"data\xff\xff\xff\xff"
        duration_s, damage = read(tmp_path, head + sound)
        assert abs(duration_s - 4) < 0.1
        assert (damage is None) if found is None else (found in damage)


@pytest.mark.parametrize("make", [encrypted_mp4, encrypted_mkv])
def test_an_encrypted_file_is_refused_as_such(tmp_path, make):
    with pytest.raises(InputError, match="encrypted") as caught:
        read(tmp_path, make(noise(2)))
    assert caught.value.code == "encrypted"


def test_a_file_of_nothing_but_damage_is_refused_with_what_was_found(recordings, tmp_path):
    content = bytearray(recordings["flac.ogg"])
    with av.open(str(write_audio(tmp_path / "a.mkv", noise(2), codec="flac"))) as container:
        packets = [(packet.pos, packet.size) for packet in container.demux() if packet.size]
    content = bytearray((tmp_path / "a.mkv").read_bytes())
    for position, size in packets:
        at = content.index(b"\xff\xf8", position)
        content[at : at + size] = bytes(size)
    with pytest.raises(InputError, match="none of the audio could be decoded; bad packets") as caught:
        read(tmp_path, bytes(content))
    assert caught.value.code == "undecodable"
