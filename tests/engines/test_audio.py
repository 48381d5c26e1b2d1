"""The decoder against every container we promise, and against files made to hurt."""

from __future__ import annotations

import os
import struct
import subprocess
import sys

import av
import numpy as np
import pytest
from sound_files import (
    BROADCAST,
    noise,
    read_samples,
    tone,
    wav,
    with_flac_cover,
    with_id3_cover,
    write_audio,
    write_video,
)

from soniclayer.engines.audio import open_audio, probe, read_span
from soniclayer.engines.flac import encode_flac
from soniclayer.engines.meter import Meter
from soniclayer.errors import InputError

BLOCK = 16_000


def decode(path):
    """All samples, all loudness values, damage."""
    with open_audio(path) as reader:
        blocks = list(reader.blocks(BLOCK))
        samples = np.concatenate([np.zeros(0, np.float32), *(block.samples for block in blocks)])
        return samples, [value for block in blocks for value in block.momentary_lufs], reader.damage


def fault(path):
    """The code of the InputError that reading raises; the message must be one line."""
    with pytest.raises(InputError) as caught:
        decode(path)
    assert "\n" not in str(caught.value)
    return caught.value.code


def level(samples):
    return 20 * np.log10(np.sqrt(np.mean(np.square(samples))) + 1e-9)


def frequency_hz(samples):
    return np.argmax(np.abs(np.fft.rfft(samples))) * 16_000 / len(samples)


@pytest.mark.parametrize(
    ("name", "codec", "sample_format", "rate_hz"),
    [
        ("a.wav", "pcm_s16le", "s16", 44_100),
        ("a.wav", "pcm_f32le", "flt", 48_000),
        ("a.mp3", "mp3", "fltp", 44_100),
        ("a.flac", "flac", "s16", 44_100),
        ("a.ogg", "libopus", "flt", 48_000),
        ("a.m4a", "aac", "fltp", 44_100),
        ("a.aac", "aac", "fltp", 44_100),
        ("a.webm", "libopus", "flt", 48_000),
        ("a.mp4", "aac", "fltp", 48_000),
        ("a.mkv", "flac", "s16", 48_000),
    ],
)
def test_every_container_gives_its_tone_at_its_length_and_level(tmp_path, name, codec, sample_format, rate_hz):
    stereo = np.stack([tone(3, rate_hz=rate_hz)] * 2)
    samples, momentary, damage = decode(write_audio(tmp_path / name, stereo, rate_hz, codec, sample_format))
    assert abs(len(samples) / 16_000 - 3) < 0.1
    assert abs(frequency_hz(samples[1600:-1600]) - 440) < 1
    assert abs(level(samples[1600:-1600]) - level(tone(3))) < 0.5
    assert len(momentary) == -(-len(samples) // 1600)
    assert damage is None


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 22_050, 96_000, 192_000])
def test_every_rate_becomes_16_khz_with_one_loudness_per_100_ms(tmp_path, rate_hz):
    samples, momentary, damage = decode(write_audio(tmp_path / "a.wav", tone(2, rate_hz=rate_hz), rate_hz))
    assert abs(len(samples) - 32_000) <= 2
    assert abs(frequency_hz(samples) - 440) < 1
    assert abs(len(momentary) - 20) <= 1
    assert damage is None


def test_surround_with_24_bit_is_mixed_down(tmp_path):
    center_only = np.zeros((6, 96_000))
    center_only[2] = tone(2, rate_hz=48_000)
    path = write_audio(tmp_path / "a.wav", center_only, 48_000, "pcm_s24le", "s32")
    assert probe(path).channels == 6
    assert level(decode(path)[0]) > level(tone(2)) - 12


def test_channels_without_a_layout_are_averaged(tmp_path):
    path = write_audio(tmp_path / "a.wav", np.stack([tone(2)] * 2))
    data = bytearray(path.read_bytes())
    struct.pack_into("<H", data, 22, 11)  # 11 channels: no standard layout
    struct.pack_into("<IH", data, 28, 16_000 * 22, 22)
    path.write_bytes(data)
    assert probe(path).channels == 11
    assert level(decode(path)[0]) > -40


