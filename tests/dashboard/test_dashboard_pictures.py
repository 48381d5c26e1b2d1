"""The pictures that the documentation shows; `make screenshots` takes them again."""

from __future__ import annotations

import struct

import pytest
from dashboard.screenshots import IMAGES, SHOTS
from dashboard.visitor import DESK, PHONE

MOST_BYTES = 300_000


def test_there_are_no_other_pictures():
    assert {path.name for path in IMAGES.iterdir()} == {f"{name}.png" for name in SHOTS}


@pytest.mark.parametrize("name", SHOTS)
def test_pictures_are_small_and_of_the_size_of_a_window(name):
    data = (IMAGES / f"{name}.png").read_bytes()
    size = PHONE if name.endswith("-phone") else DESK
    assert struct.unpack(">8x8xII", data[:24]) == (size["width"], size["height"])
    assert len(data) < MOST_BYTES
