"""The result files of backups and drills, as those who watch read them."""

from __future__ import annotations

import json
from datetime import datetime, timezone

import pytest

from soniclayer.errors import StoreError
from soniclayer.proof import Proof, read_proof

AT = "2026-05-04T02:00:41+00:00"
AT_S = datetime(2026, 5, 4, 2, 0, 41, tzinfo=timezone.utc).timestamp()


def write(folder, **facts):
    path = folder / "last-backup.json"
    path.write_text(json.dumps(facts))
    return path


def test_a_backup_that_failed_still_tells_of_the_last_good_one(tmp_path):
    path = write(tmp_path, ok=False, finished_at="2026-05-05T04:00:41+02:00", succeeded_at=AT, error="no space")
    assert read_proof(path) == Proof(ok=False, finished_at=AT_S + 86_400, succeeded_at=AT_S, error="no space")


def test_a_good_one_is_the_last_good_one(tmp_path):
    assert read_proof(write(tmp_path, ok=True, finished_at=AT)) == Proof(ok=True, finished_at=AT_S, succeeded_at=AT_S)


def test_a_backup_that_never_went_well_has_no_good_one(tmp_path):
    assert read_proof(write(tmp_path, ok=False, finished_at=AT, succeeded_at=None)).succeeded_at is None


def test_no_file_is_no_proof(tmp_path):
    assert read_proof(tmp_path / "last-backup.json") is None


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", "{}", '{"ok": true}', '{"ok": true, "finished_at": "2026-05-04T02:00:41"}', "[" * 100_000],
)
def test_what_is_no_result_is_told(tmp_path, text):
    path = tmp_path / "last-backup.json"
    path.write_text(text)
    with pytest.raises(StoreError, match="is no result file") as fault:
        read_proof(path)
    assert fault.value.code == "object_damaged"


def test_a_result_that_cannot_be_read_is_told(tmp_path):
    (tmp_path / "last-backup.json").mkdir()
    with pytest.raises(StoreError, match="cannot be read"):
        read_proof(tmp_path / "last-backup.json")
