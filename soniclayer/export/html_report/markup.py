"""Elements of HTML and SVG, made from data. Text is always text: only what was made here counts as markup."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from soniclayer.export.plain import harmless

if TYPE_CHECKING:
    from collections.abc import Iterable

_VOID = frozenset({"link", "meta"})
_SHAPES = frozenset({"circle", "path", "rect"})
"""Of SVG, which may close themselves."""


class Markup(str):
    """HTML, ready to be written."""

    __slots__ = ()


Child = Markup | str | None
Attribute = str | int | float | bool | None


def element(tag: str, *children: Child, **attributes: Attribute) -> Markup:
    """`<tag attributes>children</tag>`.

    A child is Markup, or text of any origin; None is left out, as is an attribute that is None or False, while True is
    one without a value. `class_` stands for `class`, `aria_label` for `aria-label`.
    """
    named = "".join(_attribute(name, value) for name, value in attributes.items())
    if tag in _VOID:
        return Markup(f"<{tag}{named}>")
    if tag in _SHAPES and not children:
        return Markup(f"<{tag}{named}/>")
    return Markup(f"<{tag}{named}>{joined(children)}</{tag}>")


def joined(children: Iterable[Child]) -> Markup:
    """Children one after the other, without an element around them."""
    return Markup("".join(_shown(child) for child in children if child is not None))


def _shown(child: Markup | str) -> str:
    return child if isinstance(child, Markup) else escape(harmless(child), quote=False)


def _attribute(name: str, value: Attribute) -> str:
    if value is None or value is False:
        return ""
    shown = name.rstrip("_").replace("_", "-")
    return f" {shown}" if value is True else f' {shown}="{escape(harmless(str(value)))}"'
