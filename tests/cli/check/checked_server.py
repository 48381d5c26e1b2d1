"""A small installed server on which every check is content: a folder tree, a real Redis, a real door with TLS.

What systemd would say is canned, in its own words; files, sockets, certificates, Redis and HTTP are real.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.server
import json
import shutil
import socket
import socketserver
import ssl
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import yaml
from checked_langflow import KEY, LLM_KEY, CheckedLangflow
from installed_tree import InstalledTree
from samples import ROOT

from soniclayer import __version__
from soniclayer.cli.check.machine import Answer, Machine, ask_program
from soniclayer.cli.check.place import Place
from soniclayer.courier.connection import connect
from soniclayer.courier.message import QUEUES
from soniclayer.courier.workers import WorkerReport, Workers
from soniclayer.definitions.keys import add_key

DOMAIN = "radio.test"
REDIS_PASSWORD = "r3dis-p4ssword-of-a-test-0123456789"  # noqa: S105 - of a Redis that ends with the tests
HOST = socket.gethostname()
DEPLOYED = ROOT / "deploy"
CONTENT = b"model"
UNIT = """\
Id={name}
LoadState=loaded
ActiveState={state}
SubState=running
Result=success
UnitFileState=enabled
NeedDaemonReload={changed}
MemoryHigh={memory}
MemoryMax=infinity
ActiveEnterTimestamp=@{started}
IPAddressAllow={allowed}
IPAddressDeny=::/0 0.0.0.0/0
"""
UNITS = (
    "soniclayer.target",
    "soniclayer-backend.service",
    "soniclayer-backend.socket",
    "soniclayer.slice",
    "redis-server@soniclayer.service",
    "nginx.service",
    "soniclayer-worker@1.service",
    "langflow.service",
    "soniclayer-backup.timer",
    "soniclayer-restore-drill.timer",
    "soniclayer-cleanup.timer",
)
PAGE = {"Content-Type": "text/html", "Content-Security-Policy": "default-src 'none'; script-src 'self'"}
"""What the dashboard's first page is told with."""

LOOPBACK = "127.0.0.0/8 ::1/128"


