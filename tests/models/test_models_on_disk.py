from __future__ import annotations

import pytest

from soniclayer.errors import ModelError
from soniclayer.models import model_dir
from soniclayer.models.catalogue import FolderSource, Model
from soniclayer.models.condition import State, find_condition
from soniclayer.models.fetch import Fetcher
from soniclayer.models.progress import LineProgress


@pytest.fixture
def model(tmp_path, small_model):
    """A model of two files, which lie in the folder `stick`."""
    stick = tmp_path / "stick" / "small"
    stick.mkdir(parents=True)
    (stick / "model.bin").write_bytes(b"weights")
    (stick / "config.json").write_bytes(b"{}")
    return small_model(None, model_bin=b"weights", config_json=b"{}")


def fetch(tmp_path, model):
    return Fetcher(tmp_path / "models", LineProgress(), {}, only=tmp_path / "stick").fetch(model)


def state(tmp_path, model, *, hashed=True):
    return find_condition(model, tmp_path / "models", hashed=hashed).state


def test_model_comes_from_a_local_folder_alone(tmp_path, model):
    assert fetch(tmp_path, model)
    assert state(tmp_path, model) is State.READY


def test_other_folder_names_of_the_model_are_found(tmp_path, model):
    (tmp_path / "stick" / "small").rename(tmp_path / "stick" / "faster-small")
    known = Model.model_validate({**model.model_dump(), "folders": ["faster-small"]})
    assert fetch(tmp_path, known)


def test_folder_in_the_catalogue_is_a_source(tmp_path, model):
    listed = model.model_copy(update={"sources": (FolderSource(kind="folder", path=tmp_path / "stick"),)})
    assert Fetcher(tmp_path / "models", LineProgress(), {}).fetch(listed)


def test_file_missing_in_the_folder_is_named(tmp_path, model):
    (tmp_path / "stick" / "small" / "model.bin").unlink()
    with pytest.raises(ModelError, match=r"folder .*stick: no model\.bin in small"):
        fetch(tmp_path, model)


def test_damaged_file_is_replaced_and_the_other_kept(tmp_path, model):
    fetch(tmp_path, model)
    weights, config = (tmp_path / "models" / "small" / name for name in ("model.bin", "config.json"))
    weights.write_bytes(b"WEIGHTS")
    before = config.stat().st_ino
    assert state(tmp_path, model) is State.DAMAGED
    assert fetch(tmp_path, model)
    assert weights.read_bytes() == b"weights"
    assert config.stat().st_ino == before


def test_same_size_damage_is_seen_by_hashing_only(tmp_path, model):
    fetch(tmp_path, model)
    (tmp_path / "models" / "small" / "model.bin").write_bytes(b"WEIGHTS")
    assert state(tmp_path, model, hashed=False) is State.READY
    faults = find_condition(model, tmp_path / "models", hashed=True).faults
    assert faults[0].startswith("model.bin has SHA-256 ")
    assert model.files[0].sha256 in faults[0]


def test_missing_file_makes_a_partial_model(tmp_path, model):
    fetch(tmp_path, model)
    (tmp_path / "models" / "small" / "model.bin").unlink()
    assert state(tmp_path, model, hashed=False) is State.PARTIAL


def test_unfetched_model_is_missing(tmp_path, model):
    assert state(tmp_path, model) is State.MISSING


def test_folder_of_a_fetched_model_is_given(tmp_path, model):
    fetch(tmp_path, model)
    assert model_dir(tmp_path / "models", "small") == tmp_path / "models" / "small"


@pytest.mark.usefixtures("model")
def test_folder_put_there_by_hand_is_given(tmp_path):
    assert model_dir(tmp_path / "stick", "small") == tmp_path / "stick" / "small"


def test_missing_model_names_the_command_that_brings_it(tmp_path):
    with pytest.raises(ModelError) as caught:
        model_dir(tmp_path, "whisper-base")
    assert str(caught.value) == (f"model whisper-base is not in {tmp_path}: run `soniclayer models fetch whisper-base`")


def test_shortened_file_is_refused_without_hashing(tmp_path, model):
    fetch(tmp_path, model)
    (tmp_path / "models" / "small" / "model.bin").write_bytes(b"we")
    with pytest.raises(ModelError, match=r"is damaged: model\.bin has 2 bytes, expected 7: run"):
        model_dir(tmp_path / "models", "small")


def test_models_folder_that_cannot_be_made_is_told_with_the_cure(tmp_path, model):
    (tmp_path / "models").write_bytes(b"a file, not a folder")
    with pytest.raises(ModelError, match="choose another folder with --models-dir or SONICLAYER_MODELS_DIR"):
        fetch(tmp_path, model)
