"""Redis: that it keeps what it is given, and lets nobody else in."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

from soniclayer.cli.check.check import Check
from soniclayer.cli.check.facts.redis import RedisAway
from soniclayer.cli.check.groups.machine import memory_bytes
from soniclayer.cli.check.machine import group_name, user_name
from soniclayer.cli.check.outcome import NotHere, Severity, fault, ok
from soniclayer.models.progress import size_text
from soniclayer.settings import without_password

if TYPE_CHECKING:
    from pathlib import Path

    from soniclayer.cli.check.facts.redis import RedisFacts
    from soniclayer.cli.check.outcome import Outcome
    from soniclayer.cli.check.place import Place

CONFIGURATION = "/etc/redis/redis-soniclayer.conf"
RESTART = "systemctl restart redis-server@soniclayer"
SHORTEST_PASSWORD = 20
FEWEST_CHARACTERS = 8
MOST_FILL = 0.7
LONGEST_WITHOUT_SNAPSHOT_S = 86_400
HALF = 0.5


def look_at_reach(place: Place) -> Outcome:
    """Whether it answers."""
    try:
        facts = place.redis
    except RedisAway as away:
        status = (
            "systemctl status redis-server@soniclayer" if place.installation else "start the suite: soniclayer suite"
        )
        return fault(away.reason, f"{status}; another Redis: REDIS_URL")
    return ok(f"{facts.info.get('redis_version')} at {without_password(facts.url)}")


def look_at_password(place: Place) -> Outcome:
    """Who gets in: those with a strong password, or those whom the socket lets in."""
    facts = place.redis
    if facts.password is not None and not facts.open_to_all:
        return _strength(facts.password)
    if facts.socket is None:
        return fault(
            "Redis asks for no password: everybody who reaches its port may do everything",
            f"set requirepass in its configuration, the same in credentials/redis_password; then {RESTART}",
        )
    ports = [name for name in ("port", "tls-port") if facts.option(name) not in {"", "0"}]
    if ports:
        return fault(
            f"Redis asks for no password, and listens on {ports[0]} {facts.option(ports[0])} beside its socket",
            f"port 0 in {CONFIGURATION}, then {RESTART}",
        )
    return _socket(facts.socket, place)


def look_at_eviction(place: Place) -> Outcome:
    """A Redis that drops keys drops work."""
    policy = place.redis.option("maxmemory-policy")
    if policy != "noeviction":
        return fault(
            f"maxmemory-policy is {policy}: when its memory is full it drops queued work",
            f"maxmemory-policy noeviction in {CONFIGURATION}, then {RESTART}",
        )
    return ok("noeviction")


def look_at_append_only(place: Place) -> Outcome:
    """The append-only file."""
    facts = place.redis
    if str(facts.info.get("aof_enabled")) != "1":
        return fault(
            "the append-only file is off: after a crash minutes of work are queued anew",
            f"redis-cli CONFIG SET appendonly yes, then appendonly yes in {CONFIGURATION} (in this order)",
        )
    if facts.options is not None and facts.option("appendfsync") == "no":
        cure = f"appendfsync everysec in {CONFIGURATION}, then {RESTART}"
        return fault("appendfsync is no: the last half minute is lost with the machine", cure, Severity.WARNING)
    return ok(f"on, {facts.option('appendfsync')}" if facts.options else "on")


def look_at_snapshots(place: Place) -> Outcome:
    """RDB, the second copy."""
    facts = place.redis
    if not facts.option("save"):
        cure = f"save 3600 1 300 100 60 10000 in {CONFIGURATION}, then {RESTART}"
        return fault("Redis takes no snapshots (save is empty)", cure)
    age_s = place.machine.now() - float(facts.info.get("rdb_last_save_time", 0))
    changes = int(facts.info.get("rdb_changes_since_last_save", 0))
    if changes and age_s > LONGEST_WITHOUT_SNAPSHOT_S:
        return fault(
            f"the last one is {age_s / 86_400:.0f} days old", f"journalctl -u redis-server@soniclayer; {RESTART}"
        )
    return ok(f"save {facts.option('save')}")


def look_at_saving(place: Place) -> Outcome:
    """Whether what it wrote last was written."""
    info = place.redis.info
    names = ("rdb_last_bgsave_status", "aof_last_write_status", "aof_last_bgrewrite_status")
    failing = [name for name in names if info.get(name, "ok") != "ok"]
    if failing:
        return fault(
            f"{', '.join(failing)} is {info[failing[0]]}: Redis refuses writes until it can save",
            "is its disk full, or its folder not its own? journalctl -u redis-server@soniclayer",
        )
    if str(info.get("loading", "0")) == "1":
        return fault("Redis is still loading its data", "wait", Severity.WARNING)
    return ok("all succeeded")


def look_at_memory(place: Place) -> Outcome:
    """How full it is, and whether the machine has what it may take."""
    facts = place.redis
    used_bytes, limit_bytes = int(facts.info["used_memory"]), int(facts.info.get("maxmemory", 0))
    if not limit_bytes:
        return fault(
            f"{size_text(used_bytes)} used by Redis, no limit: nobody sees it coming when the machine has no more",
            f"maxmemory 2gb (less than half the memory) in {CONFIGURATION}, then {RESTART}",
        )
    share, shown = used_bytes / limit_bytes, f"{size_text(used_bytes)} of {size_text(limit_bytes)} used by Redis"
    cure = f"a larger maxmemory in {CONFIGURATION}; `soniclayer status` shows what waits"
    if share >= place.backend.max_redis_fill:
        return fault(f"{shown}: uploads are refused", cure, Severity.ERROR)
    if share >= MOST_FILL:
        return fault(shown, cure)
    if facts.is_local and limit_bytes > memory_bytes(place.machine) * HALF:
        return fault(
            f"Redis may take {size_text(limit_bytes)}, more than half of this machine's memory",
            f"a smaller maxmemory in {CONFIGURATION}",
            Severity.ADVICE,
        )
    return ok(shown)


def look_at_overcommit(place: Place) -> Outcome:
    """A fork of Redis needs promises that the kernel may refuse."""
    _only_local(place.redis)
    mode = place.machine.need("/proc/sys/vm/overcommit_memory").strip()
    if mode != "1":
        return fault(
            f"vm.overcommit_memory is {mode}: saving in the background may fail when memory is low",
            "echo vm.overcommit_memory=1 > /etc/sysctl.d/60-redis.conf && sysctl --system",
        )
    return ok("vm.overcommit_memory is 1")


def look_at_huge_pages(place: Place) -> Outcome:
    """They make every fork slow; Redis 6.2 and later keep out of them."""
    facts = place.redis
    _only_local(facts)
    if facts.options is not None and facts.option("disable-thp") == "yes":
        return ok("Redis keeps out of them")
    enabled = place.machine.read("/sys/kernel/mm/transparent_hugepage/enabled")
    if enabled is not None and "[always]" in enabled:
        return fault(
            "transparent huge pages are on for everybody", f"disable-thp yes in {CONFIGURATION}, then {RESTART}"
        )
    return ok("off, or for those who ask")


def _strength(password: str) -> Outcome:
    cure = f"openssl rand -hex 32 > credentials/redis_password, the same as requirepass in {CONFIGURATION}"
    if len(password) < SHORTEST_PASSWORD or len(set(password)) < FEWEST_CHARACTERS:
        return fault(
            f"the password of Redis has {len(password)} characters, {len(set(password))} different ones: "
            f"need {SHORTEST_PASSWORD} and {FEWEST_CHARACTERS}",
            cure,
        )
    return ok(f"asked for, {len(password)} characters")


def _socket(path: Path, place: Place) -> Outcome:
    facts = path.stat()
    mode = stat.S_IMODE(facts.st_mode)
    shown = f"{mode:04o} {user_name(facts.st_uid)}:{group_name(facts.st_gid)}"
    if mode & stat.S_IRWXO and all(folder.stat().st_mode & stat.S_IXOTH for folder in path.parents):
        return fault(
            f"Redis asks for no password, and everybody on the machine may use its socket ({path} is {shown})",
            f"unixsocketperm 770 in {CONFIGURATION}, then {RESTART}"
            if place.installation
            else f"chmod o= {path.parent}",
        )
    return ok(f"socket only, {shown}")


def _only_local(facts: RedisFacts) -> None:
    if not facts.is_local:
        raise NotHere("Redis runs on another machine")


CHECKS = (
    Check("redis.reach", "Redis answers", Severity.ERROR, look_at_reach),
    Check(
        "redis.password", "only we get into Redis: strong password, or socket alone", Severity.ERROR, look_at_password
    ),
    Check("redis.noeviction", "Redis never drops what it was given", Severity.ERROR, look_at_eviction),
    Check("redis.append_only", "Redis writes an append-only file", Severity.ERROR, look_at_append_only),
    Check("redis.snapshots", "Redis takes snapshots", Severity.WARNING, look_at_snapshots),
    Check("redis.saving", "Redis' last saves succeeded", Severity.ERROR, look_at_saving),
    Check("redis.memory", "Redis has memory to spare", Severity.WARNING, look_at_memory),
    Check("redis.overcommit", "the kernel lets Redis fork", Severity.WARNING, look_at_overcommit),
    Check("redis.huge_pages", "Redis keeps out of transparent huge pages", Severity.ADVICE, look_at_huge_pages),
)
