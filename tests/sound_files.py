"""Makes audio files for tests with PyAV's encoders, and the sounds in them."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import av
import numpy as np

DATA = Path(__file__).parent / "data"
BROADCAST = DATA / "broadcast" / "broadcast.flac"
RATE_HZ = 16_000


def write_audio(  # noqa: PLR0913, PLR0917 - what makes a file
    path, sound, rate_hz=RATE_HZ, codec="pcm_s16le", sample_format="s16", layout=None
):
    """Write `sound`, shape (samples,) or (channels, samples); the container follows the file's name."""
    sound = np.atleast_2d(np.asarray(sound, np.float64))
    layout = layout or {1: "mono", 2: "stereo", 6: "5.1"}[len(sound)]
    packed = _as_format(sound, sample_format)
    with av.open(path, "w") as container:
        stream = container.add_stream(codec, rate=rate_hz)
        stream.layout, stream.format = layout, sample_format
        for start in range(0, sound.shape[1], rate_hz):
            part = packed[:, start * _interleaved(sample_format, sound) :][
                :, : rate_hz * _interleaved(sample_format, sound)
            ]
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(part), sample_format, layout)
            frame.sample_rate, frame.pts = rate_hz, start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def write_mp3(path, sound, rate_hz=RATE_HZ, quality=None):
    """Write mono `sound` as an MP3 of 64 kb/s, or of variable bit rate: `quality` from 0, the best, to 9."""
    with av.open(path, "w") as container:
        stream = container.add_stream("libmp3lame", rate=rate_hz, layout="mono")
        stream.bit_rate = 64_000
        if quality is not None:
            stream.codec_context.flags |= 2  # AV_CODEC_FLAG_QSCALE
            stream.codec_context.global_quality = quality * 118  # FF_QP2LAMBDA
        for start in range(0, len(sound), rate_hz):
            part = np.asarray(sound[start : start + rate_hz], np.float32)
            frame = av.AudioFrame.from_ndarray(part[None], "fltp", "mono")
            frame.sample_rate, frame.pts = rate_hz, start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def write_video(path, sound=None, every_pictures=1):
    """Write a video as MP4, 25 pictures a second of which some may be left out, with AAC when there is `sound`."""
    with av.open(path, "w") as container:
        video = container.add_stream("mpeg4", rate=25)
        video.width, video.height, video.pix_fmt = 64, 64, "yuv420p"
        audio = container.add_stream("aac", rate=RATE_HZ, layout="mono") if sound is not None else None
        for number in range(25):
            picture = av.VideoFrame.from_ndarray(np.full((64, 64, 3), number * 9, np.uint8), "rgb24")
            picture.pts = number if number < 12 else number * every_pictures
            container.mux(video.encode(picture))
        container.mux(video.encode(None))
        if audio:
            frame = av.AudioFrame.from_ndarray(np.asarray(sound, np.float32)[None], "fltp", "mono")
            frame.sample_rate = RATE_HZ
            container.mux(audio.encode(frame))
            container.mux(audio.encode(None))
    return path


def write_with_jumps(path, sound, jump_s):
    """Write a file in which every second's time stamp is so much later than the one before."""
    with av.open(path, "w") as container:
        stream = container.add_stream("pcm_s16le", rate=RATE_HZ, layout="mono")
        for number, start in enumerate(range(0, len(sound), RATE_HZ)):
            frame = av.AudioFrame.from_ndarray(_as_format(sound[None, start : start + RATE_HZ], "s16"), "s16", "mono")
            frame.sample_rate, frame.pts = RATE_HZ, start + number * jump_s * RATE_HZ
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def write_tracks(path, sound, count):
    """Write a file with many tracks of the same sound."""
    with av.open(path, "w") as container:
        streams = [container.add_stream("pcm_s16le", rate=RATE_HZ, layout="mono") for _ in range(count)]
        for stream in streams:
            frame = av.AudioFrame.from_ndarray(_as_format(np.atleast_2d(sound), "s16"), "s16", "mono")
            frame.sample_rate, frame.pts = RATE_HZ, 0
            container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
    return path


def wav(sound, rate_hz=RATE_HZ, channels=1, bits=16, kind=1, announced_bytes=None):  # noqa: PLR0913, PLR0917 - its header
    """The bytes of a 16 bit mono WAV, whose header may say what it likes."""
    body = _as_format(np.atleast_2d(sound), "s16").tobytes()
    size = len(body) if announced_bytes is None else announced_bytes
    bytes_per_s = rate_hz * channels * bits // 8 & 0xFFFF_FFFF
    form = struct.pack("<HHIIHH", kind, channels, rate_hz, bytes_per_s, channels * bits // 8 & 0xFFFF, bits)
    head = b"RIFF" + struct.pack("<I", len(body) + 36) + b"WAVEfmt " + struct.pack("<I", 16)
    return head + form + b"data" + struct.pack("<I", size) + body


def png():
    """A small picture."""
    target = io.BytesIO()
    with av.open(target, "w", format="image2pipe") as container:
        stream = container.add_stream("png", rate=1)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "rgb24"
        container.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), "rgb24")))
    return target.getvalue()


