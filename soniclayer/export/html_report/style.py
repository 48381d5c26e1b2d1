"""The style of the page, with the colours of the dashboard, and the policy that allows nothing else."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from importlib import resources

from soniclayer.export.html_report.label_colour import label_rules

_LIGHT = re.compile(r"^:root \{(.*?)^\}", re.DOTALL | re.MULTILINE)
_DARK = re.compile(r'^:root\[data-theme="dark"\] \{(.*?)^\}', re.DOTALL | re.MULTILINE)
"""The two lists of variables in the tokens of the dashboard."""


@cache
def page_style() -> str:
    """CSS: variables by the system's setting (on paper they are light), then the rules."""
    package = resources.files("soniclayer")
    tokens = (package / "dashboard" / "css" / "tokens.css").read_text("utf-8")
    rules = (package / "export" / "html_report" / "page.css").read_text("utf-8")
    dark = f":root {{{_variables(_DARK, tokens)}}}\n{label_rules('dark')}"
    on_screen = f"@media screen and (prefers-color-scheme: dark) {{\n{dark}}}\n"
    return f":root {{{_variables(_LIGHT, tokens)}}}\n{label_rules('light')}{on_screen}{rules}"


@cache
def page_policy() -> str:
    """The Content-Security-Policy of the page: its own style and its own icon, nothing else."""
    digest = base64.b64encode(hashlib.sha256(page_style().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"


def _variables(block: re.Pattern[str], tokens: str) -> str:
    found = block.search(tokens)
    if found is None:
        raise ValueError(f"no {block.pattern} in the tokens of the dashboard")
    return found[1]