def test_samples_are_those_of_a_lossless_file():
    samples, _, _ = decode(BROADCAST)
    original = read_samples(BROADCAST)
    assert len(samples) == len(original)
    assert level(samples - original) < level(original) - 20  # the high-pass turns the phase of the lowest notes


def test_loudness_of_a_tone_is_what_the_norm_says(tmp_path):
    # EBU Tech 3341, case 1: a stereo sine of 1 kHz at -23 dBFS measures -23 LUFS
    sine = tone(20, 1000, 48_000, 10 ** (-23 / 20))
    _, momentary, _ = decode(write_audio(tmp_path / "a.wav", np.stack([sine, sine]), 48_000, "pcm_s24le", "s32"))
    assert abs(momentary[50] + 23) < 0.1


def test_loudness_is_measured_before_mixing_down(tmp_path):
    one_side = np.stack([tone(20, 1000, 48_000, 10 ** (-20 / 20)), np.zeros(960_000)])
    samples, momentary, _ = decode(write_audio(tmp_path / "a.wav", one_side, 48_000, "pcm_s24le", "s32"))
    assert abs(level(samples) + 29) < 0.5  # half the amplitude, 3 dB from peak to RMS
    assert abs(momentary[50] + 23) < 0.1


@pytest.mark.parametrize("layout", ["stereo", "2 channels"])
def test_channels_that_would_cancel_are_heard_all_the_same(tmp_path, layout):
    opposite = np.stack([tone(6), -tone(6)])
    path = write_audio(tmp_path / "a.wav", opposite)
    if layout == "2 channels":  # a mask of 0 in the extensible form of the header
        path = write_audio(tmp_path / "a.mkv", opposite, layout="2 channels")
    samples, momentary, _ = decode(path)
    assert abs(level(samples) - level(tone(6))) < 0.5
    same = decode(write_audio(tmp_path / "b.wav", np.stack([tone(6)] * 2)))[1]
    assert np.allclose(momentary, same, atol=0.01)


def test_only_where_the_mix_would_be_nothing_is_a_channel_turned(tmp_path, jfk):
    wide = jfk + noise(11, 1, 0.05, 1), jfk + noise(11, 1, 0.05, 2)
    mixed = (wide[0] + wide[1]) / 2
    samples, _, _ = decode(write_audio(tmp_path / "a.wav", np.stack(wide)))
    assert level(samples - mixed) < level(mixed) - 15  # the high-pass turns the phase of the lowest notes


def test_loudness_is_a_number_where_sound_ends_in_digital_silence(tmp_path):
    sound = np.concatenate([part for n in range(20) for part in (noise(1, 2, 0.2, n), np.zeros(16_000))])
    _, momentary, _ = decode(write_audio(tmp_path / "a.wav", sound, 16_000, "pcm_f32le", "flt"))
    assert np.isfinite(momentary).all()


def test_nan_and_infinity_become_silence_and_poison_nothing_after_them(tmp_path):
    sound = tone(4, rate_hz=48_000)
    sound[48_000:48_100] = np.nan
    sound[48_200:48_300] = np.inf
    sound[48_300] = 1e30
    samples, momentary, _ = decode(write_audio(tmp_path / "a.wav", sound, 48_000, "pcm_f32le", "flt"))
    assert np.isfinite(samples).all()
    assert abs(level(samples[32_000:]) - level(tone(2))) < 0.2
    assert abs(momentary[35] - momentary[8]) < 0.5


def test_a_dc_offset_is_taken_out(tmp_path):
    samples, _, _ = decode(write_audio(tmp_path / "a.wav", np.full(32_000, 0.3)))
    assert level(samples[8_000:]) < -60


def test_rate_and_layout_may_change_in_the_middle(tmp_path):
    # two Ogg streams one after the other are one legal Ogg file
    first = write_audio(tmp_path / "1.ogg", np.stack([tone(2, rate_hz=48_000)] * 2), 48_000, "flac", "s16")
    second = write_audio(tmp_path / "2.ogg", tone(2, 880, 24_000), 24_000, "flac", "s16")
    path = tmp_path / "both.ogg"
    path.write_bytes(first.read_bytes() + second.read_bytes())
    samples, _, _ = decode(path)
    assert abs(len(samples) / 16_000 - 4) < 0.2
    assert abs(frequency_hz(samples[:30_000]) - 440) < 1
    assert abs(frequency_hz(samples[-30_000:]) - 880) < 1


