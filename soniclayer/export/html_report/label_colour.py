"""A colour for every topic and tone, whatever they are called: that of the dashboard, js/timeline/label_colour.js."""

from __future__ import annotations

HUES = 12
SHADES = {"light": ((0.87, 0.085), (0.8, 0.085), (0.73, 0.085)), "dark": ((0.34, 0.07), (0.41, 0.07), (0.48, 0.07))}
"""Lightness and chroma."""

_SEED = 41797
_PRIME = 16777619


def label_class(name: str) -> str:
    """The class that has the colour of a label as `--fill`."""
    return f"label-{_hash(name) % (HUES * len(SHADES['light']))}"


def label_rules(scheme: str) -> str:
    """The style of all these classes, in `light` or `dark`."""
    return "".join(
        f".label-{shade * HUES + hue} {{ --fill: oklch({lightness} {chroma} {hue * 360 // HUES}) }}\n"
        for shade, (lightness, chroma) in enumerate(SHADES[scheme])
        for hue in range(HUES)
    )


def _hash(name: str) -> int:
    """FNV-1a over the UTF-16 code units, folded once."""
    units = name.encode("utf-16-le", "surrogatepass")
    value = _SEED
    for low, high in zip(units[::2], units[1::2], strict=True):
        value = (value ^ (low + 256 * high)) * _PRIME % 2**32
    return value ^ (value >> 15)
