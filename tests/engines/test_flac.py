from __future__ import annotations

import numpy as np
import pytest

from soniclayer.engines.flac import decode_flac, encode_flac
from soniclayer.errors import StoreError


def test_sound_comes_back_within_half_a_step_of_16_bits(jfk):
    back = decode_flac(encode_flac(jfk), len(jfk) / 16_000)
    assert back.dtype == np.float32
    assert np.abs(back - jfk).max() <= 0.51 / 32767


def test_the_same_sound_gives_the_same_bytes(jfk):
    assert encode_flac(jfk) == encode_flac(jfk.copy())


@pytest.mark.parametrize("spoil", [lambda d: b"", lambda d: b"nothing", lambda d: d[: len(d) // 2]])
def test_damaged_sound_is_told_as_such(jfk, spoil):
    with pytest.raises(StoreError, match="damaged sound") as caught:
        decode_flac(spoil(encode_flac(jfk)), len(jfk) / 16_000)
    assert caught.value.code == "object_damaged"
