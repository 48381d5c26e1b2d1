"""restic(1), as Debian 12 has it (0.14): each method is one of its commands."""

from __future__ import annotations

import json
import os
import platform
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import partial
from typing import TYPE_CHECKING, Any

from soniclayer.backup.locks import Lock, clear_dead
from soniclayer.backup.said import failure_of
from soniclayer.errors import BackupError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from soniclayer.backup.repository import Repository
    from soniclayer.backup.told import Told

TAG = "soniclayer"
"""Of every snapshot of ours: others in the same repository are never touched."""

LOCKED_FOR_S = 900.0
"""Another machine that prunes the same repository holds it for so long at most, before we give up."""

LOOK_AGAIN_S = 10.0
STOP_S = 30.0
"""restic has so long to take its lock away when it is interrupted."""

INCOMPLETE = 3
"""restic's exit code for a snapshot that lacks files it could not read."""


@dataclass(frozen=True)
class Snapshot:
    """One backup. `paths` are the folders in it; `made_at` has its zone."""

    id: str
    made_at: datetime
    host: str
    paths: tuple[str, ...]


@dataclass(frozen=True)
class Saved:
    """What `backup` did: the snapshot, all bytes in it, those that were new, and what it could not read."""

    snapshot: str
    files: int
    size_bytes: int
    added_bytes: int
    unread: tuple[str, ...]


@dataclass(frozen=True)
class Keep:
    """How many snapshots are kept; all zero: every one."""

    daily: int
    weekly: int
    monthly: int