def frame_of(sound, layout):
    frame = av.AudioFrame.from_ndarray(np.asarray(sound, np.float32).reshape(1, -1), "flt", layout)
    frame.sample_rate = 16_000
    return frame


def test_a_layout_that_cannot_be_converted_is_left_out_and_what_follows_is_heard():
    with Meter() as meter:
        pieces = [*meter.feed(frame_of(tone(1), "mono"))[0]]
        assert meter.feed(frame_of(np.zeros(45 * 160), "45 channels")) is None
        pieces += meter.feed(frame_of(tone(1, 880), "mono"))[0]
        pieces += meter.finish()[0]
    samples = np.concatenate(pieces)
    assert len(samples) == 32_000
    assert abs(frequency_hz(samples[16_000:]) - 880) < 1


def test_the_audio_track_of_a_video_is_read(tmp_path):
    samples, _, _ = decode(write_video(tmp_path / "a.mp4", tone(2)))
    assert abs(len(samples) / 16_000 - 2) < 0.15
    assert abs(frequency_hz(samples) - 440) < 1


@pytest.mark.parametrize(
    ("name", "codec", "sample_format", "add_cover"),
    [("a.mp3", "mp3", "fltp", with_id3_cover), ("a.flac", "flac", "s16", with_flac_cover)],
)
def test_cover_art_is_ignored(tmp_path, name, codec, sample_format, add_cover):
    path = write_audio(tmp_path / name, tone(2, rate_hz=44_100), 44_100, codec, sample_format)
    path.write_bytes(add_cover(path.read_bytes()))
    with av.open(path) as container:
        assert len(container.streams.video) == 1
    samples, _, damage = decode(path)
    assert abs(len(samples) / 16_000 - 2) < 0.1
    assert damage is None


@pytest.mark.parametrize("name", ["a b 🎙️.wav", "a\nb.wav", "-i.wav", "concat:a.wav", "%d.wav"])
def test_the_name_of_a_file_means_nothing(tmp_path, name):
    write_audio(tmp_path / "plain.wav", tone(1)).rename(tmp_path / name)
    assert len(decode(tmp_path / name)[0]) == 16_000


def test_an_empty_file_is_named_so(tmp_path):
    path = tmp_path / "a.wav"
    path.touch()
    assert fault(path) == "empty"


@pytest.mark.parametrize(
    "content",
    [
        b"Dear Sir or Madam,\nplease find attached.\n" * 100,
        np.random.default_rng(7).bytes(200_000),
        b"RIFF\xff\xff\xff\xffWAVE",
        b"#EXTM3U\n#EXTINF:10,\nhttp://127.0.0.1:1/a.ts\n",
        b"ffconcat version 1.0\nfile '/etc/passwd'\n",
        b"<html><body>404</body></html>",
        b"\x00" * 100_000,
        b"%PDF-1.7\n" + bytes(5000),
    ],
    ids=["text", "random", "bare header", "playlist", "concat", "html", "zeros", "pdf"],
)
def test_what_is_no_audio_is_refused_in_one_line(tmp_path, content):
    path = tmp_path / "a.mp3"
    path.write_bytes(content)
    assert fault(path) in {"undecodable", "no_audio"}


@pytest.mark.parametrize("name", ["a.aiff", "a.au", "a.avi", "a.nut"])
def test_a_container_that_is_not_on_the_list_is_refused_though_ffmpeg_knows_it(tmp_path, name):
    codec = "pcm_s16be" if name in {"a.aiff", "a.au"} else "pcm_s16le"
    assert fault(write_audio(tmp_path / name, tone(2), codec=codec)) == "undecodable"


def test_video_without_audio_is_refused_as_such(tmp_path):
    assert fault(write_video(tmp_path / "a.mp4")) == "no_audio"


