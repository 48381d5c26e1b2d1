"""Makes a programme harder to hear. Sounds are mono float32 at 16 kHz, shape (samples,); nothing is random."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from quality.sound import RATE_HZ
from quality.truth import Truth
from sound_files import noise

if TYPE_CHECKING:
    import numpy.typing as npt
    from quality.truth import Part

    Sound = npt.NDArray[np.float32]

PHONE_BAND_HZ = (300.0, 3400.0)
PHONE_RATE_HZ = 8_000


def at_peak(sound: Sound, peak_dbfs: float) -> Sound:
    """The same, its largest sample at this level."""
    return _sound(sound * (10 ** (peak_dbfs / 20) / np.abs(sound).max()))


def telephone(sound: Sound) -> Sound:
    """300-3,400 Hz only, at 8 kHz: every second sample of what is left."""
    spectrum = np.fft.rfft(sound)
    frequency_hz = np.fft.rfftfreq(len(sound), 1 / RATE_HZ)
    spectrum[(frequency_hz < PHONE_BAND_HZ[0]) | (frequency_hz > PHONE_BAND_HZ[1])] = 0
    return _sound(np.fft.irfft(spectrum, len(sound))[:: RATE_HZ // PHONE_RATE_HZ])


def over_bed(sound: Sound, truth: Truth, bed: Sound, snr_db: float) -> Sound:
    """With `bed`, over and over, under every part with speech, so far below that part's mean power."""
    louder = sound.astype(np.float64)
    under = np.resize(bed, len(sound)).astype(np.float64)
    for first, end in (_samples(part) for part in truth.parts if part.kind == "speech"):
        piece = under[first:end]
        wanted = np.mean(louder[first:end] ** 2) / 10 ** (snr_db / 10)
        louder[first:end] += piece * np.sqrt(wanted / np.mean(piece**2))
    return _sound(louder)


def pink(seconds: float) -> Sound:
    """Pink noise."""
    return _sound(noise(seconds, 1))


def overlapping(sound: Sound, truth: Truth, overlap_s: float) -> tuple[Sound, Truth]:
    """Every part with speech that follows another begins `overlap_s` before that one ends: two voices at once."""
    parts: list[Part] = []
    out = np.zeros(len(sound))
    for number, part in enumerate(truth.parts):
        start_s = part.start_s
        if parts:
            before = truth.parts[number - 1]
            both = part.kind == before.kind == "speech"
            start_s = parts[-1].end_s + (-overlap_s if both else part.start_s - before.end_s)
        first, end = _samples(part)
        at, piece = round(start_s * RATE_HZ), sound[first:end]
        out[at : at + len(piece)] += piece
        parts.append(_moved(part, start_s - part.start_s))
    end_s = parts[-1].end_s
    return _sound(out[: round(end_s * RATE_HZ)]), Truth(end_s, truth.gap_s, tuple(parts))


def _moved(part: Part, by_s: float) -> Part:
    def later(span: Part) -> Part:
        return replace(span, start_s=span.start_s + by_s, end_s=span.end_s + by_s)

    return replace(later(part), sentences=tuple(map(later, part.sentences)))


def _samples(part: Part) -> tuple[int, int]:
    return round(part.start_s * RATE_HZ), round(part.end_s * RATE_HZ)


def _sound(values: npt.NDArray[np.float64]) -> Sound:
    """As a file holds it: what is too loud is scaled, not clipped."""
    return (values / max(1.0, float(np.abs(values).max()))).astype(np.float32)
