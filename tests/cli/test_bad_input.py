"""What `soniclayer analyze` says of files that are wrong, odd or made to hurt: one run over all of them."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from samples import DATA, ROOT
from sound_files import (
    encrypted_mp4,
    noise,
    png,
    read_samples,
    resampled,
    tone,
    wav,
    with_id3_cover,
    write_audio,
    write_tracks,
    write_video,
    write_with_jumps,
)

pytestmark = pytest.mark.models

MAX_DURATION_S = 60
SPOKEN = "fellow americans"
SPEECH = read_samples(DATA / "jfk.flac")[: 3 * 16_000]
NOT_ACCEPTED = "no readable audio file: its format is not accepted"
NO_SIGN = "no readable audio file: no sign of WAV, MP3"
DAMAGED_HEADER = "no readable audio file: it begins like WAV, but its headers are damaged"


@dataclass(frozen=True)
class Case:
    """A file, and what must come of it.

    Args:
        name: of the file; the ending chooses the container where `content` is a function that writes.
        content: bytes, or what writes the file at a path.
        says: part of the one line on standard error; None for a file of which nothing is to be said.
        heard: part of what is understood in it, in small letters; None = no result is expected at all.
    """

    name: str
    content: bytes | Callable[[Path], object]
    says: str | None
    heard: str | None = None


def audio(sound, *arguments):
    """What writes `sound` in the container of the file's name."""
    return lambda path: write_audio(path, sound, *arguments)


def changed(change, name, *arguments):
    """What writes speech in the container of `name` and lets `change` have its bytes."""

    def write(path):
        plain = write_audio(path.parent / f"{path.name}.{name}", *arguments)
        path.write_bytes(change(plain.read_bytes()))
        plain.unlink()

    return write


def with_nan(sound):
    """Every second sample is no number."""
    broken = np.repeat(sound, 2)
    broken[1::4], broken[3::4] = np.nan, np.inf
    return broken


def playlist(path):
    """An HLS playlist of a file that is good audio: it must never be opened."""
    target = write_audio(path.parent / ".listed.wav", SPEECH)
    path.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:3,\n{target}\n#EXT-X-ENDLIST\n")


def concat_list(path):
    """The same as a list of FFmpeg's own."""
    path.write_text(f"ffconcat version 1.0\nfile '{path.parent / '.listed.wav'}'\n")


def most(data):
    """Three quarters of it."""
    return data[: len(data) * 3 // 4]


def tag_of(size):
    """An ID3 tag of so many zeros."""
    return b"ID3\x03\x00\x00" + bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0)) + bytes(size)


MP3 = (resampled(SPEECH, 44_100), 44_100, "mp3", "fltp")
M4A = (resampled(SPEECH, 44_100), 44_100, "aac", "fltp")
OPUS = (resampled(SPEECH, 48_000), 48_000, "libopus", "flt")

