"""The nginx site as an installer would render it, served by an nginx of the test's own on high ports."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import os
import pwd
import shutil
import socket
import ssl
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
import requests
from requests.adapters import HTTPAdapter
from samples import ROOT
from service import Service, free_port, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

DEPLOYED = ROOT / "deploy" / "nginx"
DASHBOARD = ROOT / "soniclayer" / "dashboard"
MAX_UPLOAD_BYTES = 40 * 2**20
WEB_USER = "www-data"
TOOL_PATH = f"{os.environ['PATH']}:/usr/sbin:/sbin"
UP_S = 20.0

NGINX_CONF = """\
{user}worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 512; }}
http {{
    include /etc/nginx/mime.types;
    default_type application/octet-stream;
    sendfile on;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""

_VISITORS = itertools.count(2)


def nginx_or_skip() -> str:
    """Where nginx is."""
    nginx = shutil.which("nginx", path=TOOL_PATH)
    if nginx is None:
        pytest.skip("no nginx: requirements/system-packages.sh installs it")
    return nginx


def render(domain: str, max_upload_bytes: object, root: object, path: str = TOOL_PATH) -> str:
    """The site as it would be installed."""
    command = [DEPLOYED / "render.sh", domain, str(max_upload_bytes), str(root)]
    return subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, "PATH": path}).stdout


@dataclass
class Site:
    """A folder that stands for /opt/soniclayer and what is around it; `http` and `https` are our ports."""

    folder: Path
    domain: str = "127.0.0.1"

    def __post_init__(self) -> None:
        self.nginx = nginx_or_skip()
        self.root = self.folder / "root"
        self.socket = self.folder / "backend.sock"
        self.acme = self.folder / "acme"
        self.http, self.https = free_port(), free_port()
        self.url = f"https://127.0.0.1:{self.https}"
        self.certificate = self.root / "config/tls/fullchain.pem"
        self._process: subprocess.Popen[bytes] | None = None

    def make(self, **replaced: str) -> None:
        """Lay everything out; `replaced` changes words of the site, so that a test need not wait: `"180s": "1s"`."""
        self.folder.chmod(0o755)
        (self.root / "config/tls").mkdir(parents=True)
        (self.root / "current").mkdir()
        shutil.copytree(DASHBOARD, self.root / "current/dashboard")
        (self.acme / ".well-known/acme-challenge").mkdir(parents=True)
        (self.acme / ".well-known/acme-challenge/token").write_text("token.thumbprint")
        make_certificate(self.root / "config/tls")
        site = self._at_home(render(self.domain, MAX_UPLOAD_BYTES, self.root))
        for old, new in replaced.items():
            assert old in site
            site = site.replace(old, new)
        (self.folder / "site.conf").write_text(site)
        user = f"user {WEB_USER};\n" if os.geteuid() == 0 else ""
        (self.folder / "nginx.conf").write_text(NGINX_CONF.format(folder=self.folder, user=user))

    def test(self) -> str:
        """What `nginx -t` says."""
        done = subprocess.run(
            [self.nginx, "-t", "-c", self.folder / "nginx.conf"], check=False, capture_output=True, text=True
        )
        return done.stderr

    def start(self) -> None:
        """Serve."""
        self._process = subprocess.Popen([self.nginx, "-c", self.folder / "nginx.conf"])
        wait_until(self._listens, UP_S, self.told)

    def end(self) -> None:
        """Stop."""
        if self._process:
            self._process.terminate()
            self._process.wait(timeout=UP_S)

    def visitor(self, **headers: str) -> requests.Session:
        """Somebody with an address of their own: limits count by address."""
        session = requests.Session()
        number = next(_VISITORS)
        session.mount("https://", FromAddress(f"127.0.{number // 250}.{number % 250 + 2}"))
        session.trust_env = False  # a REQUESTS_CA_BUNDLE would stand before the next line
        session.verify = str(self.certificate)
        session.headers.update(headers)
        return session

    def connect(self, address: str = "127.0.0.1") -> ssl.SSLSocket:
        """A connection from an address, for what no client library would send."""
        context = ssl.create_default_context(cafile=self.certificate)
        plain = socket.create_connection(("127.0.0.1", self.https), UP_S, source_address=(address, 0))
        return context.wrap_socket(plain, server_hostname="127.0.0.1")

    def exactly(self, path: str, **headers: str) -> tuple[int, bytes]:
        """Status and body of the answer to a path as it stands: client libraries make paths nicer."""
        context = ssl.create_default_context(cafile=self.certificate)
        connection = http.client.HTTPSConnection("127.0.0.1", self.https, context=context, timeout=UP_S)
        with contextlib.closing(connection):
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read()

    def told(self) -> str:
        """What nginx logged last."""
        return "\n".join(path.read_text(errors="replace")[-3000:] for path in sorted(self.folder.glob("*.log")))

    def waiting_bodies(self) -> int:
        """How many requests wait on disk until they are whole; their files have no name any more."""
        pid = self._process.pid if self._process else 0
        workers = [child for path in Path(f"/proc/{pid}/task").glob("*/children") for child in path.read_text().split()]
        links = [link for worker in workers for link in Path(f"/proc/{worker}/fd").iterdir()]
        return sum(str(self.folder / "body") in _leads_to(link) for link in links)

    def _at_home(self, site: str) -> str:
        """On our ports, with our folders."""
        home = {
            "listen 80;": f"listen 127.0.0.1:{self.http};",
            "listen 443": f"listen 127.0.0.1:{self.https}",
            "/var/log/nginx/": f"{self.folder}/",
            "/var/lib/soniclayer/acme": str(self.acme),
            "/run/soniclayer/backend.sock": str(self.socket),
        }
        lines = [line for line in site.splitlines() if "listen [::]" not in line]
        site = "\n".join(lines)
        for old, new in home.items():
            assert old in site
            site = site.replace(old, new)
        return f"{site}\n"

    def _listens(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.https), 1):
            return True
        return False


