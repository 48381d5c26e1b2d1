"""What was computed is kept in a folder, and no fault of the folder changes a result."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from soniclayer.domain.labels import LabelFamily
from soniclayer.engines.labels.embedding import EmbeddingLabels
from soniclayer.engines.labels.kept import kept


class Work:
    """Counts how often it was done."""

    def __init__(self):
        self.times = 0

    def __call__(self):
        self.times += 1
        return {"weights": np.arange(6, dtype=np.float32).reshape(2, 3), "mean": np.ones(2, np.float32)}


@pytest.fixture
def work():
    return Work()


def same(found):
    expected = Work()()
    return found.keys() == expected.keys() and all(np.array_equal(found[name], expected[name]) for name in expected)


def test_work_is_done_once(tmp_path, work):
    assert same(kept(tmp_path / "new", "key", work))
    assert same(kept(tmp_path / "new", "key", work))
    assert work.times == 1


def test_another_key_is_other_work(tmp_path, work):
    kept(tmp_path, "key", work)
    kept(tmp_path, "other key", work)
    assert work.times == 2


def test_without_a_folder_nothing_is_kept(work):
    assert same(kept(None, "key", work))
    assert same(kept(None, "key", work))
    assert work.times == 2


def test_a_folder_that_cannot_be_made_costs_only_time(tmp_path, work):
    (tmp_path / "file").touch()
    assert same(kept(tmp_path / "file" / "folder", "key", work))


def test_a_full_disk_costs_only_time_and_leaves_nothing_behind(tmp_path, work, monkeypatch):
    def full(handle, mode):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("soniclayer.engines.labels.kept.os.fdopen", full)
    assert same(kept(tmp_path, "key", work))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "damage", [lambda data: b"", lambda data: data[:-1], lambda data: data[:99] + b"x" + data[100:]]
)
def test_a_damaged_file_is_made_again(tmp_path, work, damage):
    kept(tmp_path, "key", work)
    (file,) = tmp_path.iterdir()
    file.write_bytes(damage(file.read_bytes()))
    assert same(kept(tmp_path, "key", work))
    assert same(kept(tmp_path, "key", work))
    assert work.times == 2


def test_two_that_start_at_once_both_get_it_and_leave_one_file(tmp_path, work):
    both = threading.Barrier(2)
    found = []

    def slow():
        both.wait(10)
        return work()

    threads = [threading.Thread(target=lambda: found.append(kept(tmp_path, "key", slow))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [same(one) for one in found] == [True, True]
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.models
def test_ranks_are_the_same_from_what_was_kept(models, tmp_path):
    family = LabelFamily("topic", {"A": ("football",), "B": ("cooking",)}, (("A", "What a goal."),), ("!",))
    first, second = (EmbeddingLabels(models / "minilm", "m", cache=tmp_path).rank(["soup"], family) for _ in range(2))
    assert first == second
    assert len(list(tmp_path.iterdir())) == 1
