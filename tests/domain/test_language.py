from __future__ import annotations

import pytest

from soniclayer.domain.language import language_fault


@pytest.mark.parametrize(
    ("language", "model"), [(None, "whisper-tiny.en"), ("en", "whisper-tiny.en"), ("de", "whisper-base")]
)
def test_what_the_model_knows_is_no_fault(language, model):
    assert language_fault(language, model) is None


@pytest.mark.parametrize(
    ("language", "model"),
    [("de", "whisper-tiny.en"), ("xx", "whisper-base"), ("EN", "whisper-base"), ("", "whisper-base")],
)
def test_what_it_does_not_know_is_told(language, model):
    assert repr(language) in language_fault(language, model)
