"""The commands of docs/api.md work, one after the other, as they stand."""

from __future__ import annotations

import os
import re
import subprocess

import pytest
from samples import ROOT

from soniclayer.web.openapi.document import OPERATIONS
from soniclayer.web.problems import KINDS

PAGE = (ROOT / "docs" / "api.md").read_text()
COMMANDS = re.findall(r"^\$ (.+)$", PAGE, re.MULTILINE)
CURLRC = "silent\nshow-error\nfail-with-body\nmax-time = 20\n"


def test_commands_of_the_page_work(backend, tmp_path):
    (tmp_path / ".curlrc").write_text(CURLRC)
    (tmp_path / "broadcast.flac").write_bytes(b"fLaC\x00\x00\x00\x22 the page" + bytes(2000))
    environment = {**os.environ, "CURL_HOME": str(tmp_path), "URL": backend.service.url, "KEY": backend.service.key}
    for command in COMMANDS[1:]:
        done = subprocess.run(
            ["bash", "-c", f"{command} && env -0 > env"],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, (command, done.stdout, done.stderr)
        variables = (tmp_path / "env").read_bytes().decode().rstrip("\0").split("\0")
        environment = dict(variable.partition("=")[::2] for variable in variables)
        if "sha256sum" in command:
            backend.worker.finish(environment["ID"])
    assert (tmp_path / "broadcast.csv").read_text().startswith("audio_id,name,segment_id")
    assert (tmp_path / "beginning.flac").read_bytes() == (tmp_path / "broadcast.flac").read_bytes()[:1024]


def test_page_speaks_of_paths_and_codes_that_there_are():
    paths = {path.replace("{audio_id}", "{id}").replace("{form}", "srt") for _, path in OPERATIONS}
    spoken = set(re.findall(r"`(/[a-z/{}.-]+)`", PAGE))
    assert spoken <= paths
    codes = set(re.findall(r"\b[45]\d\d `([a-z_]+)`", PAGE))
    assert codes <= set(KINDS)


@pytest.mark.parametrize("noun", sorted({path.split("/")[1] for _, path in OPERATIONS}))
def test_page_tells_of_every_noun(noun):
    assert f"/{noun}" in PAGE
