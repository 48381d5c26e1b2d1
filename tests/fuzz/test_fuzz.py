"""The fuzzer in its short form, and that it finds what it looks for."""

from __future__ import annotations

import itertools
import json
import os

import pytest
from fuzz.__main__ import main
from fuzz.hunt import cases
from fuzz.mutate import _seal_pages
from fuzz.recordings import recordings
from samples import ROOT

from soniclayer.engines.audio import probe
from soniclayer.engines.container import CODECS, FORMATS

BAD_SERVERS = {
    "crash": ("os.abort()", "engine_crashed"),
    "gap": (
        "yield 'plan', Plan(1, 1.0, 'wav', 'x', 1, 1, None, None, None, (), None), b''",
        "the windows do not tile the 1.0 s",
    ),
    "riddle": ("raise InputError('two\\nlines', code='no_audio')", "no line for people"),
    "babble": ("yield 'plan', 1, b''", "StoreError: damaged Plan"),
}


def run(tmp_path, count, seed, server="soniclayer.engines.server"):
    """Exit code, the JSON, and the folder of kept files."""
    keep, out = tmp_path / "keep", tmp_path / "out.json"
    code = main([f"--cases={count}", f"--seed={seed}", f"--keep={keep}", f"--json={out}"], server)
    return code, json.loads(out.read_text()), keep


def test_fifty_broken_files_of_every_kind_keep_every_promise(tmp_path):
    code, told, keep = run(tmp_path, 50, seed=7)
    assert (code, told["failures"], keep.exists()) == (0, [], False)
    assert told["files"] == sum(sum(outcomes.values()) for outcomes in told["outcomes"].values()) == 50
    assert set(told["outcomes"]) == set(recordings())
    assert 50 * 2**20 < told["peak_memory_bytes"] < 700 * 2**20


@pytest.mark.parametrize("how", BAD_SERVERS)
def test_an_engine_that_breaks_a_promise_is_found_and_the_file_kept(tmp_path, monkeypatch, how):
    deed, fault = BAD_SERVERS[how]
    (tmp_path / "bad_server.py").write_text(
        "import os\nfrom soniclayer.domain.window import Plan\nfrom soniclayer.engines import server\n"
        "from soniclayer.errors import InputError\n"
        "class Bad(server.Engines):\n    def run(self, request):\n        yield 'progress', None, b''\n"
        f"        {deed}\n"
        "server.Engines = Bad\nserver.main()\n"
    )
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(map(str, [tmp_path, ROOT])))
    code, told, keep = run(tmp_path, 1, seed=7, server="bad_server")
    assert code == 1
    (failure,) = told["failures"]
    assert fault in failure["fault"]
    (kept,) = keep.iterdir()
    assert kept.read_bytes() == next(cases(1, 7)).content
    assert failure["again"].endswith(f"--file {kept}")


def test_a_case_depends_on_seed_and_number_alone():
    first = [case.content for case in cases(40, 1)]
    assert [case.content for case in itertools.islice(cases(60, 1), 40)] == first
    assert [case.content for case in cases(40, 2)] != first


def test_every_accepted_container_and_kind_of_codec_is_among_the_recordings(tmp_path):
    containers, codecs = set(), set()
    for content in recordings().values():
        (tmp_path / "x").write_bytes(content)
        facts = probe(tmp_path / "x")
        containers |= set(facts.container.split(","))
        codecs.add(facts.codec)
    assert set(FORMATS) <= containers
    assert {codec for codec in CODECS if not codec.startswith(("pcm", "lib")) and not codec.endswith("float")} <= codecs


def test_healthy_pages_have_their_check_sums_already():
    for kind, content in recordings().items():
        if kind.startswith("ogg"):
            sealed = bytearray(content)
            _seal_pages(sealed)
            assert sealed == content
