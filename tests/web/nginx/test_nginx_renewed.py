"""What certbot calls when it has a certificate: nginx takes it, and keeps what it has when something is wrong."""

from __future__ import annotations

import os
import ssl
import subprocess

import pytest
from nginx_site import DEPLOYED, TOOL_PATH, make_certificate, nginx_or_skip
from service import wait_until


@pytest.fixture
def lineage(tmp_path):
    """Where certbot keeps a certificate."""
    folder = tmp_path / "live"
    folder.mkdir()
    make_certificate(folder)
    return folder


@pytest.fixture
def renew(tmp_path, lineage):
    """Calls the hook for a site; `nginx` and `systemctl` are those of that site."""

    def call(site):
        tools = tmp_path / "tools"
        tools.mkdir()
        for name, line in {
            "nginx": f'exec {nginx_or_skip()} -c {site.folder}/nginx.conf "$@"',
            "systemctl": f'test "$*" = "reload nginx" && kill -HUP $(cat {site.folder}/nginx.pid)',
        }.items():
            (tools / name).write_text(f"#!/bin/sh\n{line}\n")
            (tools / name).chmod(0o755)
        environment = {**os.environ, "RENEWED_LINEAGE": str(lineage), "PATH": f"{tools}:{TOOL_PATH}"}
        command = [DEPLOYED / "renewed.sh", site.root]
        return subprocess.run(command, check=False, capture_output=True, text=True, env=environment)

    return call


def served(site):
    return ssl.get_server_certificate(("127.0.0.1", site.https), timeout=10)


def test_renewed_certificate_is_served(own_site, lineage, renew):
    site = own_site()
    done = renew(site)
    assert done.returncode == 0, done.stderr
    renewed = (lineage / "fullchain.pem").read_text()
    wait_until(lambda: served(site) == renewed, 30, site.told)  # for a moment both nginx, old and new, take connections
    tls = site.root / "config/tls"
    assert {path.name: oct(path.stat().st_mode & 0o777) for path in tls.iterdir()} == {
        "fullchain.pem": "0o600",
        "privkey.pem": "0o600",
    }


def test_installer_does_not_take_a_renewed_certificate_for_its_own(own_site, renew):
    site = own_site()
    (site.root / "config/installer").mkdir()
    (site.root / "config/installer/certificate").write_text("DNS:studio\n")
    assert renew(site).returncode == 0
    assert not (site.root / "config/installer/certificate").exists()


def test_key_of_another_certificate_changes_nothing(own_site, lineage, renew, tmp_path):
    site = own_site()
    other = tmp_path / "other"
    other.mkdir()
    make_certificate(other)
    (other / "privkey.pem").replace(lineage / "privkey.pem")
    before = site.certificate.read_text()
    done = renew(site)
    assert done.returncode == 1
    assert "nothing was changed" in done.stderr
    assert site.certificate.read_text() == before
