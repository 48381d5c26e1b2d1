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


def write_video(path, sound=None):
    """Write a second of video as MP4, with an AAC track when there is `sound`."""
    with av.open(path, "w") as container:
        video = container.add_stream("mpeg4", rate=25)
        video.width, video.height, video.pix_fmt = 64, 64, "yuv420p"
        audio = container.add_stream("aac", rate=RATE_HZ, layout="mono") if sound is not None else None
        for number in range(25):
            picture = av.VideoFrame.from_ndarray(np.full((64, 64, 3), number * 9, np.uint8), "rgb24")
            picture.pts = number
            container.mux(video.encode(picture))
        container.mux(video.encode(None))
        if audio:
            frame = av.AudioFrame.from_ndarray(np.asarray(sound, np.float32)[None], "fltp", "mono")
            frame.sample_rate = RATE_HZ
            container.mux(audio.encode(frame))
            container.mux(audio.encode(None))
    return path


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


def tone(seconds, frequency_hz=440.0, rate_hz=RATE_HZ, level=0.2):
    """A sine."""
    return level * np.sin(2 * np.pi * frequency_hz * np.arange(round(seconds * rate_hz)) / rate_hz)


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
