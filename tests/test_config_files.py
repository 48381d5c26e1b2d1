from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import Field, ValidationInfo, field_validator

from soniclayer.config_files import FileModel, load_yaml
from soniclayer.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


class Part(FileModel):
    size_bytes: int = Field(gt=0)
    name: str


class Whole(FileModel):
    title: str
    parts: tuple[Part, ...]

    @field_validator("title")
    @classmethod
    def _known(cls, title: str, info: ValidationInfo) -> str:
        known = (info.context or {}).get("titles")
        if known is not None and title not in known:
            raise ValueError(f"unknown title {title!r}")
        return title


GOOD = "title: One\nparts:\n  - size_bytes: 3\n    name: a\n"


def faults(path: Path, content: str | bytes) -> list[str]:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ConfigError) as caught:
        load_yaml(path, Whole)
    return [fault.removeprefix(f"{path}:") for fault in caught.value.faults]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a file.yaml"


def test_a_good_file_becomes_the_model(path: Path) -> None:
    path.write_text(GOOD)
    assert load_yaml(path, Whole) == Whole(title="One", parts=(Part(size_bytes=3, name="a"),))


def test_all_faults_come_at_once_with_their_lines_in_file_order(path: Path) -> None:
    found = faults(path, "titel: One\nparts:\n  - size_bytes: many\n    name: a\n  - size_bytes: 0\n    nme: b\n")
    assert [fault.split(": ")[:2] for fault in found] == [
        ["1", "titel"],
        ["1", "title"],
        ["3", "parts.0.size_bytes"],
        ["5", "parts.1.name"],
        ["5", "parts.1.size_bytes"],
        ["6", "parts.1.nme"],
    ]


def test_an_unknown_key_is_told_as_such(path: Path) -> None:
    assert faults(path, f"{GOOD}colour: red\n") == ["5: colour: no such key"]


def test_a_missing_key_is_told_at_the_line_of_its_parent(path: Path) -> None:
    assert faults(path, "title: One\nparts:\n\n  - size_bytes: 3\n") == ["4: parts.0.name: is missing"]


def test_a_wrong_value_is_shown_in_its_fault(path: Path) -> None:
    (fault,) = faults(path, GOOD.replace("One", "[1, 2]"))
    assert fault == "1: title: Input should be a valid string, not [1, 2]"


def test_a_key_that_stands_twice_is_a_fault_naming_both_lines(path: Path) -> None:
    assert faults(path, f"{GOOD}title: Two\n") == ["5: title: key stands twice, first on line 1"]


def test_a_key_that_stands_twice_deep_inside_is_found_too(path: Path) -> None:
    assert faults(path, f"{GOOD}    name: b\n") == ["5: name: key stands twice, first on line 4"]


def test_a_key_that_stands_twice_on_one_line_is_found_too(path: Path) -> None:
    assert faults(path, "{title: One, title: One, parts: []}") == ["1: title: key stands twice, first on line 1"]


def test_broken_yaml_is_a_fault_with_its_line(path: Path) -> None:
    (fault,) = faults(path, "title: One\nparts: [1, 2\n")
    assert fault.startswith("3: file: not YAML: ")


def test_a_second_document_is_a_fault(path: Path) -> None:
    assert faults(path, f"{GOOD}---\ntitle: Two\n")[0].startswith("5: file: not YAML")


def test_bytes_that_are_not_utf8_are_a_fault_with_their_line(path: Path) -> None:
    assert faults(path, b"title: One\nparts: caf\xe9\n") == ["2: file: not UTF-8 at byte 21 (0xe9)"]


def test_a_control_character_is_a_fault_with_its_line(path: Path) -> None:
    assert faults(path, "title: One\nparts: \x07\n") == ["2: file: not YAML: character U+0007"]


def test_a_byte_order_mark_is_no_fault(path: Path) -> None:
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    assert load_yaml(path, Whole).title == "One"


def test_an_empty_file_is_told_as_empty(path: Path) -> None:
    assert faults(path, "# nothing here\n") == ["1: file: is empty"]


def test_a_missing_file_is_told_with_its_path(path: Path) -> None:
    with pytest.raises(ConfigError, match=r"a file\.yaml:1: file: cannot be read: No such file"):
        load_yaml(path, Whole)


def test_an_impossible_date_is_a_fault(path: Path) -> None:
    (fault,) = faults(path, "title: 2024-13-45\n")
    assert "cannot be read" in fault


def test_validators_get_the_context(path: Path) -> None:
    path.write_text(GOOD)
    with pytest.raises(ConfigError, match="1: title: unknown title 'One', not 'One'"):
        load_yaml(path, Whole, {"titles": {"Two"}})


def test_an_alias_to_a_node_around_it_is_a_fault_and_no_endless_loop(path: Path) -> None:
    assert faults(path, "title: &a\n  - *a\nparts: []\n")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.one_of(st.text(alphabet="ab:-[]{}!&*#'\"|>%@\n \t0159.é<=?,", max_size=40), st.binary(max_size=40)))
def test_any_file_at_all_loads_or_is_a_config_error(path: Path, content: str | bytes) -> None:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ConfigError):
        load_yaml(path, Whole)


def test_endlessly_nested_brackets_are_a_fault_and_no_crash(path: Path) -> None:
    assert "cannot be read" in faults(path, "a: " + "[" * 200_000 + "]" * 200_000)[0]