class CheckedServer(InstalledTree):
    """`folder` is the root of the machine; `answers` are canned, by the beginning of a command line."""

    def __init__(self, redis, door) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="check-"))
        self.folder.chmod(0o755)
        super().__init__(self.folder / "opt")
        self.redis = redis
        self.is_root = True
        self.password = REDIS_PASSWORD
        self.states = {
            name: {"state": "active", "changed": "no", "memory": "5000000000", "allowed": LOOPBACK, "started": 0}
            for name in UNITS
        }
        self.failed = ""
        self.answers = {
            "timedatectl show": Answer(0, "NTP=yes\nNTPSynchronized=yes\n", ""),
            "systemd-detect-virt": Answer(1, "", ""),
            "nginx -v": Answer(0, "", "nginx version: nginx/1.22.1"),
            "systemctl --version": Answer(0, "systemd 252 (252.38-1~deb12u1)\n", ""),
        }
        self._write_system()
        self.use(door)
        self._write_installation()
        for state in self.states.values():  # after the files they read, however long those took
            state["started"] = int(time.time()) + 1
        self.backend = ready_backend(self.folder / "run/soniclayer/backend.sock")
        self.report()

    @property
    def machine(self) -> Machine:
        return Machine(self.folder, is_root=self.is_root, ask=self.ask)

    def place(self, *, deep: bool = False, installed: bool = True) -> Place:
        """With nothing asked yet."""
        return Place(self.machine, super().place if installed else None, deep=deep)

    def ask(self, words, given=""):
        line = " ".join(map(str, words))
        for start, answer in self.answers.items():
            if line.startswith(start):
                return answer
        if line.startswith("systemctl show"):
            return Answer(0, "\n".join(UNIT.format(name=name, **at) for name, at in self.states.items()), "")
        if line.startswith("systemctl list-units"):
            return Answer(0, self.failed, "")
        return ask_program(words, given)

    def write(self, path: str, text: str = "") -> Path:
        """A file of the machine."""
        target = self.folder / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        return target

    def replace(self, path: Path, old: str, new: str) -> None:
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    def say(self, file: str, line: str) -> None:
        """One more line of an environment file."""
        with (self.config / file).open("a") as env:
            env.write(f"{line}\n")

    def set_redis(self, **options: str) -> None:
        """Options of its configuration, with _ for -."""
        with connect(self.redis.url, self.password) as client:
            for name, value in options.items():
                client.config_set(name.replace("_", "-"), value)
        self.password = options.get("requirepass", self.password)

    def process(self, pid: int, *words: str, unit: str = "", inode: str = "", maps: str = "") -> None:
        """A process, as /proc shows it."""
        self.write(f"/proc/{pid}/cmdline", "\0".join(words) + "\0")
        self.write(f"/proc/{pid}/cgroup", f"0::/system.slice/{unit}\n")
        self.write(f"/proc/{pid}/maps", maps)
        fds = self.folder / f"proc/{pid}/fd"
        fds.mkdir()
        if inode:
            (fds / "3").symlink_to(f"socket:[{inode}]")

    def listen(self, address: str, port: int, inode: str) -> None:
        """One more row of the kernel's table; `address` as it stands there."""
        row = f"   1: {address}:{port:04X} 00000000:0000 0A 00000000:00000000 00:00000000 00000000  0  0 {inode} 1\n"
        with (self.folder / "proc/net/tcp").open("a") as table:
            table.write(row)

    def report(self, name: str = f"{HOST}-1", **facts) -> None:
        """A worker reports; facts are other than those of a good one."""
        known = {"version": __version__, "queues": QUEUES, "ready": True, "stopping": False, "doing": (), **facts}
        with connect(self.redis.url, REDIS_PASSWORD) as client:
            Workers(client).report(WorkerReport(name=name, host=HOST, pid=1, started_at=time.time(), **known))

    def result(self, name: str, days_ago: float, *, well: bool = True) -> None:
        """What a backup, a drill or a load test leaves."""
        when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - days_ago * 86_400))
        (self.root / "backups" / name).write_text(json.dumps({"finished_at": when, "ok": well}))

    def remove(self) -> None:
        with contextlib.suppress(OSError):
            self.langflow.close()
        self.backend.shutdown()
        self.backend.server_close()
        shutil.rmtree(self.folder)

    def _write_system(self) -> None:
        self.write("/proc/meminfo", "MemTotal:       16000000 kB\n")
        self.write("/proc/sys/vm/overcommit_memory", "1\n")
        self.write("/proc/net/tcp", "  sl  local_address rem_address   st\n")
        for process in ("self", "1"):
            (self.folder / f"proc/{process}/ns").mkdir(parents=True)
            (self.folder / f"proc/{process}/ns/net").symlink_to("net:[1]")
        self.write("/etc/apt/apt.conf.d/20auto-upgrades", 'APT::Periodic::Unattended-Upgrade "1";\n')
        self.write("/usr/bin/unattended-upgrade")
        self.write("/usr/sbin/logrotate")
        for unit in ("timers.target.wants/apt-daily-upgrade.timer", "timers.target.wants/logrotate.timer"):
            self.write(f"/etc/systemd/system/{unit}")
        self.write("/etc/systemd/system/soniclayer.target.wants/soniclayer-worker@1.service")
        for unit in (DEPLOYED / "systemd").glob("soniclayer*.*"):
            shutil.copy(unit, self.folder / "etc/systemd/system")
        self.write("/etc/logrotate.d/nginx", "/var/log/nginx/*.log {\n  daily\n}\n")
        self.write("/etc/systemd/journald.conf.d/soniclayer.conf", (DEPLOYED / "systemd/journald.conf").read_text())
        (self.folder / "var/log/journal").mkdir(parents=True)
        python = str(self.release / "venv/bin/python")
        self.process(
            11, python, "backend", unit="soniclayer-backend.service", maps=f"r-xp {self.release}/venv/lib/x.so\n"
        )

    def use(self, door) -> None:
        """nginx has our real site, on the ports of this door."""
        render = [DEPLOYED / "nginx/render.sh", DOMAIN, str(2**30), str(self.root)]
        site = subprocess.run(render, capture_output=True, text=True, check=True).stdout
        site = site.replace("listen 443", f"listen {door.port}").replace("listen 80;", f"listen {door.plain_port};")
        self.site = self.write("/etc/nginx/sites-enabled/soniclayer.conf", site.replace("listen [::]", "listen [::1]"))
        self.replace(self.site, "listen [::1]:443", f"listen [::]:{door.port}")
        self.replace(self.site, "listen [::1]:80", f"listen [::]:{door.plain_port}")

    def _write_dashboard(self) -> None:
        packaged = self.release / "venv/lib/python3.11/site-packages/soniclayer/dashboard"
        shutil.copytree(ROOT / "soniclayer/dashboard", packaged)
        (self.release / "dashboard").symlink_to(packaged.relative_to(self.release))

    def _write_installation(self) -> None:
        self._write_dashboard()
        (self.root / "backups/repository").mkdir(parents=True)
        (self.root / "backups/repository/config").touch()
        for name in ("last-backup.json", "last-drill.json", "load-test.json"):
            self.result(name, 1)
        (self.config / "backend.env").write_text(f"# what differs\nREDIS_URL={self.redis.url}\n")
        (self.config / "worker.env").write_text(f"REDIS_URL={self.redis.url}\n")
        (self.config / "credentials/redis_password").write_text(REDIS_PASSWORD)
        (self.config / "credentials/session_key").write_text("5e55" * 16)
        file = {"name": "model.bin", "sha256": hashlib.sha256(CONTENT).hexdigest(), "size_bytes": len(CONTENT)}
        models = [
            {"name": name, "purpose": "speech", "licence": "MIT", "files": [file]}
            for name in ("whisper-base", "minilm")
        ]
        (self.config / "models.yaml").write_text(yaml.safe_dump({"models": models}))
        for model in models:
            self.write(f"/opt/models/{model['name']}/model.bin", CONTENT.decode())
        self.write("/run/soniclayer/metrics/scraped")
        self.write("/opt/uploads/.incoming/fresh").chmod(0o600)
        add_key(self.config / "keys.yaml", "desk", ["read", "write"])
        self._write_langflow()
        self._set_modes()

    def _write_langflow(self) -> None:
        names = (path.stem for path in (self.config / "personas").glob("*.yaml"))
        self.langflow = CheckedLangflow(f"soniclayer_{name}" for name in names)
        (self.root / "langflow/11111111").mkdir(parents=True)
        (self.root / "langflow/current").symlink_to("11111111")
        self.say("worker.env", f"LANGFLOW_BASE_URL={self.langflow.url}")
        (self.config / "langflow.env").write_text(f"SONICLAYER_LLM_BASE_URL={self.langflow.url}/v1\n")
        (self.config / "credentials/langflow_api_key").write_text(KEY)
        (self.config / "credentials/llm_api_key").write_text(LLM_KEY)

    def _set_modes(self) -> None:
        for path in self.config.rglob("*"):
            path.chmod(0o750 if path.is_dir() else 0o640)
        for path in (self.config / "credentials").iterdir():
            path.chmod(0o600)
        (self.config / "credentials").chmod(0o700)
        self.config.chmod(0o750)
        (self.root / "uploads").chmod(0o710)
        (self.root / "uploads/.incoming").chmod(0o711)


