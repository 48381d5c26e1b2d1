from __future__ import annotations

import pytest

from soniclayer.domain.segment import Segment, Transcript, Word
from soniclayer.errors import StoreError
from soniclayer.storage.codec import decode, encode

WORD = Word(0.1, 0.4, " naïve", 0.98)
TRANSCRIPT = Transcript(
    3, "en", "whisper-base", (Segment(0.1, 0.4, "0003.00", "speech", "naïve", (WORD,), suspicious=True),)
)


def test_a_dataclass_comes_back_as_it_was():
    assert decode(Transcript, encode(TRANSCRIPT)) == TRANSCRIPT


def test_equal_values_give_equal_bytes():
    assert encode(decode(Transcript, encode(TRANSCRIPT))) == encode(TRANSCRIPT)


@pytest.mark.parametrize("data", [b"", b"{}", b"[1]", encode(TRANSCRIPT)[:-20], b"\xff\xfe"])
def test_a_damaged_object_is_told_as_such(data):
    with pytest.raises(StoreError, match="damaged Transcript") as caught:
        decode(Transcript, data)
    assert caught.value.code == "object_damaged"
