from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading

import pytest

from soniclayer.errors import ModelError
from soniclayer.models.catalogue import Model
from soniclayer.models.condition import State, find_condition
from soniclayer.models.fetch import Fetcher
from soniclayer.models.progress import LineProgress

WEIGHTS = bytes(range(256)) * 4096  # 1 MiB
KEPT_BYTES = 10 * 65_536  # the whole chunks of the 700,000 bytes that come before the cut


def fetcher(models_dir, hub, **options):
    return Fetcher(models_dir, LineProgress(), {"HF_ENDPOINT": hub.endpoint}, **options)


def ranges(hub):
    return [asked for _, asked in hub.asked]


def test_fetched_model_has_the_bytes_of_the_hub(tmp_path, hub, small_model):
    model = small_model(hub, model_bin=WEIGHTS, config_json=b"{}")
    assert fetcher(tmp_path, hub).fetch(model)
    assert (tmp_path / "small" / "model.bin").read_bytes() == WEIGHTS
    assert (tmp_path / "small" / "config.json").read_bytes() == b"{}"


def test_nothing_but_the_model_and_its_lock_is_left(tmp_path, hub, small_model):
    fetcher(tmp_path, hub).fetch(small_model(hub, model_bin=WEIGHTS))
    assert sorted(path.name for path in tmp_path.iterdir()) == [".small.lock", "small"]
    assert sorted(path.name for path in (tmp_path / "small").iterdir()) == ["fetched.json", "model.bin"]


def test_ready_model_is_not_fetched_again(tmp_path, hub, small_model):
    model = small_model(hub, model_bin=WEIGHTS)
    fetcher(tmp_path, hub).fetch(model)
    assert not fetcher(tmp_path, hub).fetch(model)
    assert hub.times_asked["model.bin"] == 1


def test_download_that_breaks_off_continues_at_the_byte(tmp_path, hub, small_model):
    model = small_model(hub, model_bin=WEIGHTS)
    hub.cuts = [700_000]
    assert fetcher(tmp_path, hub).fetch(model)
    assert ranges(hub) == [None, f"bytes={KEPT_BYTES}-"]


def test_next_fetch_continues_what_the_last_one_left(tmp_path, hub, small_model):
    model = small_model(hub, model_bin=WEIGHTS)
    hub.cuts = [700_000, 0]
    with pytest.raises(ModelError, match="the connection broke"):
        fetcher(tmp_path, hub).fetch(model)
    assert fetcher(tmp_path, hub).fetch(model)
    assert ranges(hub)[-1] == f"bytes={KEPT_BYTES}-"


def test_hub_that_ignores_ranges_is_read_from_the_start(tmp_path, hub, small_model):
    model = small_model(hub, model_bin=WEIGHTS)
    hub.cuts, hub.answers_range = [700_000], False
    assert fetcher(tmp_path, hub).fetch(model)
    assert (tmp_path / "small" / "model.bin").read_bytes() == WEIGHTS


def test_beginning_that_does_not_fit_is_fetched_anew(tmp_path, hub, small_model):
    model = small_model(hub, model_bin=WEIGHTS)
    (tmp_path / ".small.partial").mkdir()
    (tmp_path / ".small.partial" / "model.bin.hub.part").write_bytes(b"x" * 1000)
    assert fetcher(tmp_path, hub).fetch(model)
    assert ranges(hub) == ["bytes=1000-", None]


def test_verified_files_of_an_interrupted_fetch_are_kept(tmp_path, hub, small_model):
    model = small_model(hub, config_json=b"{}", model_bin=WEIGHTS)
    hub.cuts = [2, 0]
    with pytest.raises(ModelError):
        fetcher(tmp_path, hub).fetch(model)
    fetcher(tmp_path, hub).fetch(model)
    assert hub.times_asked["config.json"] == 1


def test_wrong_bytes_are_refused_with_both_hashes(tmp_path, hub, small_model):
    model = small_model(hub, model_bin=b"right")
    hub.files = dict.fromkeys(hub.files, b"wrong")
    with pytest.raises(ModelError, match="got SHA-256") as caught:
        fetcher(tmp_path, hub).fetch(model)
    assert f"expected {model.files[0].sha256}" in str(caught.value)
    assert not (tmp_path / "small").exists()


def test_hub_that_sends_more_than_expected_is_cut_short(tmp_path, hub, small_model):
    model = small_model(hub, model_bin=b"right")
    hub.files = dict.fromkeys(hub.files, b"right" + bytes(3 << 20))
    with pytest.raises(ModelError, match="more than the expected 5 bytes"):
        fetcher(tmp_path, hub).fetch(model)


def test_file_the_hub_has_not_is_told_with_its_answer(tmp_path, hub, small_model):
    model = small_model(hub, model_bin=b"right")
    hub.files.clear()
    with pytest.raises(ModelError, match=r"no source for model\.bin: hub somebody/small: it answered 404"):
        fetcher(tmp_path, hub).fetch(model)


