"""Where exports go, and what is said before and when they cannot go there."""

from __future__ import annotations

import io
import json
import os
import resource
import stat
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from broadcast_result import broadcast_result

from soniclayer.errors import ConfigError, StoreError, StoreFull
from soniclayer.export import FORMATS, export, plan_exports, write_exports
from soniclayer.export.replace_file import replace_file

ONE, TWO = Path("talk.mp3"), Path("news.mp3")


@pytest.fixture
def result():
    return broadcast_result()


def named(name, audio_id):
    return replace(broadcast_result(name), audio_id=audio_id * 64)


def test_every_format_goes_to_its_file(result, tmp_path):
    wanted = {form: str(tmp_path / f"out.{form}") for form in FORMATS}
    write_exports([result], plan_exports(wanted, [ONE]), io.BytesIO())
    for form in FORMATS:
        assert (tmp_path / f"out.{form}").read_bytes() == export(result, form).encode()


def test_what_was_not_asked_for_is_not_planned():
    assert plan_exports(dict.fromkeys(FORMATS), [ONE]) == ()


def test_a_dash_writes_to_standard_output(result):
    out = io.BytesIO()
    write_exports([result], plan_exports({"srt": "-"}, [ONE]), out)
    assert out.getvalue() == export(result, "srt").encode()


def test_several_recordings_on_standard_output_are_json_lines(result):
    out = io.BytesIO()
    write_exports([result, named("b.mp3", "b")], plan_exports({"json": "-"}, [ONE, TWO]), out)
    assert [json.loads(line)["name"] for line in out.getvalue().splitlines()] == ["broadcast.flac", "b.mp3"]


def test_in_a_folder_files_are_named_after_the_recordings(tmp_path):
    results = [named("a.mp3", "a"), named("b 🎙️.mp3", "b")]
    write_exports(results, plan_exports({"txt": str(tmp_path)}, [ONE, TWO]), io.BytesIO())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.txt", "b 🎙️.txt"]


def test_recordings_of_one_name_are_told_apart_by_their_audio_id(tmp_path):
    results = [named("talk.mp3", "a"), named("TALK.wav", "b"), named("other.mp3", "c")]
    write_exports(results, plan_exports({"txt": str(tmp_path)}, [ONE, TWO]), io.BytesIO())
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["TALK.bbbbbbbb.txt", "other.txt", "talk.aaaaaaaa.txt"]


def test_a_name_made_to_collide_still_gets_a_file_of_its_own(tmp_path):
    results = [named("talk.mp3", "a"), named("talk.wav", "b"), named("talk.aaaaaaaa.mp3", "c")]
    write_exports(results, plan_exports({"txt": str(tmp_path)}, [ONE, TWO]), io.BytesIO())
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.parametrize("name", ["../../etc/passwd", "/abs/x.mp3", "..", "", ".mp3", "a\0b\n.mp3", "é" * 300])
def test_no_name_leaves_the_folder_or_breaks_it(name, tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    write_exports([named(name, "a")], plan_exports({"txt": str(folder)}, [ONE]), io.BytesIO())
    (written,) = folder.iterdir()
    assert not written.name.startswith(".")
    assert list(tmp_path.iterdir()) == [folder]


@pytest.mark.parametrize(
    ("wanted", "inputs", "fault"),
    [
        ({"json": "-", "csv": "-"}, [ONE], "--json, --csv: only one export can go to standard output (-)"),
        ({"json": "gone/x.json"}, [ONE], "--json gone/x.json: there is no folder gone"),
        ({"json": "x"}, [ONE, TWO], "--json x: several recordings need a folder that is there, or -"),
        ({"srt": "x", "vtt": "x"}, [ONE], "--srt, --vtt: both name x"),
        ({"srt": "talk.mp3"}, [ONE], "--srt talk.mp3: this is the recording itself"),
    ],
)
def test_wrong_usage_is_told_before_any_work(wanted, inputs, fault, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ONE.touch()
    with pytest.raises(ConfigError) as error:
        plan_exports(wanted, inputs)
    assert error.value.faults == (fault,)


def test_all_faults_are_told_at_once(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError) as error:
        plan_exports({"json": "a/x", "srt": "b/x", "csv": "-", "txt": "-"}, [ONE])
    assert len(error.value.faults) == 3


def test_a_full_disk_leaves_the_old_file_and_nothing_else(result, small_disk):
    (small_disk / "out.json").write_text("old")
    (small_disk / "filler").write_bytes(b"x" * 960 * 1024)
    with pytest.raises(StoreFull, match=r"cannot write .*out\.json: No space left on device$"):
        write_exports([result], plan_exports({"json": str(small_disk / "out.json")}, [ONE]), io.BytesIO())
    assert (small_disk / "out.json").read_text() == "old"
    assert sorted(path.name for path in small_disk.iterdir()) == ["filler", "out.json"]


def test_a_failed_write_leaves_the_old_file_and_says_why_in_one_line(tmp_path):
    target = tmp_path / "out.json"
    target.write_text("old")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with pytest.raises(StoreError, match=r"^cannot write .*out\.json: File too large$") as error:
            replace_file(target, b"x" * 5000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert error.value.code == "export_failed"
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_folder_that_went_away_is_told_in_one_line(tmp_path):
    with pytest.raises(StoreError, match=r"No such file or directory$"):
        replace_file(tmp_path / "gone" / "x.json", b"x")


def test_a_new_file_gets_the_permissions_of_the_umask(tmp_path):
    before = os.umask(0o027)
    try:
        replace_file(tmp_path / "x", b"x")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "x").stat().st_mode) == 0o640


def test_a_file_that_was_there_keeps_its_permissions(tmp_path):
    (tmp_path / "x").touch(0o600)
    replace_file(tmp_path / "x", b"new")
    assert stat.S_IMODE((tmp_path / "x").stat().st_mode) == 0o600


def test_a_symbolic_link_stays_and_its_file_is_written(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "file")
    replace_file(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_bytes() == b"new"


def test_a_pipe_is_written_to_and_stays_a_pipe(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    read = []
    reader = threading.Thread(target=lambda: read.append((tmp_path / "pipe").read_bytes()))
    reader.start()
    replace_file(tmp_path / "pipe", b"through")
    reader.join(10)
    assert read == [b"through"]
    assert (tmp_path / "pipe").is_fifo()
