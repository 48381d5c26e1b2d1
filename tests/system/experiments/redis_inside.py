"""The Redis of a machine: to look into, to kill, to empty, to put a proxy before."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import redis
from redis_proxy import RedisProxy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from installed_suite import InstalledSuite

UNIT = "redis-server@soniclayer"
DATA = "/var/lib/redis-soniclayer"
SOCKET = "/run/redis-soniclayer/redis.sock"
CREDENTIAL = "/opt/soniclayer/config/credentials/redis_password"


class RedisInside:
    """`client` is connected to it from outside of the machine, again and again where that takes it."""

    def __init__(self, suite: InstalledSuite) -> None:
        self._suite = suite
        password = suite.machine.path(CREDENTIAL).read_text().strip()
        path = str(suite.machine.path(SOCKET))
        self.client = redis.Redis(unix_socket_path=path, password=password, decode_responses=True)

    def stop(self) -> None:
        """As an admin does."""
        self._suite.systemctl("stop", UNIT)

    def start(self) -> None:
        """The same."""
        self._suite.systemctl("start", UNIT)

    def signal(self, name: str) -> None:
        """`KILL`, `STOP` or `CONT`."""
        self._suite.machine.run("systemctl", "kill", f"--signal={name}", UNIT)

    def kill(self) -> None:
        """kill -9. Systemd starts it again."""
        self.signal("KILL")

    def kill_and_delete(self) -> None:
        """The same, and when it starts it has nothing of what it had."""
        script = f"systemctl kill --signal=KILL {UNIT} && rm -rf {DATA}/*"
        self._suite.machine.run("sh", "-c", script)

    @property
    def used_bytes(self) -> int:
        """Of its memory."""
        return self.client.info("memory")["used_memory"]

    @property
    def limit_bytes(self) -> int:
        """Of its memory."""
        return self.client.info("memory")["maxmemory"]

    def set_memory(self, limit_bytes: int) -> None:
        """Until it is started again."""
        self.client.config_set("maxmemory", limit_bytes)

    @contextlib.contextmanager
    def proxied(self) -> Iterator[RedisProxy]:
        """All of the suite speaks to it through a proxy, and goes on with that: its machine is spoiled."""
        machine = self._suite.machine
        proxy = RedisProxy(machine.path(SOCKET), machine.path("/run"))
        try:
            proxy.folder.chmod(0o755)
            (proxy.folder / "redis.sock").chmod(0o666)
            for name in ("backend.env", "worker.env"):
                with machine.path(f"/opt/soniclayer/config/{name}").open("a") as file:
                    file.write(f"REDIS_URL=unix:///run/{proxy.folder.name}/redis.sock\n")
            self._suite.systemctl("restart", "soniclayer.target")
            yield proxy
        finally:
            proxy.close()