def test_offline_setting_keeps_the_hub_unasked(tmp_path, hub, small_model):
    model = small_model(hub, model_bin=b"right")
    environment = {"HF_ENDPOINT": hub.endpoint, "HF_HUB_OFFLINE": "1"}
    with pytest.raises(ModelError, match="HF_HUB_OFFLINE is set"):
        Fetcher(tmp_path, LineProgress(), environment).fetch(model)
    assert not hub.asked


def test_hub_out_of_reach_is_named(tmp_path, hub, small_model):
    model = small_model(hub, model_bin=b"right")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nobody = f"127.0.0.1:{closed.getsockname()[1]}"
        with pytest.raises(ModelError, match=f"cannot reach {nobody}"):
            Fetcher(tmp_path, LineProgress(), {"HF_ENDPOINT": f"http://{nobody}"}).fetch(model)


def test_two_fetches_at_once_download_each_file_once(tmp_path, hub, small_model):
    model = small_model(hub, model_bin=WEIGHTS, config_json=b"{}")
    results, start = [], threading.Barrier(2)

    def run() -> None:
        start.wait()
        results.append(fetcher(tmp_path, hub).fetch(model))

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [False, True]
    assert hub.times_asked == {"model.bin": 1, "config.json": 1}


def test_fetch_killed_half_way_shows_no_model_and_continues(tmp_path, hub, small_model, wait_until):
    model = small_model(hub, model_bin=WEIGHTS)
    hub.cuts, hub.hold = [700_000], True
    (tmp_path / "model.json").write_text(model.model_dump_json(), encoding="utf-8")
    child = subprocess.Popen([sys.executable, "-c", FETCH, str(tmp_path), hub.endpoint], env=environment())
    part = tmp_path / ".small.partial" / "model.bin.hub.part"
    wait_until(lambda: part.exists() and part.stat().st_size == KEPT_BYTES)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    hub.stop.set()
    assert not (tmp_path / "small").exists()
    assert find_condition(model, tmp_path, hashed=True).state is State.PARTIAL
    assert fetcher(tmp_path, hub).fetch(model)
    assert ranges(hub)[-1] == f"bytes={KEPT_BYTES}-"


def test_full_disk_is_one_clear_line_and_the_next_fetch_goes_on(tmp_path, hub, small_model):
    model = small_model(hub, config_json=b"{}", model_bin=WEIGHTS)
    (tmp_path / "model.json").write_text(model.model_dump_json(), encoding="utf-8")
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, 500_000))\n"
    command = [sys.executable, "-c", limit + FETCH, str(tmp_path), hub.endpoint]
    failed = subprocess.run(command, capture_output=True, text=True, check=False, env=environment())
    assert failed.returncode == 1
    assert f"no space left in {tmp_path} (small takes 1.05 MB" in failed.stdout
    assert "Traceback" not in failed.stderr
    assert fetcher(tmp_path, hub).fetch(model)
    assert hub.times_asked["config.json"] == 1


def unpinned(hub, content):
    hub.files["/somebody/small/resolve/main/model.bin"] = content
    source = {"kind": "hub", "repo": "somebody/small", "revision": "main"}
    return Model.model_validate(
        {
            "name": "small",
            "purpose": "p",
            "licence": "MIT",
            "files": [{"name": "model.bin"}],
            "sources": [source],
        }
    )


def test_file_without_a_known_hash_is_refused(tmp_path, hub):
    with pytest.raises(ModelError, match=r"no hash is known of model\.bin: with --record"):
        fetcher(tmp_path, hub).fetch(unpinned(hub, b"today"))
    assert not hub.asked


def test_recorded_file_is_checked_from_then_on(tmp_path, hub):
    model = unpinned(hub, b"today")
    assert fetcher(tmp_path, hub, record=True).fetch(model)
    (tmp_path / "small" / "model.bin").write_bytes(b"later")
    assert find_condition(model, tmp_path, hashed=True).state is State.DAMAGED
    hub.files = dict.fromkeys(hub.files, b"other")
    with pytest.raises(ModelError, match="got SHA-256"):
        fetcher(tmp_path, hub, record=True).fetch(model)


FETCH = """
import pathlib, sys
from soniclayer.errors import ModelError
from soniclayer.models.catalogue import Model
from soniclayer.models.fetch import Fetcher
from soniclayer.models.progress import LineProgress
folder = pathlib.Path(sys.argv[1])
model = Model.model_validate_json((folder / "model.json").read_bytes())
try:
    Fetcher(folder, LineProgress(), {"HF_ENDPOINT": sys.argv[2]}).fetch(model)
except ModelError as error:
    print(error)
    sys.exit(1)
"""


def environment():
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
