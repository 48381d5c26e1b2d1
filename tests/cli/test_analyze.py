"""`soniclayer analyze` as a user runs it: a process of its own, real models, real files."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import pty
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pysubs2
import pytest
from samples import DATA, ROOT, results_of

from soniclayer.storage.local import LocalStore

pytestmark = pytest.mark.models

BROADCAST = DATA / "broadcast" / "broadcast.flac"
ANSI = re.compile(r"\x1b\[")


@pytest.fixture
def environment(models, tmp_path):
    return {
        **os.environ,
        "SONICLAYER_MODELS_DIR": str(models),
        "SONICLAYER_UPLOADS_DIR": str(tmp_path / "store"),
        "SONICLAYER_WHISPER_MODEL": "whisper-tiny.en",
        "PYTHONPATH": str(ROOT),
        "COLUMNS": "120",
    }


def command(*arguments):
    return [sys.executable, "-m", "soniclayer", "analyze", *map(str, arguments)]


def analyze(environment, *arguments, **options):
    return subprocess.run(
        command(*arguments),
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        **options,
    )


def store_of(environment):
    return LocalStore(Path(environment["SONICLAYER_UPLOADS_DIR"]))


@pytest.fixture
def broadcast(analysed_broadcast):
    return analysed_broadcast


def test_the_sample_is_analysed_to_the_end(broadcast):
    _, done, document = broadcast
    assert (done.returncode, done.stderr.count("\n")) == (0, 1), done.stderr
    assert document["state"] == "completed"


def test_the_report_names_every_persona_and_what_was_said(broadcast):
    _, done, document = broadcast
    for persona in document["summary"]["personas"]:
        assert persona["title"] in done.stdout
    assert "Copper Lantern Coffee" in done.stdout


def test_piped_output_has_no_colours_and_no_progress_bar(broadcast):
    _, done, _ = broadcast
    assert not ANSI.search(done.stdout + done.stderr)
    assert "━" not in done.stderr


def test_the_sample_s_music_and_dead_air_are_found_and_hold_no_words(broadcast):
    segments = broadcast[2]["segments"]
    quiet = [(s["kind"], round(s["start_s"]), round(s["end_s"])) for s in segments if s["kind"] != "speech"]
    assert [kind for kind, _, _ in quiet] == ["music", "silence", "music"]
    for (_, start, end), (true_start, true_end) in zip(quiet, [(0, 9), (164, 174), (234, 246)], strict=True):
        assert abs(start - true_start) <= 1
        assert abs(end - true_end) <= 1
    assert all(s["text"] == "" for s in segments if s["kind"] != "speech")


def test_the_sample_s_segments_end_between_words_and_last_five_to_twenty_seconds(broadcast):
    speech = [s for s in broadcast[2]["segments"] if s["kind"] == "speech"]
    assert all(5 <= s["end_s"] - s["start_s"] <= 20 for s in speech)


def test_the_sample_s_advertisement_and_swear_words_are_tagged(broadcast):
    tagged = {tag["name"]: s["text"] for s in broadcast[2]["segments"] for tag in s["tags"]}
    assert "Copper Lantern" in tagged["advertisement"]
    assert "damn" in tagged["profanity"]


def test_the_written_subtitles_and_tables_can_be_read(broadcast):
    folder, _, document = broadcast
    for form in ("srt", "vtt"):
        assert len(pysubs2.load(str(folder / form), format_=form)) > 40
    rows = list(csv.DictReader(io.StringIO((folder / "csv").read_text())))
    assert len(rows) == len(document["segments"])
    assert "Copper Lantern" in (folder / "txt").read_text()
    assert "Copper Lantern" in (folder / "html").read_text()


def test_the_same_file_again_is_answered_from_the_store(broadcast, models):
    folder, done, _ = broadcast
    environment = {
        **os.environ,
        "SONICLAYER_MODELS_DIR": str(models),
        "SONICLAYER_UPLOADS_DIR": str(folder / "store"),
        "PYTHONPATH": str(ROOT),
    }
    before = results_of(LocalStore(folder / "store"))
    again = analyze(environment, BROADCAST)
    assert again.stdout == done.stdout
    assert results_of(LocalStore(folder / "store")) == before


def test_a_terminal_gets_colours_and_a_progress_bar(environment, speech_file):
    parent, child = pty.openpty()
    process = subprocess.Popen(
        command(speech_file("short.wav", 8)),
        env={**environment, "TERM": "xterm-256color"},
        stdout=child,
        stderr=child,
    )
    os.close(child)
    shown = b""
    while chunk := read_terminal(parent):
        shown += chunk
    assert process.wait() == 0
    assert ANSI.search(shown.decode())
    assert "━" in shown.decode()


def read_terminal(descriptor):
    try:
        return os.read(descriptor, 65536)
    except OSError:  # the other side was closed
        return b""


def test_any_file_name_is_fine(environment, speech_file):
    source = speech_file("a name 🎙 with\nspaces [red].wav", 6)
    done = analyze(environment, source, "--json=-")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["name"] == source.name


def test_twenty_files_at_once_are_all_analysed(environment, speech_file, tmp_path):
    sources = [speech_file(f"{number:02d}.wav", 4, offset_s=number * 0.3) for number in range(20)]
    out = tmp_path / "out"
    out.mkdir()
    done = analyze(environment, *sources, "--json", out)
    assert done.returncode == 0, done.stderr
    documents = [json.loads(path.read_text()) for path in sorted(out.iterdir())]
    assert [document["name"] for document in documents] == [source.name for source in sources]
    assert {document["state"] for document in documents} == {"completed"}


def test_one_bad_file_among_good_ones_is_told_and_the_others_are_analysed(environment, speech_file, tmp_path):
    text = tmp_path / "notes.wav"
    text.write_text("this is no audio")
    done = analyze(environment, text, speech_file("good.wav", 5), tmp_path / "missing.wav", "--json=-")
    assert done.returncode == 1
    states = {document["name"]: document["state"] for document in map(json.loads, done.stdout.splitlines())}
    assert states == {"notes.wav": "failed", "good.wav": "completed"}
    assert "missing.wav: No such file or directory" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_missing_model_is_told_with_its_cure(environment, speech_file, tmp_path):
    done = analyze({**environment, "SONICLAYER_MODELS_DIR": str(tmp_path)}, speech_file("x.wav", 4))
    assert done.returncode == 1
    assert "soniclayer models fetch whisper-tiny.en" in done.stderr


def test_an_unknown_persona_and_a_missing_folder_are_wrong_usage(environment, speech_file):
    source = speech_file("x.wav", 4)
    assert analyze(environment, source, "--personas=nobody").returncode == 2
    assert analyze(environment, source, "--json=/no/such/folder/x.json").returncode == 2
    assert analyze(environment).returncode == 2


def test_wrong_languages_and_models_are_refused_before_older_results_are_touched(environment, speech_file):
    source = speech_file("x.wav", 5)
    assert analyze(environment, source).returncode == 0
    before = results_of(store_of(environment))
    for wrong in ("--language=de", "--language=EN", "--model=minilm", "--model=../x"):
        assert analyze(environment, source, wrong).returncode in {1, 2}
    assert results_of(store_of(environment)) == before


def test_an_export_without_any_result_leaves_the_older_file_alone(environment, tmp_path):
    out = tmp_path / "out.json"
    out.write_text('{"good": 1}')
    assert analyze(environment, tmp_path / "missing.wav", "--json", out).returncode == 1
    assert out.read_text() == '{"good": 1}'


def test_devices_are_refused_and_names_that_are_no_utf_8_are_fine(environment, speech_file, tmp_path):
    odd = os.fsencode(tmp_path) + b"/x\xff.wav"
    os.rename(speech_file("x.wav", 5), odd)  # noqa: PTH104 - a name of bytes
    arguments = [*command("--json=-", "/dev/zero"), odd]
    done = subprocess.run(arguments, env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert "/dev/zero: a device" in done.stderr
    assert json.loads(done.stdout)["state"] == "completed"


def windows_in(environment):
    return [name for name in store_of(environment).list("") if name.endswith("transcript.json")]


def until(condition, seconds=60.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "did not happen in time"
        time.sleep(0.02)  # looking, not waiting


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_analysis_says_so_and_goes_on_where_it_stopped(environment, long_speech, number):
    process = subprocess.Popen(command(long_speech), env=environment, stderr=subprocess.PIPE, text=True)
    until(lambda: windows_in(environment))
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "same command" in said
    kept = {name: store_of(environment).read(name) for name in windows_in(environment)}
    assert analyze(environment, long_speech).returncode == 0
    assert {name: store_of(environment).read(name) for name in kept} == kept


@pytest.fixture(scope="module")
def undisturbed(models, long_speech, tmp_path_factory):
    folder = tmp_path_factory.mktemp("undisturbed")
    environment = {
        **os.environ,
        "SONICLAYER_MODELS_DIR": str(models),
        "SONICLAYER_UPLOADS_DIR": str(folder),
        "SONICLAYER_WHISPER_MODEL": "whisper-tiny.en",
        "PYTHONPATH": str(ROOT),
    }
    assert analyze(environment, long_speech).returncode == 0
    return results_of(LocalStore(folder))


def children_of(pid):
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    return (
        [int(child) for thread in Path(f"/proc/{pid}/task").glob("*/children") for child in thread.read_text().split()]
        if listed.exists()
        else []
    )


@pytest.mark.parametrize("victims", ["child", "parent", "both"])
@pytest.mark.parametrize("seed", [1, 2])
def test_killed_at_any_moment_and_started_again_the_result_is_the_same(
    environment, long_speech, undisturbed, victims, seed
):
    chance = random.Random(f"{victims}{seed}")
    process = subprocess.Popen(command(long_speech), env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    until(lambda: children_of(process.pid))
    time.sleep(chance.uniform(0, 4))  # a random moment is the point
    targets = children_of(process.pid)
    if victims != "child":
        process.kill()
    if victims != "parent" and targets:
        kill(chance.choice(targets))
    process.communicate(timeout=120)
    kept = {name: inode(environment, name) for name in windows_in(environment)}
    assert analyze(environment, long_speech).returncode == 0
    assert results_of(store_of(environment)) == undisturbed
    assert {name: inode(environment, name) for name in kept} == kept, "what was done is not done again"


def kill(pid):
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def inode(environment, name):
    return (Path(environment["SONICLAYER_UPLOADS_DIR"]) / name).stat().st_ino


def test_a_full_disk_is_a_clear_error_and_the_analysis_goes_on_when_there_is_space(
    environment, long_speech, undisturbed, small_disk
):
    environment = {**environment, "SONICLAYER_UPLOADS_DIR": str(small_disk / "store")}
    subprocess.run(["mount", "-o", "remount,size=3500k", small_disk], check=True)
    full = analyze(environment, long_speech)
    assert full.returncode == 1
    assert "No space left on device" in full.stderr
    assert "Traceback" not in full.stderr
    subprocess.run(["mount", "-o", "remount,size=64m", small_disk], check=True)
    assert analyze(environment, long_speech).returncode == 0
    assert results_of(store_of(environment)) == undisturbed


def test_it_works_from_a_read_only_checkout(environment, speech_file, read_only_checkout):
    done = analyze({**environment, "PYTHONPATH": str(read_only_checkout)}, speech_file("x.wav", 5), cwd="/")
    assert done.returncode == 0, done.stderr
