"""The healthy files that are mutated: three seconds of real speech in every container and codec that is accepted."""

from __future__ import annotations

import io
from functools import cache

import av
import numpy as np
from sound_files import DATA, RATE_HZ, mp3_without_count, read_samples, resampled, with_flac_cover, with_id3_cover

SECONDS = 3


@cache
def recordings():
    """Name of each kind, `container-codec`, and its bytes; always the same for one version of FFmpeg."""
    speech = read_samples(DATA / "jfk.flac")[: SECONDS * RATE_HZ]
    made = {name: _encoded(speech, *how) for name, how in _KINDS.items()}
    made["mp3-cover"] = with_id3_cover(made["mp3-mp3"])
    made["mp3-no-count"] = mp3_without_count(made["mp3-mp3"])
    made["flac-cover"] = with_flac_cover(made["flac-flac"])
    made["mp4-video"] = _video(speech, "mp4")
    made["mkv-video"] = _video(speech, "matroska")
    return made


_SAME_BYTES = {"fflags": "+bitexact"}  # no random numbers, no dates
_EXPERIMENTAL = {"strict": "-2"}
_KINDS = {  # muxer, codec, sample format, rate, channels, options of the muxer, of the codec
    "wav-s16": ("wav", "pcm_s16le", "s16", RATE_HZ),
    "wav-s24": ("wav", "pcm_s24le", "s32", 8_000, 6),
    "wav-float": ("wav", "pcm_f32le", "flt", 8_000, 2),
    "wav-double": ("wav", "pcm_f64le", "dbl", 8_000),
    "wav-u8": ("wav", "pcm_u8", "u8", 8_000),
    "wav-alaw": ("wav", "pcm_alaw", "s16", 8_000),
    "wav-rf64": ("wav", "pcm_s16le", "s16", 8_000, 1, {"rf64": "always"}),
    "wav-mp3": ("wav", "mp3", "fltp", RATE_HZ),
    "mp3-mp3": ("mp3", "mp3", "fltp", 44_100, 2),
    "mp3-low-rate": ("mp3", "mp3", "fltp", RATE_HZ),
    "mp3-mp2": ("mp2", "mp2", "s16", RATE_HZ),
    "flac-flac": ("flac", "flac", "s16", RATE_HZ),
    "flac-24-bit": ("flac", "flac", "s32", 8_000, 2),
    "ogg-vorbis": ("ogg", "vorbis", "fltp", 44_100, 2, {}, _EXPERIMENTAL),
    "ogg-opus": ("ogg", "libopus", "flt", 48_000),
    "ogg-flac": ("ogg", "flac", "s16", RATE_HZ),
    "aac-aac": ("adts", "aac", "fltp", RATE_HZ),
    "m4a-aac": ("ipod", "aac", "fltp", 44_100, 2),
    "m4a-alac": ("ipod", "alac", "s16p", RATE_HZ),
    "mp4-fragments": ("mp4", "aac", "fltp", RATE_HZ, 1, {"movflags": "frag_keyframe+empty_moov"}),
    "mp4-flac": ("mp4", "flac", "s16", RATE_HZ, 1, {}, _EXPERIMENTAL),
    "mov-pcm": ("mov", "pcm_s16be", "s16", RATE_HZ),
    "mov-mulaw": ("mov", "pcm_mulaw", "s16", 8_000),
    "webm-opus": ("webm", "libopus", "flt", 48_000),
    "webm-vorbis": ("webm", "vorbis", "fltp", 44_100, 2, {}, _EXPERIMENTAL),
    "mkv-aac": ("matroska", "aac", "fltp", RATE_HZ),
    "mkv-alac": ("matroska", "alac", "s16p", RATE_HZ),
    "mkv-mp3": ("matroska", "mp3", "fltp", RATE_HZ),
    "mkv-pcm": ("matroska", "pcm_s32le", "s32", 8_000),
}

_DTYPES = {"u8": np.uint8, "s16": np.int16, "s32": np.int32, "flt": np.float32, "dbl": np.float64}


def _encoded(  # noqa: PLR0913, PLR0917 - a row of the table
    speech, muxer, codec, sample_format, rate_hz, channels=1, options=None, codec_options=None
):
    target = io.BytesIO()
    layout = {1: "mono", 2: "stereo", 6: "5.1"}[channels]
    with av.open(target, "w", format=muxer, options={**_SAME_BYTES, **(options or {})}) as container:
        stream = container.add_stream(codec, rate=rate_hz)
        stream.layout, stream.format = layout, sample_format
        stream.codec_context.options = codec_options or {}
        frame = av.AudioFrame.from_ndarray(_packed(speech, sample_format, rate_hz, channels), sample_format, layout)
        frame.sample_rate, frame.pts = rate_hz, 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return target.getvalue()


def _packed(speech, sample_format, rate_hz, channels):
    sound = np.stack([resampled(speech, rate_hz)] * channels)
    sound = sound if sample_format.endswith("p") else sound.T.reshape(1, -1)
    dtype = _DTYPES[sample_format.rstrip("p")]
    if dtype is np.uint8:
        sound = (sound + 1) / 2
    return (sound * (np.iinfo(dtype).max if np.issubdtype(dtype, np.integer) else 1)).astype(dtype)


def _video(speech, muxer):
    """Pictures at times of no fixed rate, and speech."""
    target = io.BytesIO()
    with av.open(target, "w", format=muxer, options=_SAME_BYTES) as container:
        video = container.add_stream("mpeg4", rate=25)
        video.width, video.height, video.pix_fmt = 64, 64, "yuv420p"
        audio = container.add_stream("aac", rate=RATE_HZ, layout="mono")
        for number in (0, 1, 2, 9, 10, 40, 41, 60, 74):
            picture = av.VideoFrame.from_ndarray(np.full((64, 64, 3), number * 3, np.uint8), "rgb24")
            picture.pts = number
            container.mux(video.encode(picture))
        container.mux(video.encode(None))
        frame = av.AudioFrame.from_ndarray(speech[None], "fltp", "mono")
        frame.sample_rate, frame.pts = RATE_HZ, 0
        container.mux(audio.encode(frame))
        container.mux(audio.encode(None))
    return target.getvalue()
