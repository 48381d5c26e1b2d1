"""YAML configuration files: read whole, checked whole; every fault is told with file, line and place."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from soniclayer.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from pydantic_core import ErrorDetails

M = TypeVar("M", bound=BaseModel)

Fault = tuple[int, str]
"""Line (from 1) and what is wrong there."""

FAST_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml, where PyYAML was built with it: labels.yaml takes 17 ms instead of 330 ms."""

MOST_BRACKETS = 10_000
"""libyaml falls over at some ten thousand nested ones; Python's own loader refuses them."""


class FileModel(BaseModel):
    """What a part of a configuration file may hold; a key it does not name is a fault."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def load_yaml(path: Path, model: type[M], context: Mapping[str, object] | None = None) -> M:
    """Read one YAML file into a pydantic model.

    Args:
        path: the file, UTF-8, one document.
        model: what it must look like; make it a `FileModel`, so that unknown keys are faults.
        context: handed to the model's validators as `info.context`, e.g. the names that are known.

    Raises:
        ConfigError: all faults at once, one line each: `PATH:LINE: where.in.the.file: message`.
    """
    try:
        return _parse(path, model, context)
    except _FaultyError as error:
        raise ConfigError(*(f"{path}:{line}: {message}" for line, message in sorted(error.faults))) from None


class _FaultyError(Exception):
    """What is wrong with the file that is being read."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(*faults)
        self.faults = faults


def _parse(path: Path, model: type[M], context: Mapping[str, object] | None) -> M:
    root, content = _load(_text(path))
    faults = list(_duplicate_keys(root, set())) if root else []
    try:
        loaded = model.model_validate(content, context=dict(context or {}))
    except ValidationError as error:
        faults += [_describe(detail, root) for detail in error.errors()]
        raise _FaultyError(*faults) from None
    if faults:
        raise _FaultyError(*faults)
    return loaded


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _FaultyError((1, f"file: cannot be read: {error.strerror}")) from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _FaultyError((line, f"file: not UTF-8 at byte {error.start} (0x{data[error.start]:02x})")) from None


def _load(text: str) -> tuple[yaml.Node | None, object]:
    """The file as nodes, which know their lines, and as plain values."""
    if text.count("[") + text.count("{") > MOST_BRACKETS:
        return _load_slowly(text)
    try:
        return _nodes_and_values(text, FAST_LOADER)
    except Exception:  # noqa: BLE001 - what is wrong is told by the loader below, in the same words everywhere
        return _load_slowly(text)


def _nodes_and_values(text: str, loader_class: type) -> tuple[yaml.Node | None, object]:
    loader = loader_class(text)
    try:
        root = loader.get_single_node()
        return root, loader.construct_document(root) if root else None
    finally:
        loader.dispose()


def _load_slowly(text: str) -> tuple[yaml.Node | None, object]:
    try:
        return _nodes_and_values(text, yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _FaultyError((_line(mark), f"file: not YAML: {error.problem or error.context}")) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        message = f"file: not YAML: character U+{ord(text[error.position]):04X}"
        raise _FaultyError((line, message)) from None
    except (ValueError, LookupError, AttributeError, TypeError, RecursionError) as error:
        # PyYAML lets its converters' own errors through, e.g. for 2024-13-45, `!!int ""` or 1,000 brackets
        raise _FaultyError((1, f"file: a value cannot be read: {error}")) from None


def _duplicate_keys(node: yaml.Node, seen: set[int]) -> Iterator[Fault]:
    if id(node) in seen:  # an alias (`*name`) points to a node we know, perhaps to one around it
        return
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        first: dict[str, int] = {}
        for key, value in node.value:
            line, name = _line(key.start_mark), str(key.value)
            if name in first:
                yield line, f"{name}: key stands twice, first on line {first[name]}"
            first.setdefault(name, line)
            yield from _duplicate_keys(value, seen)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _duplicate_keys(item, seen)


def _describe(detail: ErrorDetails, root: yaml.Node | None) -> Fault:
    where = ".".join(str(part) for part in detail["loc"]) or "file"
    if root is None:
        message = "is empty"
    elif detail["type"] == "extra_forbidden":
        message = "no such key"
    elif detail["type"] == "missing":
        message = "is missing"
    else:
        message = f"{detail['msg'].removeprefix('Value error, ')}, not {_short(detail['input'])}"
    return _line_of(detail["loc"], root), f"{where}: {message}"


def _line_of(loc: tuple[int | str, ...], node: yaml.Node | None) -> int:
    """The line of what `loc` leads to, or of the last part of the way that exists."""
    line = _line(node.start_mark) if node else 1
    for part in loc:
        step = _child(node, part)
        if step is None:
            break
        line, node = step
    return line


def _child(node: yaml.Node | None, part: int | str) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(part):
                return _line(key.start_mark), value
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return _line(node.value[part].start_mark), node.value[part]
    return None


def _line(mark: yaml.Mark | None) -> int:
    return mark.line + 1 if mark else 1


def _short(value: object, longest: int = 60) -> str:
    text = repr(value)
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