class Door:
    """A proxy as checks see it: TLS with a certificate, and plain HTTP that leads there."""

    def __init__(
        self, certificate: Path, key: Path, *, status: int = 200, redirects: bool = True, page: object = PAGE
    ) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self._servers = [
            _serve(status, {}, context, page=page),
            _serve(301 if redirects else 200, {"Location": "https://radio.test/"}),
        ]
        self.port, self.plain_port = (server.server_address[1] for server in self._servers)

    def close(self) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()


def http_server(status: int = 200, body: object = None):
    """A plain one; close it with `shutdown` and `server_close`."""
    return _serve(status, {}, body=body)


def ready_backend(path: Path, status: int = 200):
    """A backend on a unix socket that says whether it is ready."""
    path.unlink(missing_ok=True)
    checks = [{"name": "redis", "ok": status == 200, "detail": "does not answer"}]
    server = _UnixServer(str(path), _handler(status, {}, {"checks": checks}))
    path.chmod(0o660)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    return server


class _UnixServer(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address) -> None:
        """Clients that hang up on a certificate are no news."""


def _serve(status, headers, context=None, body=None, page=None):
    server = _Server(("127.0.0.1", 0), _handler(status, headers, body, page))
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    return server


def _handler(status, headers, body, page=None):
    """Answers everything alike, but for `/`, which is `page`: further headers of its own."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            data = json.dumps(body or {}).encode()
            self.send_response(status)
            for name, value in {
                "Content-Type": "application/json",
                "Content-Length": str(len(data)),
                **headers,
                **(page if page and self.path == "/" else {}),
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *words) -> None:
            pass

        def address_string(self) -> str:
            return "test"

    return Handler