def test_a_codec_that_is_not_on_the_list_is_refused_by_name(tmp_path):
    path = write_audio(tmp_path / "a.wav", tone(2), codec="adpcm_ms")
    with pytest.raises(InputError, match="adpcm_ms") as caught:
        probe(path)
    assert caught.value.code == "unsupported"


@pytest.mark.parametrize(("offset", "value"), [(24, "<I"), (22, "<H")])
def test_a_header_with_absurd_numbers_is_refused(tmp_path, offset, value):
    path = write_audio(tmp_path / "a.wav", tone(1))
    data = bytearray(path.read_bytes())
    struct.pack_into(value, data, offset, 65_535 if value == "<H" else 2**31 - 1)
    path.write_bytes(data)
    assert fault(path) in {"unsupported", "undecodable", "no_audio"}


def test_a_codec_tag_that_is_no_letters_is_no_bug_of_ours(tmp_path):
    path = tmp_path / "a.wav"
    path.write_bytes(wav(tone(1), kind=0x83))
    assert fault(path) == "unsupported"


def test_many_channels_at_a_high_rate_take_bounded_memory(tmp_path):
    path = tmp_path / "a.wav"
    path.write_bytes(wav(noise(16), rate_hz=384_000, channels=64, announced_bytes=0xFFFF_FFFF)[:44])
    with path.open("ab") as file:
        file.truncate(44 + 384_000 * 128)  # one second
    code = (
        "import sys, pathlib; from soniclayer.engines.audio import open_audio\n"
        "from soniclayer.jobs.cost import peak_memory_bytes\n"
        "with open_audio(pathlib.Path(sys.argv[1])) as r: n = sum(len(b.samples) for b in r.blocks(16000))\n"
        "print(n, peak_memory_bytes())"  # ru_maxrss would be that of the process that started it
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, check=True, text=True)
    count, peak_bytes = map(int, done.stdout.split())
    assert count == 16_000
    assert peak_bytes < 400e6  # it was 1.5 GB with blocks of a second and the meter at 384 kHz


@pytest.mark.parametrize(
    ("name", "codec", "sample_format"),
    [("a.wav", "pcm_s16le", "s16"), ("a.flac", "flac", "s16"), ("a.webm", "libopus", "flt")],
)
def test_a_truncated_file_keeps_what_could_be_read_and_says_so(tmp_path, name, codec, sample_format):
    path = write_audio(tmp_path / name, noise(20), 16_000, codec, sample_format)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    samples, _, damage = decode(path)
    assert 8 < len(samples) / 16_000 < 12
    assert "of the 20.0 s that its header announces can be read" in damage


def test_a_wav_from_a_pipe_without_a_size_is_not_damaged(tmp_path):
    path = write_audio(tmp_path / "a.wav", tone(10))
    data = bytearray(path.read_bytes())
    struct.pack_into("<I", data, data.index(b"data") + 4, 0xFFFF_FFFF)
    path.write_bytes(data)
    samples, _, damage = decode(path)
    assert len(samples) == 160_000
    assert damage is None


def test_a_header_that_promises_hours_is_found_out(tmp_path):
    path = write_audio(tmp_path / "a.wav", tone(10))
    data = bytearray(path.read_bytes())
    at = data.index(b"data") + 4
    struct.pack_into("<I", data, at, 32_000 * 3600)
    path.write_bytes(data)
    samples, _, damage = decode(path)
    assert len(samples) == 160_000
    assert damage == "10.0 s of the 3600.0 s that its header announces can be read"


