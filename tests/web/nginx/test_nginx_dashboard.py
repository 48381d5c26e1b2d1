"""The dashboard's files as nginx sends them: the same as the backend does."""

from __future__ import annotations

import os
import shutil

import pytest
from nginx_site import DASHBOARD

from soniclayer.web.dashboard import MEDIA_TYPES, POLICY

FILES = sorted(path.relative_to(DASHBOARD).as_posix() for path in DASHBOARD.rglob("*") if path.is_file())


def test_slash_is_the_dashboard(behind):
    answer = behind.get("/")
    assert (answer.status_code, answer.content) == (200, (DASHBOARD / "index.html").read_bytes())
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize("name", FILES)
def test_every_file_is_sent_as_the_backend_would(behind, name):
    answer = behind.get(f"/{name}")
    assert (answer.status_code, answer.content) == (200, (DASHBOARD / name).read_bytes())
    assert answer.headers["Content-Type"].removesuffix("; charset=utf-8") == MEDIA_TYPES[(DASHBOARD / name).suffix]
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert answer.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("name", ["js/main.js", "js/texts.js", "css/base.css", "index.html"])
def test_text_is_utf_8(behind, name):
    assert behind.get(f"/{name}").headers["Content-Type"].endswith("; charset=utf-8")


@pytest.mark.parametrize("name", ["js/texts.js", "css/base.css", "vendor/wavesurfer/wavesurfer.esm.js"])
def test_what_is_large_comes_compressed(behind, name):
    answer = behind.get(f"/{name}")
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Vary"] == "Accept-Encoding"


def test_a_browser_is_told_when_what_it_has_is_still_right(behind):
    for path in ("/", "/js/main.js", "/js/texts.js"):
        first = behind.get(path)
        again = behind.get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b""), path


def test_an_upgrade_is_seen_at_once(own_site):
    site = own_site()
    visitor, current = site.visitor(), site.root / "current"
    before = visitor.get(f"{site.url}/js/main.js", timeout=10)
    newer = site.root / "newer"
    shutil.copytree(current, newer)
    (newer / "dashboard/js/main.js").write_text("// newer\n")
    current.rename(site.root / "older")
    current.symlink_to("newer")
    seen = {"If-None-Match": before.headers["ETag"]}
    after = visitor.get(f"{site.url}/js/main.js", headers=seen, timeout=10)
    assert (after.status_code, after.text) == (200, "// newer\n")


@pytest.mark.parametrize(
    "path",
    [
        "/js/",
        "/recordings/abc",
        "/js/missing.js",
        "/js/..%2f..%2fconfig/tls/privkey.pem",
        "/../config/tls/privkey.pem",
        "/%2e%2e/config/backend.env",
        "/.git/config",
        "/js//..//..//..//etc/passwd",
    ],
)
def test_what_is_no_file_of_it_is_a_problem(behind, path):
    status, body = behind.site.exactly(path)
    assert status in {400, 404}
    assert status == 400 or b'"code": "not_found"' in body
    assert b"PRIVATE KEY" not in body


def test_its_files_are_not_counted(behind):
    answers = [behind.get("/js/main.js").status_code for _ in range(60)]
    assert answers == [200] * 60
    assert behind.get("/api/health/live").status_code == 200


def test_a_release_that_has_no_dashboard_says_that_there_is_nothing(own_site):
    site = own_site()
    shutil.rmtree(site.root / "current/dashboard")
    for path in ("/", "/js/main.js"):
        answer = site.visitor().get(f"{site.url}{path}", timeout=10)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.skipif(os.geteuid() != 0, reason="nginx would be the same user")
def test_nginx_reads_it_as_another_user_through_the_link_of_a_release(own_site):
    site = own_site()
    packages = site.root / "current/venv/lib/python3.11/site-packages/soniclayer"
    packages.mkdir(parents=True)
    (site.root / "current/dashboard").rename(packages / "dashboard")
    (site.root / "current/dashboard").symlink_to("venv/lib/python3.11/site-packages/soniclayer/dashboard")
    assert site.visitor().get(f"{site.url}/css/base.css", timeout=10).status_code == 200
