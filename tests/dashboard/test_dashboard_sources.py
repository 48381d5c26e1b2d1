"""What holds for all files of the dashboard, whatever they do. What a linter says of JavaScript is in `make check`."""

from __future__ import annotations

import hashlib
import re

import pytest
from samples import ROOT

DASHBOARD = ROOT / "soniclayer" / "dashboard"
VENDOR = DASHBOARD / "vendor"
OURS = sorted(path for path in DASHBOARD.rglob("*") if path.is_file() and VENDOR not in path.parents)
MODULES = [path for path in OURS if path.suffix == ".js"]
STYLES = [path for path in OURS if path.suffix == ".css"]
IMPORT = re.compile(r'^import\s+(?:\{([^}]*)\}|(\w+))\s+from\s+"([^"]+)";', re.MULTILINE)
EXPORT = re.compile(r"^export (?:async )?(?:function\*?|class|const|let) (\w+)", re.MULTILINE)
MOST_LINES = 200
"""But for texts.js, where all texts stand."""


def name(path):
    return str(path.relative_to(DASHBOARD))


def imports(path):
    """Of a module: (the module it takes from, the names it takes)."""
    for names, whole, source in IMPORT.findall(path.read_text()):
        taken = [one.split(" as ")[0].strip() for one in names.split(",") if one.strip()] if names else [whole]
        yield (path.parent / source).resolve(), taken


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_every_import_is_a_file_of_the_dashboard_that_exports_it(path):
    for source, names in imports(path):
        assert DASHBOARD in source.parents, source
        assert source.is_file(), source
        if VENDOR not in source.parents:
            assert set(names) <= set(EXPORT.findall(source.read_text())), source


def test_every_module_is_reached_from_the_page():
    page = (DASHBOARD / "index.html").read_text()
    reached, waiting = set(), [DASHBOARD / source for source in re.findall(r'<script[^>]* src="([^"]+)"', page)]
    while waiting:
        path = waiting.pop()
        if path not in reached and VENDOR not in path.parents:
            reached.add(path)
            waiting += [source for source, _ in imports(path)]
    assert {name(path) for path in MODULES} - {name(path) for path in reached} == set()


def test_nothing_is_exported_that_nobody_imports():
    taken = {(source, one) for path in MODULES for source, names in imports(path) for one in names}
    exported = {(path, one) for path in MODULES for one in EXPORT.findall(path.read_text())}
    assert sorted(f"{name(path)}: {one}" for path, one in exported - taken) == []


@pytest.mark.parametrize("path", [*(path for path in MODULES if path.name != "texts.js"), *STYLES], ids=name)
def test_files_are_small(path):
    assert len(path.read_text().splitlines()) <= MOST_LINES


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_every_module_says_what_it_holds(path):
    assert re.search(r"^/\*\*?\s", path.read_text()[:500], re.MULTILINE)


@pytest.mark.parametrize("path", OURS, ids=name)
def test_nothing_comes_from_another_place_in_the_net(path):
    named = set(re.findall(r"(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}", path.read_text()))
    assert named <= {"http://www.w3.org"}  # the name of SVG, not an address


def test_the_page_has_no_script_and_no_style_of_its_own():
    page = (DASHBOARD / "index.html").read_text()
    assert re.findall(r"<script(?![^>]* src=)", page) == []
    assert re.findall(r"<style|\sstyle=|\son[a-z]+=", page) == []


def test_the_page_loads_every_style_sheet():
    page = (DASHBOARD / "index.html").read_text()
    assert {name(path) for path in STYLES} == set(re.findall(r'href="(css/[^"]+)"', page))


@pytest.mark.parametrize("path", STYLES, ids=name)
def test_colours_stand_in_one_file(path):
    if path.name != "tokens.css":
        assert re.findall(r"#[0-9a-fA-F]{3,8}\b(?![\w-])|\brgba?\(|\bhsla?\(", path.read_text()) == []


def test_what_is_vendored_is_as_it_was_published():
    for sums in VENDOR.glob("*/SHA256SUMS"):
        for line in sums.read_text().splitlines():
            digest, file = line.split()
            assert hashlib.sha256((sums.parent / file.lstrip("*")).read_bytes()).hexdigest() == digest


def test_every_vendored_file_is_summed_or_tells_of_the_others():
    for folder in VENDOR.iterdir():
        summed = {line.split()[1] for line in (folder / "SHA256SUMS").read_text().splitlines()}
        assert {path.name for path in folder.iterdir()} - summed <= {"SHA256SUMS", "README.md", "LICENSE"}
