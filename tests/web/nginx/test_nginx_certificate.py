"""Until when the certificate is good that nginx shows, as the backend finds it out for /metrics."""

from __future__ import annotations

import subprocess
from datetime import datetime, timedelta, timezone

import pytest

from soniclayer.web import certificate
from soniclayer.web.certificate import Certificate, expiry_of


def sign(folder, *options):
    """A certificate that is signed with these options, and until when it is good by openssl's own account."""
    words = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    words += ["-subj", "/CN=audio.example.org", "-keyout", folder / "privkey.pem", "-out", folder / "fullchain.pem"]
    subprocess.run([*words, *options], check=True, capture_output=True)
    return told_expiry(folder / "fullchain.pem")


def told_expiry(path):
    told = subprocess.run(
        ["openssl", "x509", "-noout", "-enddate", "-in", path], check=True, capture_output=True, text=True
    ).stdout
    moment = datetime.strptime(told.strip(), "notAfter=%b %d %H:%M:%S %Y %Z").replace(tzinfo=timezone.utc)
    return moment.timestamp()


@pytest.mark.parametrize("days", [1, 90, 825, 40_000])
def test_the_expiry_is_what_openssl_says(tmp_path, days):
    told = sign(tmp_path, "-days", str(days))
    der = subprocess.run(
        ["openssl", "x509", "-outform", "DER", "-in", tmp_path / "fullchain.pem"], check=True, capture_output=True
    ).stdout
    assert expiry_of(der) == told
    wanted = datetime.now(timezone.utc) + timedelta(days=days)
    assert abs(told - wanted.timestamp()) < 600
    for end in range(0, 150, 7):
        with pytest.raises(ValueError, match=r"."):
            expiry_of(der[:end])


def test_nginx_is_asked_for_what_it_serves_not_for_what_lies_in_its_folder(own_site, monkeypatch):
    site = own_site()
    served = told_expiry(site.certificate)
    asking = Certificate(site.folder / "site.conf")
    assert asking.expires_at() == served
    sign(site.certificate.parent, "-days", "3")
    monkeypatch.setattr(certificate, "ASK_AGAIN_S", -1.0)
    assert asking.expires_at() == served


def test_an_nginx_that_has_gone_is_not_known(own_site, monkeypatch):
    site = own_site()
    asking = Certificate(site.folder / "site.conf")
    assert asking.expires_at() is not None
    site.end()
    assert asking.expires_at() is not None  # it is not asked at every scrape
    monkeypatch.setattr(certificate, "ASK_AGAIN_S", -1.0)
    assert asking.expires_at() is None


@pytest.mark.parametrize("domain", ["audio.example.org", f"{'a' * 40}.{'b' * 20}.example.org"])
def test_the_site_of_one_name_among_others_is_asked_for_by_that_name(own_site, tmp_path, domain):
    other = tmp_path / "other"
    other.mkdir()
    told_of_another = sign(other, "-days", "9")
    site = own_site(started=False, domain=domain)
    with (site.folder / "site.conf").open("r+") as conf:
        ours = conf.read()
        conf.seek(0)
        conf.write(
            f"server {{ listen 127.0.0.1:{site.https} ssl; server_name other.example.org;"
            f" ssl_certificate {other}/fullchain.pem; ssl_certificate_key {other}/privkey.pem; }}\n{ours}"
        )
    (site.folder / "ours.conf").write_text(ours)
    site.start()
    try:
        found = Certificate(site.folder / "ours.conf").expires_at()
    finally:
        site.end()
    assert found == told_expiry(site.certificate) != told_of_another


def test_without_a_site_nothing_is_known(tmp_path):
    assert Certificate(tmp_path / "soniclayer.conf").expires_at() is None
    (tmp_path / "soniclayer.conf").write_text("server { listen 80; server_name audio.example.org; }")
    assert Certificate(tmp_path / "soniclayer.conf").expires_at() is None
