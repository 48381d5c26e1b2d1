"""docs/checks.md has every check as it is."""

from __future__ import annotations

import re

from samples import ROOT

from soniclayer.cli.check.registry import CHECKS, GROUPS

PAGE = (ROOT / "docs/checks.md").read_text()


def test_the_page_lists_every_check_with_its_severity_and_title_in_order():
    rows = re.findall(r"^\| `([a-z_]+\.[a-z_]+)` \| (\w+) \| (.+?) \| .+ \|$", PAGE, re.MULTILINE)
    assert rows == [(check.id, check.severity.value, check.title) for check in CHECKS]


def test_ids_are_plain_differ_and_begin_with_their_group():
    ids = [check.id for check in CHECKS]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z]+\.[a-z_]+", name) for name in ids)
    assert all(check.group == group for group, (_, checks) in GROUPS.items() for check in checks)