def with_id3_cover(mp3):
    """The bytes of an MP3 with a picture in front: ID3v2.3, frame APIC."""
    body = b"\x00image/png\x00\x03\x00" + png()
    frame = b"APIC" + struct.pack(">I", len(body)) + b"\x00\x00" + body
    size = len(frame)
    return b"ID3\x03\x00\x00" + bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0)) + frame + mp3


def with_flac_cover(flac):
    """The bytes of a FLAC with a PICTURE block after STREAMINFO."""
    fields = (3, 9, b"image/png", 0, 64, 64, 24, 0, len(png()), png())
    block = b"".join(field if isinstance(field, bytes) else struct.pack(">I", field) for field in fields)
    return flac[:42] + b"\x06" + struct.pack(">I", len(block))[1:] + block + flac[42:]


def mp3_without_count(mp3):
    """The bytes of an MP3 without the first frame, which holds no sound but says how many there are."""
    with av.open(io.BytesIO(mp3)) as container:
        packets = [packet for packet in container.demux(audio=0) if packet.size]
    return mp3[packets[1].pos :]


def encrypted_mp4(sound):
    """The bytes of an MP4 whose sound nobody can hear without the key (common encryption, AES-CTR)."""
    options = {"encryption_scheme": "cenc-aes-ctr", "encryption_key": "76" * 16, "encryption_kid": "a7" * 16}
    target = io.BytesIO()
    with av.open(target, "w", format="mp4", options=options) as container:
        stream = container.add_stream("aac", rate=RATE_HZ, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.asarray(sound, np.float32)[None], "fltp", "mono")
        frame.sample_rate = RATE_HZ
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return target.getvalue()


def encrypted_mkv(sound):
    """The bytes of a Matroska file that says its sound is encrypted: written over a title of the same length."""
    title = "t" * 60
    target = io.BytesIO()
    with av.open(target, "w", format="matroska") as container:
        stream = container.add_stream("pcm_s16le", rate=RATE_HZ, layout="mono")
        stream.metadata["title"] = title
        frame = av.AudioFrame.from_ndarray(_as_format(np.atleast_2d(sound), "s16"), "s16", "mono")
        frame.sample_rate = RATE_HZ
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    name = b"\x53\x6e" + bytes([0x80 | len(title)]) + title.encode()
    key = _element("50 35", _element("47 E1", b"\x05") + _element("47 E2", bytes(range(16))))
    encodings = _element("6D 80", _element("62 40", _element("50 33", b"\x01") + key))
    return target.getvalue().replace(name, encodings + _element("EC", bytes(len(name) - len(encodings) - 2)))


def _element(name, body):
    """One element of Matroska: name, size, body."""
    return bytes.fromhex(name) + bytes([0x80 | len(body)]) + body


def tone(seconds, frequency_hz=440.0, rate_hz=RATE_HZ, level=0.2):
    """A sine."""
    return level * np.sin(2 * np.pi * frequency_hz * np.arange(round(seconds * rate_hz)) / rate_hz)


def resampled(sound, rate_hz):
    """Sound of 16 kHz at another rate, well enough to be understood."""
    count = round(len(sound) * rate_hz / RATE_HZ)
    return np.interp(np.arange(count) * RATE_HZ / rate_hz, np.arange(len(sound)), sound)


def noise(seconds, colour=0.0, level=0.1, seed=1):
    """Noise whose power falls with frequency to the power of `colour`: 0 white, 1 pink, 2 brown."""
    count = round(seconds * RATE_HZ)
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(count))
    spectrum /= np.maximum(np.fft.rfftfreq(count, 1 / RATE_HZ), 20) ** (colour / 2)
    sound = np.fft.irfft(spectrum, count)
    return level * sound / sound.std()


def read_samples(path):
    """The samples of a file of 16 kHz mono, as they are in it."""
    with av.open(path) as container:
        frames = [frame.to_ndarray()[0] for frame in container.decode(audio=0)]
    pcm = np.concatenate(frames)
    return (pcm / np.float32(np.iinfo(pcm.dtype).max)).astype(np.float32)


def _interleaved(sample_format, sound):
    return 1 if sample_format.endswith("p") else len(sound)


def _as_format(sound, sample_format):
    planar = sample_format.endswith("p")
    values = sound if planar else sound.T.reshape(1, -1)
    kind = sample_format.rstrip("p")
    if kind == "flt":
        return values.astype(np.float32)
    with np.errstate(invalid="ignore"):
        scale = {"s16": (np.int16, 2**15 - 1), "s32": (np.int32, 2**31 - 1)}[kind]
        return np.rint(np.clip(values, -1, 1) * scale[1]).astype(scale[0])
