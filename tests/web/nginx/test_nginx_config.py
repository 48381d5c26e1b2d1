"""The rendered site as a configuration: every nginx takes it, and who looks for holes in it finds none."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from nginx_site import DEPLOYED, TOOL_PATH, render


@pytest.fixture
def nginx_that_says(tmp_path):
    """Makes a PATH on which nginx is of this version."""

    def make(version, openssl):
        nginx = tmp_path / "nginx"
        nginx.write_text(f"#!/bin/sh\necho 'nginx version: nginx/{version}\nbuilt with OpenSSL {openssl}' >&2\n")
        nginx.chmod(0o755)
        return f"{tmp_path}:{TOOL_PATH}"

    return make


@pytest.mark.parametrize("domain", ["audio.example.org", f"{'a' * 47}", f"{'long.' * 45}example.org"])
def test_nginx_takes_the_site_without_a_warning(own_site, domain):
    said = own_site(started=False, domain=domain).test().splitlines()
    assert [line.partition("nginx.conf")[2] for line in said] == [" syntax is ok", " test is successful"]


def test_gixy_finds_nothing(tmp_path):
    (tmp_path / "site.conf").write_text(render("audio.example.org", 2**30, "/opt/soniclayer"))
    done = subprocess.run(
        [sys.executable, "-m", "gixy", "--format", "json", tmp_path / "site.conf"],
        check=False,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stdout + done.stderr


def test_rendered_site_has_no_gap_and_says_what_it_was_told():
    site = render("audio.example.org", 12345, "/srv/soniclayer")
    assert not re.search("@[A-Z0-9_]+@", site)
    assert site.count("server_name audio.example.org;") == 2
    assert "client_max_body_size 12345;" in site
    assert "alias /srv/soniclayer/uploads/;" in site


@pytest.mark.parametrize("version", ["1.18.0", "1.22.1", "1.24.0"])
def test_http2_is_a_word_of_listen_before_1_25_1(nginx_that_says, version):
    site = render("a.example", 1, "/opt/soniclayer", nginx_that_says(version, "3.0.2"))
    assert "listen 443 ssl http2;" in site
    assert "http2 on;" not in site
    assert "ssl_ecdh_curve X25519:prime256v1:secp384r1;" in site


@pytest.mark.parametrize("version", ["1.25.1", "1.26.3"])
def test_http2_is_a_directive_since_1_25_1(nginx_that_says, version):
    site = render("a.example", 1, "/opt/soniclayer", nginx_that_says(version, "3.5.1"))
    assert "listen 443 ssl;" in site
    assert "    http2 on;" in site
    assert "ssl_ecdh_curve X25519MLKEM768:X25519:" in site


@pytest.mark.parametrize(
    ("domain", "max_upload_bytes", "root"),
    [
        ("a.example; return 200", "1", "/opt/soniclayer"),
        ("", "1", "/opt/soniclayer"),
        ("a.example", "1g", "/opt/soniclayer"),
        ("a.example", "1", "relative"),
        ("a.example", "1", "/opt/$x"),
    ],
)
def test_values_that_would_break_the_site_are_refused(domain, max_upload_bytes, root):
    done = subprocess.run(
        [DEPLOYED / "render.sh", domain, max_upload_bytes, root], check=False, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "need" in done.stderr
