"""A throw-away Debian machine with a real systemd as PID 1, in namespaces of its own: up in a second, gone at the end.

with running_machine(folder, [base], online=True) as machine:
    machine.run("systemctl", "status")
"""

from __future__ import annotations

import contextlib
import ctypes
import itertools
import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from host_cgroups import host_hierarchies, make_cgroups, remove_cgroups
from host_network import carry_network_in, network_variables

if TYPE_CHECKING:
    from collections.abc import Iterator

MACHINE = Path(__file__).with_name("machine.sh")
BOOT_S = 300.0
STOP_S = 180.0
COMMAND_S = 60.0
POLL_S = 0.05
POWER_OFF = signal.SIGRTMIN + 4
CLONE_NEWNET = 0x4000_0000
ROUTER = ("slirp4netns", "--configure", "--disable-host-loopback", "--mtu=1400")
WITH_US = ("setpriv", "--pdeathsig", "KILL")
"""It ends when the thread that started it does, however tests end."""


@dataclass
class DebianMachine:
    """`folder` is its own, in the folder of a session; `layers` are the folders below its own files, topmost first."""

    folder: Path
    layers: list[Path]
    online: bool = False
    supervisor: subprocess.Popen[bytes] | None = None
    router: subprocess.Popen[bytes] | None = None
    frozen: itertools.count[int] = field(default_factory=itertools.count)

    def boot(self) -> None:
        """Start it with the files it has; returns when it has booted, without a failed unit."""
        self._lay_out()
        with (self.folder / "console.log").open("ab") as log:
            self.supervisor = subprocess.Popen(
                [*WITH_US, MACHINE, "boot", self.folder],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._wait_booted()
        if self.online:
            self.connect()

    def run(self, *command: str | Path, check: bool = True, **options) -> subprocess.CompletedProcess[str]:
        """Run a command in it as root; options as of subprocess.run, and `env` adds to the environment of a login."""
        stdin = subprocess.PIPE if "input" in options else subprocess.DEVNULL
        given, timeout_s = options.pop("input", None), options.pop("timeout", COMMAND_S)
        streams = {"stdin": stdin, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
        with self.start(*command, **streams) as process:
            try:
                said = process.communicate(given, timeout_s)
            except BaseException:
                process.kill()
                raise
        done = subprocess.CompletedProcess(command, process.returncode, *said)
        assert not check or done.returncode == 0, f"{done.args}\n{done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def start(self, *command: str | Path, **options) -> EnteredProcess:
        """Start a command in it and return at once."""
        return EnteredProcess(self._entered(command, options.pop("env", {})), text=True, **options)

    def output(self, *command: str | Path) -> str:
        """What a command says, without the line's end."""
        return self.run(*command).stdout.strip()

    def path(self, inside: str | Path) -> Path:
        """A file of it as the host sees it, for reading and writing; absolute links on the way lead astray."""
        return Path(f"/proc/{self.pid}/root", str(inside).lstrip("/"))

    def copy_in(self, source: Path, inside: str | Path, *, without: tuple[str, ...] = ()) -> None:
        """Copy a file, or a folder with what is in it, as root's."""
        target = self.path(inside)
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, symlinks=True, ignore=shutil.ignore_patterns(*without), dirs_exist_ok=True)
        else:
            shutil.copy(source, target)

    @contextlib.contextmanager
    def network(self) -> Iterator[None]:
        """Sockets that this thread opens inside are the machine's: its localhost is ours."""
        with Path("/proc/thread-self/ns/net").open() as own, Path(f"/proc/{self.pid}/ns/net").open() as its:
            _enter_network(its.fileno())
            try:
                yield
            finally:
                _enter_network(own.fileno())

    def connect(self) -> None:
        """Give it a way out through a router in user space; it reaches what the host reaches, but not the host."""
        ready, told = os.pipe()
        with (self.folder / "router.log").open("ab") as log:
            self.router = subprocess.Popen(
                [*WITH_US, *ROUTER, f"--ready-fd={told}", str(self.pid), "tap0"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[told],
                start_new_session=True,
            )
        os.close(told)
        with os.fdopen(ready) as waiting:
            assert waiting.read() == "1", (self.folder / "router.log").read_text()

    def disconnect(self) -> None:
        """Take its way out."""
        if self.router is not None:
            self.router.kill()
            self.router.wait()
        self.router = None

    def reboot(self) -> None:
        """Shut down and boot again, with the same files."""
        self.power_off()
        self.boot()

    def freeze(self) -> list[Path]:
        """The layers for other machines that are to start with what this one has now; it is rebooted for that."""
        self.power_off()
        layer = self.folder.with_name(f"{self.folder.name}-frozen-{next(self.frozen)}")
        (self.folder / "upper").rename(layer)
        self.layers = [layer, *self.layers]
        self.boot()
        return self.layers

    def power_off(self) -> None:
        """Shut it down cleanly; it must end by itself."""
        os.kill(self.pid, POWER_OFF)
        try:
            self.supervisor.wait(STOP_S)
        finally:
            self.pull_plug()

    def pull_plug(self) -> None:
        """End every process of it at once, as a power cut does. Its files stay."""
        self.disconnect()
        if self.supervisor is not None:
            self.supervisor.kill()  # its PID 1 goes with it, and with that all others
            self.supervisor.wait()
        self.supervisor = None
        remove_cgroups(host_hierarchies(), self.name)

    def remove(self) -> None:
        """End it and forget its files."""
        self.pull_plug()
        shutil.rmtree(self.folder)

    @property
    def name(self) -> str:
        """Of its cgroups: no other session has it."""
        return f"{self.folder.parent.name}-{self.folder.name}"

    @property
    def pid(self) -> int:
        """Its PID 1, as the host counts."""
        found = self._systemd()
        assert found is not None, f"{self.name} is not up:\n{self._console()}"
        return found

    def _lay_out(self) -> None:
        fresh = not self.folder.exists()
        for name in ("upper", "work", "root"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        if fresh and len(self.layers) == 1:
            (self.folder / "upper" / "etc").mkdir()
            (self.folder / "upper" / "etc" / "hosts").write_text(
                "127.0.0.1 localhost\n127.0.1.1 studio\n::1 localhost\n"
            )
            (self.folder / "upper" / "etc" / "hostname").write_text("studio\n")
            carry_network_in(self.folder / "upper")
        hierarchies = host_hierarchies()
        alone = not any("memory" in hierarchy.controllers for hierarchy in hierarchies)
        mounted = [hierarchy for hierarchy in hierarchies if not (alone and hierarchy.controllers)]
        cgroups = make_cgroups(mounted, self.name)
        for name, lines in {
            "layers": [":".join(map(str, self.layers))],
            "cgroups": map(str, cgroups),
            "hierarchies": [hierarchy.mounted_as(alone=alone) for hierarchy in mounted],
        }.items():
            (self.folder / name).write_text("".join(f"{line}\n" for line in lines))

    def _wait_booted(self) -> None:
        deadline = time.monotonic() + BOOT_S
        while (state := self._state()) != "running":
            hopeless = self.supervisor.poll() is not None or state == "degraded"
            assert not hopeless, self._told(state)
            assert time.monotonic() < deadline, self._told(state)
            time.sleep(POLL_S)

    def _state(self) -> str:
        """`running`, `degraded`, `starting`, ...; empty before systemd answers."""
        if self._systemd() is None:
            return ""
        return self.run("systemctl", "is-system-running", check=False).stdout.strip()

    def _systemd(self) -> int | None:
        """The one child of the supervisor, once it has become systemd."""
        if self.supervisor is None:
            return None
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            children = Path(f"/proc/{self.supervisor.pid}/task/{self.supervisor.pid}/children").read_text().split()
            return next((int(pid) for pid in children if Path(f"/proc/{pid}/comm").read_text() == "systemd\n"), None)
        return None

    def _told(self, state: str) -> str:
        failed = self.run("systemctl", "--failed", "--no-legend", check=False).stdout if state == "degraded" else ""
        return f"{self.name} is {state or 'not up'}\n{failed}{self._console()}"

    def _console(self) -> str:
        return (self.folder / "console.log").read_text(errors="replace")[-3000:]

    def _entered(self, command: tuple[str | Path, ...], env: dict[str, str]) -> list[str]:
        variables = [f"{name}={value}" for name, value in {**network_variables(), **env}.items()]
        return [*WITH_US, str(MACHINE), "enter", str(self.folder), str(self.pid), *variables, *map(str, command)]


class EnteredProcess(subprocess.Popen):
    """What `enter` of machine.sh became: a shell that waits outside of the machine's pid namespace for the command."""

    def kill(self) -> None:
        """Kill the command; the shell then ends too. Without the shell nobody would reap it."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        for pid in map(int, children):
            os.kill(pid, signal.SIGKILL)
        if not children:
            super().kill()


@contextlib.contextmanager
def running_machine(folder: Path, layers: list[Path], *, online: bool = False) -> Iterator[DebianMachine]:
    """A machine that has booted; `folder` must not exist yet."""
    machine = DebianMachine(folder, layers, online)
    try:
        machine.boot()
        yield machine
    finally:
        machine.remove()


def _enter_network(descriptor: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(descriptor, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")
