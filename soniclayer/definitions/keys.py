"""`config/keys.yaml`: who may call the API. It holds hashes, never a key."""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import os
import re
import secrets
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Annotated, Literal, get_args

import yaml
from pydantic import AfterValidator, AwareDatetime, Field, ValidationInfo, field_validator

from soniclayer.config_files import FileModel, load_yaml
from soniclayer.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

Scope = Literal["read", "write", "admin"]
SCOPES: tuple[Scope, ...] = get_args(Scope)

KEY_PREFIX = "slk_"
"""Every key begins with it, so that people and secret scanners know one when they see it."""

_KEY_BYTES = 32
_KEY = re.compile(f"{KEY_PREFIX}[A-Za-z0-9_-]+")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}")
_HEADER = (
    "# Written by `soniclayer keys`: names, scopes and SHA-256 of the API keys. The backend reads changes at once.\n"
)


@dataclass(frozen=True)
class Key:
    """What is known of a key: not the key itself."""

    name: str
    scopes: frozenset[Scope]
    sha256: str
    created_at: datetime

    def allows(self, scope: Scope) -> bool:
        """Whether it may do what needs this scope; `admin` may do everything."""
        return scope in self.scopes or "admin" in self.scopes


def load_keys(path: Path) -> tuple[Key, ...]:
    """All keys, in the order of the file; none when there is no file.

    Raises:
        ConfigError: all faults of the file, with their lines.
    """
    if not path.exists():
        return ()
    try:
        parts = load_yaml(path, _KeysFile).keys
    except ConfigError as error:  # somebody may have put the key itself where its hash belongs
        raise ConfigError(*(_KEY.sub(f"{KEY_PREFIX}…", fault) for fault in error.faults)) from None
    return tuple(Key(part.name, frozenset(part.scopes), part.sha256, part.created_at) for part in parts)


def find_key(keys: Iterable[Key], presented: str) -> Key | None:
    """The key that was presented, None when it is none of ours. The time it takes tells nothing about a guess."""
    digest = _sha256(presented)
    found = None
    for key in keys:
        if hmac.compare_digest(key.sha256, digest):
            found = key
    return found


def add_key(path: Path, name: str, scopes: Sequence[Scope]) -> str:
    """Make a key and note its hash; the key, which nobody can tell again. Two at once do not lose one.

    Raises:
        ConfigError: a name that is taken or cannot be one, no scope; the file has faults or cannot be written.
    """
    if not _NAME.fullmatch(name):
        raise ConfigError(f"key name {name!r}: need a letter or digit, then letters, digits, _ . @ -, at most 64")
    if not scopes:
        raise ConfigError(f"key {name}: need at least one scope of {', '.join(SCOPES)}")
    secret = KEY_PREFIX + secrets.token_urlsafe(_KEY_BYTES)
    with _held(path):
        keys = load_keys(path)
        if any(key.name == name for key in keys):
            raise ConfigError(f"key {name}: there is one of that name in {path}; revoke it first, or take another name")
        now = datetime.now(timezone.utc).replace(microsecond=0)
        _write(path, [*keys, Key(name, frozenset(scopes), _sha256(secret), now)])
    return secret


def revoke_key(path: Path, name: str) -> None:
    """Take a key out.

    Raises:
        ConfigError: there is none of that name; the file has faults or cannot be written.
    """
    with _held(path):
        keys = load_keys(path)
        kept = [key for key in keys if key.name != name]
        if len(kept) == len(keys):
            there = ", ".join(key.name for key in keys) or "none"
            raise ConfigError(f"key {name}: no such key in {path}; there are: {there}")
        _write(path, kept)


def _sha256(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


@contextmanager
def _held(path: Path) -> Iterator[None]:
    """One writer at a time: a lock on the folder, which leaves no file behind; the kernel frees it when we die."""
    parent = path.resolve().parent
    try:
        parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        folder = os.open(parent, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written: {error.strerror}") from None
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written: {error.strerror}") from None
    finally:
        os.close(folder)


def _write(path: Path, keys: Sequence[Key]) -> None:
    """Replace the file, durably: it is whole at every moment, whatever dies."""
    target = path.resolve()
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(_text(keys))
            file.flush()
            _own_like(target, file.fileno())
            os.fsync(file.fileno())
        temporary.rename(target)
    finally:
        temporary.unlink(missing_ok=True)
    folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _own_like(target: Path, descriptor: int) -> None:
    """Root may write what the service's group reads: owner and group stay, or come from the folder."""
    like = target.stat() if target.exists() else target.parent.stat()
    with suppress(PermissionError):
        os.fchown(descriptor, like.st_uid, like.st_gid)
    os.fchmod(descriptor, 0o640)


def _text(keys: Sequence[Key]) -> str:
    entries = [
        {
            "name": key.name,
            "scopes": [scope for scope in SCOPES if scope in key.scopes],
            "sha256": key.sha256,
            "created_at": key.created_at.isoformat(),
        }
        for key in keys
    ]
    return _HEADER + yaml.safe_dump({"keys": entries}, sort_keys=False, allow_unicode=True)


def _name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError("need a letter or digit, then letters, digits, _ . @ -, at most 64")
    return name


def _no_twins(scopes: tuple[Scope, ...]) -> tuple[Scope, ...]:
    if len(set(scopes)) < len(scopes):
        raise ValueError("a scope stands there twice")
    return scopes


class _KeyPart(FileModel):
    name: Annotated[str, AfterValidator(_name)]
    scopes: Annotated[tuple[Scope, ...], Field(min_length=1), AfterValidator(_no_twins)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    created_at: AwareDatetime


class _KeysFile(FileModel):
    keys: tuple[_KeyPart, ...]

    @field_validator("keys")
    @classmethod
    def _each_once(cls, keys: tuple[_KeyPart, ...], _info: ValidationInfo) -> tuple[_KeyPart, ...]:
        for field in ("name", "sha256"):
            values = [getattr(key, field) for key in keys]
            twins = sorted({value for value in values if values.count(value) > 1})
            if twins:
                raise ValueError(f"two keys have the {field} {', '.join(twins)}")
        return keys
