"""Every text that people read stands in texts.js; nothing else is looked for there, and nothing there is left over."""

from __future__ import annotations

import re

import pytest
from samples import ROOT

SCRIPTS = ROOT / "soniclayer" / "dashboard" / "js"
USE = re.compile(r"\btexts(?!\.js\b)((?:\??\.\w+)+)")
COMMENT = re.compile(r"/\*.*?\*/|(?<=\s)//[^\n]*", re.DOTALL)
WALK = """
(address) => import(address).then(({ texts }) => {
  const shape = (value) => (typeof value === "object" ? Object.fromEntries(Object.keys(value).map(inside(value))) : "");
  const inside = (value) => (key) => [key, shape(value[key])];
  return shape(texts);
})
"""


@pytest.fixture(scope="module")
def texts(chromium, archive):
    """All keys of them, nested as they are."""
    page = chromium.new_page()
    page.goto(archive.url)
    return page.evaluate(WALK, "/js/texts.js")


def uses():
    """Every chain of names that a module follows from `texts`: (its file, ["library", "title"])."""
    for path in sorted(SCRIPTS.rglob("*.js")):
        if path.name != "texts.js":
            for chain in USE.findall(COMMENT.sub("", path.read_text())):
                yield path.name, [one.rstrip("?") for one in chain.replace("?.", ".").split(".")[1:]]


def missing(tree, chain) -> bool:
    """Whether a chain leaves the tree before it has come to a text."""
    for one in chain:
        if tree == "":
            return False  # a property or a method of the text
        if one not in tree:
            return True
        tree = tree[one]
    return False


def test_every_text_that_is_used_is_there(texts):
    assert [f"{file}: texts.{'.'.join(chain)}" for file, chain in uses() if missing(texts, chain)] == []


def test_no_text_is_left_over(texts):
    used = {tuple(chain[:2]) for _, chain in uses()}
    whole = {chain[0] for chain in used if len(chain) == 1}
    keys = {(section, key) for section, inner in texts.items() if section not in whole for key in inner}
    assert sorted(keys - used) == []
