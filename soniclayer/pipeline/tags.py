"""Tags: facts that rules find in a segment's text, each with the evidence it rests on."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from soniclayer.domain.cue import find_cues
from soniclayer.domain.segment import Tag
from soniclayer.pipeline.repetition import longest_loop

if TYPE_CHECKING:
    from badwords import ProfanityFilter

    from soniclayer.domain.labels import Labels, TagRules
    from soniclayer.domain.segment import Label


def find_tags(text: str, language: str | None, topic: Label, labels: Labels) -> tuple[Tag, ...]:
    """All tags of one speech segment.

    Args:
        text: what was said.
        language: ISO 639-1 code, which chooses the list of swear words; not every language has one.
        topic: what the segment is about; an advertisement needs fewer cues when this says so too.
        labels: the rules.
    """
    found = {
        "profanity": find_profanity(text, language, labels.tags),
        "repetition": find_repetition(text, labels.tags),
        "advertisement": _find_advertisement(text, topic, labels),
    }
    return tuple(Tag(name=name, evidence=evidence) for name, evidence in found.items() if evidence)


def find_profanity(text: str, language: str | None, rules: TagRules) -> str:
    """The swear words of the text, each once, in order, joined by commas; empty when there is none.

    Whole words only (nothing in "Scunthorpe", "cockpit" or "class").
    """
    swear_words = _swear_words(language or "", rules.profanity_allow, rules.profanity_add)
    found = [match.matched_text.lower() for match in swear_words.find(text)] if swear_words else []
    return ", ".join(dict.fromkeys(found))


def find_repetition(text: str, rules: TagRules) -> str:
    """The longest run of words said again and again in a row, as `"WORDS" 4 times`; empty without one."""
    loop = longest_loop(text, times=rules.repetition_times, words=rules.repetition_words)
    return f'"{" ".join(loop.unit)}" {loop.times} times' if loop else ""


def _find_advertisement(text: str, topic: Label, labels: Labels) -> str:
    rules = labels.tags
    cues = find_cues(text, labels.topic_cues.get(rules.advertisement_topic, ()))
    needed = 1 if topic.name == rules.advertisement_topic else rules.advertisement_cues
    return ", ".join(cues) if len(cues) >= needed else ""


@lru_cache(maxsize=16)
def _swear_words(language: str, allow: tuple[str, ...], add: tuple[str, ...]) -> ProfanityFilter | None:
    import badwords  # noqa: PLC0415 - a compiled library, for the engine child alone

    swear_words = badwords.ProfanityFilter()
    try:
        swear_words.init([language])
    except badwords.NotSupportedLanguage:
        return None
    swear_words.add_words(list(add))
    swear_words.add_whitelist(list(allow))
    return swear_words