CASES = [
    # no audio at all
    Case("empty.wav", b"", "the file is empty (0 bytes)"),
    Case("text.mp3", b"Dear Sir or Madam,\nplease find attached.\n" * 100, NO_SIGN),
    Case("random.flac", np.random.default_rng(7).bytes(200_000), NO_SIGN),
    Case("zeros.ogg", bytes(100_000), NO_SIGN),
    Case("page.m4a", b"<html><body>404 Not Found</body></html>", NO_SIGN),
    Case("picture.wav", png(), NOT_ACCEPTED),
    Case("archive.zip", b"PK\x03\x04" + np.random.default_rng(8).bytes(5000), NO_SIGN),
    Case("mute.mp4", write_video, "no audio track; the file has: video"),
    Case("list.m3u8", playlist, NO_SIGN),
    Case("list.txt", concat_list, NOT_ACCEPTED),
    # formats and codecs that are not accepted
    Case("a.aiff", audio(SPEECH, 16_000, "pcm_s16be"), NOT_ACCEPTED),
    Case("a.w64", audio(SPEECH), NOT_ACCEPTED),
    Case("adpcm.wav", audio(SPEECH, 16_000, "adpcm_ms"), "audio codec adpcm_ms is not supported"),
    Case("ac3.mkv", audio(*OPUS[:2], "ac3", "fltp"), "audio codec ac3 is not supported"),
    Case("unknown.wav", wav(SPEECH, kind=0x1234), "the audio codec is unknown"),
    Case("encrypted.m4a", lambda path: path.write_bytes(encrypted_mp4(SPEECH)), "the audio is encrypted (DRM)"),
    # headers that lie
    Case("bare.wav", b"RIFF\xff\xff\xff\xffWAVE", DAMAGED_HEADER),
    Case("0hz.wav", wav(SPEECH, rate_hz=0), DAMAGED_HEADER),
    Case("4ghz.wav", wav(SPEECH, rate_hz=2**32 - 1), DAMAGED_HEADER),
    Case("384001hz.wav", wav(SPEECH, rate_hz=384_001), "384001 Hz with 1 channels is not supported"),
    Case("0channels.wav", wav(SPEECH, channels=0), "16000 Hz with 0 channels is not supported"),
    Case("65535channels.wav", wav(SPEECH, channels=65_535), "channels is not supported"),
    Case("no sound.wav", wav(SPEECH[:0]), "the audio track holds no sound (0 s)"),
    Case("says 10 h.wav", wav(SPEECH, announced_bytes=32_000 * 36_000), "3.0 s of the 36000.0 s that", SPOKEN),
    # cut off, joined, too long
    Case("half.m4a", changed(lambda data: data[: len(data) // 2], "m4a", *M4A), "an MP4 without its index (moov)"),
    Case("half.mp3", changed(most, "mp3", *MP3), "its header announces", "fellow"),
    Case("half.ogg", changed(most, "ogg", *OPUS), "its end is missing", "so"),
    Case("joined.wav", wav(SPEECH) * 2, "a second file follows the first", SPOKEN),
    Case("chained.ogg", changed(lambda data: data * 2, "ogg", *OPUS), None, SPOKEN),
    Case("long.flac", audio(tone(150), 16_000, "flac"), "longer than 60 s, the most allowed", ""),
    Case("bomb.flac", audio(np.zeros(8_000 * 1_200), 8_000, "flac"), "longer than 60 s, the most allowed", ""),
    # odd, but sound
    Case("8k.wav", audio(SPEECH[::2], 8_000), None, SPOKEN),
    Case("96k.wav", audio(resampled(SPEECH, 96_000), 96_000), None, SPOKEN),
    Case("surround.wav", audio(np.stack([OPUS[0]] * 6), 48_000, "pcm_s24le", "s32"), None, SPOKEN),
    Case("nan.wav", audio(with_nan(SPEECH), 32_000, "pcm_f32le", "flt"), None, SPOKEN),
    Case("opposite.wav", audio(np.stack([SPEECH, -SPEECH])), None, SPOKEN),
    Case("cover.mp3", changed(with_id3_cover, "mp3", *MP3), None, SPOKEN),
    Case("huge tag.mp3", changed(lambda data: tag_of(12_000_000) + data, "mp3", *MP3), None, SPOKEN),
    Case("variable.mp4", lambda path: write_video(path, SPEECH, every_pictures=3), None, SPOKEN),
    Case("jumps.mkv", lambda path: write_with_jumps(path, SPEECH, 3600), "that its header announces", SPOKEN),
    Case("tracks.mkv", lambda path: write_tracks(path, SPEECH, 100), None, SPOKEN),
    Case("new\nline 🎙.wav", audio(SPEECH[:-1]), None, SPOKEN),
    # nothing to hear
    Case("offset.wav", audio(np.full(30 * 16_000, 0.9)), None, ""),
    Case("silence.wav", audio(np.zeros(10 * 16_000)), None, ""),
    Case("noise.wav", audio(noise(8)), None, ""),
    Case("one sample.wav", audio(SPEECH[8_000:8_001]), None, ""),
]
NO_FILES = {
    "missing.wav": "No such file or directory",
    "folder": "Is a directory",
    "loop": "Too many levels of symbolic links",
    "socket": "No such device or address",
    "/dev/zero": "a device, no recording",
}


@pytest.fixture(scope="module")
def told(models, tmp_path_factory):
    """Standard error, exit code, and the result of every file by its name."""
    folder = tmp_path_factory.mktemp("bad")
    for case in CASES:
        path = folder / case.name
        path.write_bytes(case.content) if isinstance(case.content, bytes) else case.content(path)
    (folder / "folder").mkdir()
    (folder / "loop").symlink_to("loop")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(os.path.relpath(folder / "socket"))
    names = [*(case.name for case in CASES), *NO_FILES]
    done = subprocess.run(
        [sys.executable, "-m", "soniclayer", "analyze", "--model=whisper-tiny.en", "--json=-", *names],
        cwd=folder,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "SONICLAYER_MODELS_DIR": str(models),
            "SONICLAYER_UPLOADS_DIR": str(tmp_path_factory.mktemp("store")),
            "SONICLAYER_MAX_DURATION_S": str(MAX_DURATION_S),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    documents = {document["name"]: document for document in map(json.loads, done.stdout.splitlines())}
    return done.stderr, done.returncode, documents


def faults(stderr, name):
    """The lines that tell of a file, without their beginning."""
    beginning = f"soniclayer: {name.replace(chr(10), ' ')}: "
    return [line.removeprefix(beginning) for line in stderr.splitlines() if line.startswith(beginning)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: ascii(case.name))
def test_every_file_ends_with_a_result_or_with_one_line_that_names_the_cause(told, case):
    stderr, _, documents = told
    lines, document = faults(stderr, case.name), documents[case.name]
    if case.says is None:
        assert (lines, document["state"]) == ([], "completed")
    else:
        assert len(lines) == 1
        assert case.says in lines[0]
        assert document["state"] == ("failed" if case.heard is None else "completed_with_errors")
    text = " ".join(segment["text"] for segment in document["segments"]).lower().strip()
    assert text == "" if not case.heard else case.heard in text


@pytest.mark.parametrize("name", NO_FILES)
def test_what_is_no_file_is_told_in_one_line(told, name):
    assert faults(told[0], name) == [NO_FILES[name]]


def test_the_exit_code_is_1_and_nothing_but_lines_for_people_is_written(told):
    stderr, code, _ = told
    assert code == 1
    assert "Traceback" not in stderr
    assert all(line.startswith("soniclayer: ") or ": " in line for line in stderr.splitlines())