def test_corrupt_stretches_are_skipped_and_told(tmp_path):
    path = write_audio(tmp_path / "a.flac", noise(30), 16_000, "flac", "s16")
    data = bytearray(path.read_bytes())
    random = np.random.default_rng(3)
    for at in range(len(data) // 4, len(data) * 3 // 4, len(data) // 12):
        data[at : at + 3000] = random.bytes(3000)
    path.write_bytes(data)
    samples, _, damage = decode(path)
    assert 20 < len(samples) / 16_000 <= 30.5
    assert np.isfinite(samples).all()
    assert damage
    assert "\n" not in damage


def test_mutated_files_are_read_or_refused_but_never_crash(tmp_path):
    random = np.random.default_rng(5)
    kinds = [
        ("a.mp3", "mp3", "fltp"),
        ("a.m4a", "aac", "fltp"),
        ("a.ogg", "libopus", "flt"),
        ("a.wav", "pcm_s16le", "s16"),
    ]
    for name, codec, sample_format in kinds:
        whole = write_audio(tmp_path / name, tone(1, rate_hz=48_000), 48_000, codec, sample_format).read_bytes()
        for _ in range(12):
            data = bytearray(whole)
            for at in random.integers(0, len(data), 20):
                data[at] = random.integers(256)
            (tmp_path / "x").write_bytes(data)
            try:
                samples, momentary, damage = decode(tmp_path / "x")
            except InputError:
                continue
            assert np.isfinite(samples).all()
            assert len(momentary) == -(-len(samples) // 1600)
            assert damage is None or "\n" not in damage


def test_ffmpeg_writes_nothing_to_stderr(tmp_path):
    path = write_audio(tmp_path / "a.mp3", noise(3), 16_000, "mp3", "fltp")
    data = bytearray(path.read_bytes())
    data[2000:2500] = os.urandom(500)
    path.write_bytes(data)
    code = (
        "import sys, pathlib; from soniclayer.engines.audio import open_audio\n"
        "with open_audio(pathlib.Path(sys.argv[1])) as r: list(r.blocks(16000))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, check=True, text=True)
    assert done.stderr == ""


def test_a_window_cut_again_is_the_same_bytes_as_the_first_time(tmp_path):
    path = write_audio(tmp_path / "a.mp3", noise(30), 44_100, "mp3", "fltp")
    samples, _, _ = decode(path)
    again = np.concatenate(list(read_span(path, 3.2, 7.9)))
    assert encode_flac(again) == encode_flac(samples[51_200:126_400])


def test_cutting_again_gives_a_sign_of_life_every_ten_seconds_also_before_the_window(tmp_path):
    path = write_audio(tmp_path / "a.flac", noise(65), 16_000, "flac")
    assert [len(piece) for piece in read_span(path, 55, 62)] == [0, 0, 0, 0, 0, 80_000, 32_000]


def test_blocks_have_the_length_asked_for(tmp_path):
    path = write_audio(tmp_path / "a.wav", tone(3.33, rate_hz=44_100), 44_100)
    with open_audio(path) as reader:
        blocks = list(reader.blocks(16_000))
    assert [len(block.samples) for block in blocks[:-1]] == [16_000] * 3
    assert [len(block.momentary_lufs) for block in blocks] == [10, 10, 10, 4]


def test_a_missing_file_is_not_the_fault_of_the_audio(tmp_path):
    with pytest.raises(FileNotFoundError):
        probe(tmp_path / "none.wav")


def test_memory_does_not_grow_with_length(tmp_path):
    long, short = tmp_path / "long.flac", tmp_path / "short.flac"
    minute = np.concatenate([tone(30), np.zeros(30 * 16_000)])
    with av.open(long, "w") as container:
        stream = container.add_stream("flac", rate=16_000, layout="mono", format="s16")
        pcm = (minute * 32767).astype(np.int16)[None]
        for number in range(30):
            frame = av.AudioFrame.from_ndarray(pcm, "s16", "mono")
            frame.sample_rate, frame.pts = 16_000, number * 960_000
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    write_audio(short, minute, 16_000, "flac", "s16")
    code = (
        "import sys, pathlib, resource; from soniclayer.engines.audio import open_audio\n"
        "with open_audio(pathlib.Path(sys.argv[1])) as r: n = sum(len(b.samples) for b in r.blocks(160000))\n"
        "print(n, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    peaks = {}
    for path in (short, long):
        done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, check=True, text=True)
        count, peaks[path] = map(int, done.stdout.split())
        assert count == (960_000 if path == short else 28_800_000)
    assert peaks[long] - peaks[short] < 20_000  # KB; half an hour of float32 would be 115,000
