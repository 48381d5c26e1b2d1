"""A page read as strictly as a validator reads it: every tag closed where it should be, every id once."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"link", "meta"}


@dataclass
class Node:
    """An element; `text` is what stands in it, at any depth."""

    tag: str
    attributes: dict[str, str | None]
    parents: tuple[str, ...]
    said: list[str] = field(repr=False)
    start: int = 0
    end: int = 0

    @property
    def text(self) -> str:
        return "".join(self.said[self.start : self.end])


@dataclass
class Page:
    """The elements in their order, and what is wrong with the page."""

    nodes: list[Node] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def all(self, tag: str, **attributes: str) -> list[Node]:
        """Elements by tag and attributes; `class_` is one of the classes."""
        return [node for node in self.nodes if node.tag == tag and all(map(_has(node), attributes.items()))]

    def one(self, tag: str, **attributes: str) -> Node:
        """The only such element."""
        (node,) = self.all(tag, **attributes)
        return node


def read_page(text: str) -> Page:
    """What a page holds."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    reader.page.faults += [f"never closed: {node.tag}" for node in reader.open]
    ids = [node.attributes["id"] for node in reader.page.nodes if "id" in node.attributes]
    reader.page.faults += [f"twice: #{one}" for one in set(ids) if ids.count(one) > 1]
    reader.page.faults += [f"an id with white space: {one!r}" for one in ids if not one or len(one.split()) != 1]
    return reader.page


def _has(node: Node):
    def has(attribute: tuple[str, str]) -> bool:
        name, value = attribute
        if name == "class_":
            return value in (node.attributes.get("class") or "").split()
        return node.attributes.get(name.replace("_", "-")) == value

    return has


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page, self.open, self.said = Page(), [], []

    def handle_starttag(self, tag, attributes):
        names = [name for name, _ in attributes]
        if len(names) != len(set(names)):
            self.page.faults.append(f"an attribute twice: {self.get_starttag_text()}")
        parents, place = tuple(node.tag for node in self.open), len(self.said)
        node = Node(tag, dict(attributes), parents, self.said, place, place)
        self.page.nodes.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if "svg" not in [node.tag for node in self.open]:
            self.page.faults.append(f"closes itself, which only SVG does: {tag}")
        self.open.pop()

    def handle_endtag(self, tag):
        if not self.open or self.open[-1].tag != tag:
            self.page.faults.append(f"closed in the wrong place: {tag} at {self.getpos()}")
        else:
            self.open.pop().end = len(self.said)

    def handle_data(self, data):
        self.said.append(data)

    def handle_comment(self, data):
        self.page.faults.append(f"a comment: {data}")

    def handle_pi(self, data):
        self.page.faults.append(f"an instruction: {data}")
