"""The languages Whisper knows (openai/whisper, tokenizer.py), as ISO 639 codes."""

from __future__ import annotations

LANGUAGES = frozenset(
    """
    af am ar as az ba be bg bn bo br bs ca cs cy da de el en es et eu fa fi fo fr gl gu ha haw he hi hr ht hu hy
    id is it ja jw ka kk km kn ko la lb ln lo lt lv mg mi mk ml mn mr ms mt my ne nl nn no oc pa pl ps pt ro ru
    sa sd si sk sl sn so sq sr su sv sw ta te tg th tk tl tr tt uk ur uz vi yi yo yue zh
    """.split()  # noqa: SIM905 - a hundred codes are read more easily so
)


def language_fault(language: str | None, speech_model: str) -> str | None:
    """Why a recording cannot be transcribed in that language by that model; None when it can (or it is detected)."""
    if language is None:
        return None
    if language not in LANGUAGES:
        return f"{language!r} is no language code Whisper knows, such as en, de or es"
    if speech_model.endswith(".en") and language != "en":
        return f"{speech_model} knows English only, not {language!r}"
    return None
