"""The backend serves the dashboard itself, for who runs it without nginx."""

from __future__ import annotations

import mimetypes
import shutil

import pytest

from soniclayer.web import dashboard

FILES = sorted(path.relative_to(dashboard.FOLDER).as_posix() for path in dashboard.FOLDER.rglob("*") if path.is_file())


@pytest.fixture
def browser(open_client):
    """A client without a key."""
    return open_client()


def test_slash_is_the_dashboard(browser):
    answer = browser.get("/")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.content == (dashboard.FOLDER / "index.html").read_bytes()


@pytest.mark.parametrize("name", FILES)
def test_every_file_of_the_dashboard_is_served_as_what_it_is(browser, name):
    answer = browser.get(f"/{name}")
    assert answer.status_code == 200
    assert answer.content == (dashboard.FOLDER / name).read_bytes()
    expected = {".js": "text/javascript", ".md": "text/plain", "": "text/plain"}
    suffix = (dashboard.FOLDER / name).suffix
    known = expected.get(suffix) or mimetypes.guess_type(name)[0]
    assert answer.headers["Content-Type"].removesuffix("; charset=utf-8") == known


def test_its_files_come_with_the_policy_and_never_in_another_sites_frame(browser):
    for path in ("/", "/js/main.js", "/css/base.css", "/icon.svg"):
        headers = browser.get(path).headers
        assert headers["Content-Security-Policy"] == dashboard.POLICY
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
    assert "unsafe" not in dashboard.POLICY
    assert "frame-ancestors 'none'" in dashboard.POLICY


def test_an_upgrade_is_seen_at_once(browser, monkeypatch, tmp_path):
    release = shutil.copytree(dashboard.FOLDER, tmp_path / "dashboard")
    monkeypatch.setattr(dashboard, "FOLDER", release)
    first = browser.get("/js/main.js")
    assert first.headers["Cache-Control"] == "no-cache"
    seen = {"If-None-Match": first.headers["ETag"]}
    unchanged = browser.get("/js/main.js", headers=seen)
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert unchanged.headers["ETag"] == first.headers["ETag"]
    (release / "js" / "main.js").write_text("// newer\n")
    again = browser.get("/js/main.js", headers=seen)
    assert (again.status_code, again.text) == (200, "// newer\n")


def test_head_tells_as_much_as_get(browser):
    got, headed = browser.get("/js/main.js"), browser.head("/js/main.js")
    assert headed.status_code == 200
    for name in ("Content-Type", "Content-Length", "ETag", "Content-Security-Policy"):
        assert headed.headers[name] == got.headers[name]


@pytest.mark.parametrize(
    "path",
    [
        "/js",
        "/js/",
        "/js//main.js",
        "/js/missing.js",
        "/..%2findex.html",
        "/%2e%2e/__init__.py",
        "/js/%2e%2e/%2e%2e/main.py",
        "/js/main.js%00",
        "/js/main.js/",
        "/.git/config",
        f"/{'a' * 5000}.js",
        f"{'/a' * 100}.js",
        "/api",
        "/api/",
        "/api/index.html",
        "/api/js/main.js",
    ],
)
def test_what_is_no_file_of_the_dashboard_stays_a_problem(browser, path):
    answer = browser.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_other_methods_are_refused(browser):
    answer = browser.post("/index.html")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD")


def test_its_files_are_neither_counted_nor_in_the_log(open_client, caplog):
    caplog.set_level("INFO")
    browser = open_client(requests_per_second=1, requests_burst=1)
    answers = [browser.get(path) for path in ("/", "/js/main.js", "/css/base.css") * 3]
    assert {answer.status_code for answer in answers} == {200}
    assert "RateLimit" not in answers[0].headers
    assert [record for record in caplog.records if record.name == "soniclayer.access"] == []


def test_all_its_files_are_one_route_in_the_metrics(browser, key_of):
    for path in ("/", "/js/main.js", "/css/base.css"):
        browser.get(path)
    counted = browser.get("/metrics", headers={"X-API-Key": key_of["admin"]}).text
    assert 'route="(dashboard)"' in counted
    assert "main.js" not in counted