class FromAddress(HTTPAdapter):
    """Connects from an address of its own."""

    def __init__(self, address: str) -> None:
        self._address = address
        super().__init__()

    def init_poolmanager(self, *args, **kwargs) -> None:
        super().init_poolmanager(*args, source_address=(self._address, 0), **kwargs)


def _leads_to(link: Path) -> str:
    """Nowhere, when the file has just been closed."""
    with contextlib.suppress(FileNotFoundError):
        return str(link.readlink())
    return ""


def make_certificate(folder: Path) -> None:
    """A certificate for this machine that we signed ourselves, as the installer makes one."""
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-keyout", folder / "privkey.pem", "-out", folder / "fullchain.pem", "-days", "2"),
            *("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"),
        ],
        check=True,
        capture_output=True,
    )


@contextlib.contextmanager
def running_site() -> Iterator[tuple[Site, Service]]:
    """A site and its backend. Not in `tmp_path`: nginx's user must come there, and socket paths are short."""
    with TemporaryDirectory() as folder, contextlib.ExitStack() as ended:
        site = Site(Path(folder))
        site.make()
        service = start_backend(site, SONICLAYER_SESSION_KEY="k" * 32)
        ended.callback(service.end)
        site.start()
        ended.callback(site.end)
        yield site, service


def start_backend(site: Site, **settings: str) -> Service:
    """A real backend behind the site: as the unit has it, and nginx as another user, where root can do that."""
    service = Service(site.root, Path("/nowhere"), {"SONICLAYER_MAX_UPLOAD_BYTES": str(MAX_UPLOAD_BYTES), **settings})
    service.redis.start()
    uploads = site.root / "uploads"
    uploads.mkdir(mode=0o710)
    if os.geteuid() == 0:
        os.chown(uploads, 0, pwd.getpwnam(WEB_USER).pw_gid)
    with (site.root / "backend.log").open("ab") as log:
        service.processes["backend"] = subprocess.Popen(
            [sys.executable, "-m", "soniclayer", "backend", "--bind", f"unix:{site.socket}"],
            env=service.environment,
            stdout=log,
            stderr=log,
            umask=0o066,
        )
    wait_until(site.socket.exists, UP_S, service.told)
    if os.geteuid() == 0:
        os.chown(site.socket, 0, pwd.getpwnam(WEB_USER).pw_gid)
    service.url = f"{site.url}/api"
    service.http = site.visitor(**{"X-API-Key": service.key})
    return service
