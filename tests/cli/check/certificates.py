"""Certificates as people have them, made by openssl."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


@dataclass(frozen=True)
class Authority:
    """Signs certificates; who trusts `certificate` trusts them."""

    folder: Path

    @property
    def certificate(self) -> Path:
        return self.folder / "ca.pem"

    def sign(self, name: str, *, days: int) -> tuple[Path, Path]:
        """A certificate for a name, and its key. Below zero days it has expired."""
        key, request, certificate = (self.folder / f"{name}.{days}.{kind}" for kind in ("key", "csr", "pem"))
        names = self.folder / f"{name}.ext"
        names.write_text(f"subjectAltName=DNS:{name}\n")
        _openssl("req", "-new", *_KEY, "-keyout", key, "-out", request, "-subj", f"/CN={name}")
        signer = ("-CA", self.certificate, "-CAkey", self.folder / "ca.key", "-CAcreateserial")
        _openssl("x509", "-req", "-in", request, *signer, "-days", days, "-extfile", names, "-out", certificate)
        return certificate, key

    def self_signed(self, name: str) -> tuple[Path, Path]:
        """One that nobody vouches for."""
        key, certificate = self.folder / f"own.{name}.key", self.folder / f"own.{name}.pem"
        subject = ("-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}")
        _openssl("req", "-x509", *_KEY, "-keyout", key, "-out", certificate, "-days", 300, *subject)
        return certificate, key


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    folder = tmp_path_factory.mktemp("authority")
    made = Authority(folder)
    subject = ("-subj", "/CN=Test CA", "-addext", "keyUsage=critical,keyCertSign")
    _openssl("req", "-x509", *_KEY, "-keyout", folder / "ca.key", "-out", made.certificate, "-days", 300, *subject)
    return made


def _openssl(*words) -> None:
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)
