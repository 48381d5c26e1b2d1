"""The languages Whisper knows (openai/whisper, tokenizer.py), as ISO 639 codes."""

from __future__ import annotations

LANGUAGES: dict[str, str] = dict(
    entry.strip().split(" ", 1)
    for entry in """
    af Afrikaans, am Amharic, ar Arabic, as Assamese, az Azerbaijani, ba Bashkir, be Belarusian, bg Bulgarian,
    bn Bengali, bo Tibetan, br Breton, bs Bosnian, ca Catalan, cs Czech, cy Welsh, da Danish, de German,
    el Greek, en English, es Spanish, et Estonian, eu Basque, fa Persian, fi Finnish, fo Faroese, fr French,
    gl Galician, gu Gujarati, ha Hausa, haw Hawaiian, he Hebrew, hi Hindi, hr Croatian, ht Haitian Creole,
    hu Hungarian, hy Armenian, id Indonesian, is Icelandic, it Italian, ja Japanese, jw Javanese, ka Georgian,
    kk Kazakh, km Khmer, kn Kannada, ko Korean, la Latin, lb Luxembourgish, ln Lingala, lo Lao, lt Lithuanian,
    lv Latvian, mg Malagasy, mi Maori, mk Macedonian, ml Malayalam, mn Mongolian, mr Marathi, ms Malay,
    mt Maltese, my Burmese, ne Nepali, nl Dutch, nn Nynorsk, no Norwegian, oc Occitan, pa Punjabi, pl Polish,
    ps Pashto, pt Portuguese, ro Romanian, ru Russian, sa Sanskrit, sd Sindhi, si Sinhala, sk Slovak,
    sl Slovenian, sn Shona, so Somali, sq Albanian, sr Serbian, su Sundanese, sv Swedish, sw Swahili, ta Tamil,
    te Telugu, tg Tajik, th Thai, tk Turkmen, tl Tagalog, tr Turkish, tt Tatar, uk Ukrainian, ur Urdu,
    uz Uzbek, vi Vietnamese, yi Yiddish, yo Yoruba, yue Cantonese, zh Chinese
    """.split(",")  # noqa: SIM905 - a hundred entries are read more easily so
)
"""Code -> name in English."""


def language_fault(language: str | None, speech_model: str) -> str | None:
    """Why a recording cannot be transcribed in that language by that model; None when it can (or it is detected)."""
    if language is None:
        return None
    if language not in LANGUAGES:
        return f"{language!r} is no language code Whisper knows, such as en, de or es"
    if speech_model.endswith(".en") and language != "en":
        return f"{speech_model} knows English only, not {language!r}"
    return None