class Restic:
    """A repository, and the commands on it. Every method raises BackupError in one line when it cannot.

    `told` hears how far a backup is, and when somebody else holds the repository.
    """

    def __init__(self, repository: Repository, told: Told) -> None:
        self.repository = repository
        self._told = told

    def open(self) -> None:
        """See that it is there and that the password is the right one."""
        self._call("cat", "config")

    def init(self) -> None:
        """Make it; one that is there is never overwritten."""
        self._call("init")

    def backup(self, paths: Sequence[Path], *, without: Sequence[str] = ()) -> Saved:
        """Make a snapshot of these folders; `without` are patterns of absolute paths."""
        excluded = [f"--exclude={pattern}" for pattern in without]
        unread: list[str] = []
        summary: dict[str, Any] = {}
        words = ("backup", "--json", f"--tag={TAG}", f"--host={host()}", *excluded, "--", *map(str, paths))

        def listen(line: str) -> None:
            message = _message(line)
            kind = message.get("message_type")
            if kind == "status":
                self._told.seen(int(message.get("bytes_done", 0)), int(message.get("total_bytes", 0)))
            elif kind == "error":
                unread.append(str(message.get("item") or message.get("error")))
            elif kind == "summary":
                summary.update(message)

        self._call(*words, on_line=listen, fine=(0, INCOMPLETE), also_errors=True)
        return Saved(
            snapshot=str(summary["snapshot_id"]),
            files=int(summary["total_files_processed"]),
            size_bytes=int(summary["total_bytes_processed"]),
            added_bytes=int(summary["data_added"]),
            unread=tuple(unread),
        )

    def snapshots(self) -> list[Snapshot]:
        """Those of ours, the latest last."""
        found = json.loads("".join(self._lines("snapshots", "--json", f"--tag={TAG}")) or "null") or []
        return sorted(map(_snapshot, found), key=lambda snapshot: snapshot.made_at)

    def files(self, snapshot: str, folder: Path, on_file: Callable[[str], None]) -> None:
        """Tell the absolute paths of all files in a folder of a snapshot, one by one."""

        def listen(line: str) -> None:
            node = _message(line)
            if node.get("struct_type") == "node" and node.get("type") == "file":
                on_file(str(node["path"]))

        self._call("ls", "--json", "--recursive", snapshot, str(folder), on_line=listen)

    def read(self, snapshot: str, path: str) -> bytes:
        """A small file of a snapshot."""
        return "".join(self._lines("dump", snapshot, path)).encode()

    def size_bytes(self, snapshot: str) -> int:
        """The room that a snapshot takes when it is brought back."""
        stats = json.loads("".join(self._lines("stats", "--json", "--mode=restore-size", snapshot)))
        return int(stats["total_size"])

    def restore(self, snapshot: str, target: Path, only: Sequence[str] = ()) -> None:
        """Bring a snapshot back below `target`, or only these absolute paths of it. What it has there is replaced."""
        chosen = [f"--include={path}" for path in only]
        self._call("restore", snapshot, f"--target={target}", *chosen)

    def forget(self, snapshot: str) -> None:
        """Remove one."""
        self._call("forget", snapshot)

    def disown(self, snapshot: str) -> None:
        """Leave one there for whoever looks for it by hand: none of our commands sees it any more."""
        self._call("tag", f"--set={TAG}-incomplete", snapshot)

    def thin_out(self, keep: Keep) -> None:
        """Remove those of this machine that are not to be kept, and what no other needs of them."""
        numbers = {"daily": keep.daily, "weekly": keep.weekly, "monthly": keep.monthly}
        kept = [f"--keep-{name}={number}" for name, number in numbers.items() if number]
        if kept:
            self._call("forget", "--prune", f"--tag={TAG}", f"--host={host()}", "--group-by=host,tags", *kept)

    def check(self) -> None:
        """See that what the repository has of each snapshot is complete."""
        self._call("check")

    def _lines(self, *words: str) -> list[str]:
        lines: list[str] = []
        self._call(*words, on_line=lines.append)
        return lines

    def _call(
        self,
        *words: str,
        on_line: Callable[[str], None] = lambda _: None,
        fine: tuple[int, ...] = (0,),
        also_errors: bool = False,
    ) -> None:
        """Run it; again when somebody else holds the repository, and first without the locks of the dead."""
        deadline = time.monotonic() + LOCKED_FOR_S
        while self._is_locked(partial(self._run, words, on_line, fine, also_errors=also_errors), deadline):
            if not clear_dead(self._locks, self._remove_locks):
                time.sleep(LOOK_AGAIN_S)

    def _is_locked(self, run: Callable[[], None], deadline: float) -> bool:
        """Whether it could not run for that; after the deadline that is an error."""
        try:
            run()
        except BackupError as error:
            if error.code != "locked" or time.monotonic() > deadline:
                raise
            self._told.note(str(error))
            return True
        return False

    def _locks(self) -> list[Lock]:
        lines: list[str] = []
        self._run(("list", "locks", "--no-lock"), lines.append, (0,))
        return [lock for id_ in map(str.strip, lines) if id_ for lock in self._lock(id_)]

    def _lock(self, lock_id: str) -> list[Lock]:
        lines: list[str] = []
        with suppress(BackupError):  # it has just been given back
            self._run(("cat", "lock", lock_id, "--no-lock"), lines.append, (0,))
            facts = json.loads("".join(lines))
            return [Lock(str(facts["hostname"]), int(facts["pid"]), _moment(facts["time"]))]
        return []

    def _remove_locks(self) -> None:
        self._run(("unlock", "--remove-all"), lambda _: None, (0,))

    def _run(
        self,
        words: Sequence[str],
        on_line: Callable[[str], None],
        fine: tuple[int, ...],
        *,
        also_errors: bool = False,
    ) -> None:
        """Run it once, line by line; `also_errors`: lines of standard error are handed on too, at its end."""
        options = [f"--cache-dir={self.repository.cache_dir}"] if self._caches() else ["--no-cache"]
        with tempfile.TemporaryFile("w+", errors="replace") as errors, self._password() as password:
            process = self._start(["restic", *options, *words], errors, password)
            with _stopped_at_an_error(process):
                assert process.stdout is not None  # noqa: S101 - it was asked for
                for line in process.stdout:
                    on_line(line)
                code = process.wait()
            errors.seek(0)
            said = errors.read()
            for line in said.splitlines() if also_errors else ():
                on_line(line)
        if code not in fine:
            raise failure_of(said, self.repository.shown)

    def _start(self, command: Sequence[str], errors: Any, password: int) -> subprocess.Popen[str]:
        variables = {**self.repository.variables(), "RESTIC_PASSWORD_FILE": f"/dev/fd/{password}"}
        try:
            return subprocess.Popen(
                command,
                env=variables,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                errors="replace",
                pass_fds=[password],
                start_new_session=True,  # Ctrl-C is for us: we let it end in order
            )
        except FileNotFoundError:
            raise BackupError("restic is not installed: sudo apt-get install restic", code="no_restic") from None

    @contextmanager
    def _password(self) -> Iterator[int]:
        """A pipe with the password in it: it is in no argument, no environment and no file."""
        reading, writing = os.pipe()
        try:
            with os.fdopen(writing, "w") as pipe:
                pipe.write(self.repository.password)
            yield reading
        finally:
            os.close(reading)

    def _caches(self) -> bool:
        return self.repository.cache_dir is not None and self.repository.folder is None


def host() -> str:
    """This machine's name, as snapshots carry it."""
    return platform.node()


@contextmanager
def _stopped_at_an_error(process: subprocess.Popen[str]) -> Iterator[None]:
    try:
        with process:
            try:
                yield
            except BaseException:
                process.send_signal(signal.SIGINT)  # the one at which it takes its lock away
                with suppress(subprocess.TimeoutExpired):
                    process.wait(STOP_S)
                raise
            finally:
                if process.poll() is None:
                    process.kill()
    finally:
        process.wait()


def _message(line: str) -> dict[str, Any]:
    try:
        message = json.loads(line)
    except ValueError:
        return {}
    return message if isinstance(message, dict) else {}


def _snapshot(facts: dict[str, Any]) -> Snapshot:
    return Snapshot(str(facts["id"]), _moment(facts["time"]), str(facts["hostname"]), tuple(facts["paths"]))


def _moment(text: str) -> datetime:
    """Restic tells nanoseconds, which Python does not know: whole seconds, in UTC."""
    date, _, rest = text.partition("T")
    zone = "+00:00" if rest.endswith("Z") else rest[-6:]
    return datetime.fromisoformat(f"{date}T{rest[:8]}{zone}").astimezone(timezone.utc)
