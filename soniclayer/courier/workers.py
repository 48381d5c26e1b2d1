"""Who works: every worker reports here every other second, and is gone when it has not for WORKER_GONE_S."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, TypeVar

from soniclayer.courier.connection import PREFIX, courier_errors

if TYPE_CHECKING:
    import redis

T = TypeVar("T")

WORKER_GONE_S = 10.0
FORGOTTEN_S = 86_400.0

_SEEN = f"{PREFIX}workers"
_REPORTS = f"{PREFIX}workers:reports"

# By the clock of Redis: those of the hosts need not agree. Reports from the future are older than a clock set back.
_CLOCK = "local now = redis.call('time') now = now[1] + now[2] / 1000000\n"
_REPORT = f"""{_CLOCK}
redis.call('zadd', KEYS[1], now, ARGV[1])
redis.call('hset', KEYS[2], ARGV[1], ARGV[2])
for _, place in ipairs(redis.call('zrangebyscore', KEYS[1], '-inf', now - ARGV[3])) do
  redis.call('zrem', KEYS[1], place)
  redis.call('hdel', KEYS[2], place)
end
"""
_ALIVE = f"""{_CLOCK}
local reports = {{}}
for _, place in ipairs(redis.call('zrangebyscore', KEYS[1], now - ARGV[1], now + ARGV[1])) do
  reports[#reports + 1] = redis.call('hget', KEYS[2], place) or '{{}}'
end
return reports
"""
_COUNT = f"{_CLOCK} return redis.call('zcount', KEYS[1], now - ARGV[1], now + ARGV[1])"


@dataclass(frozen=True)
class Doing:
    """A step a worker has in hand: `step` is its name (`transcribe.0003`), `since` Unix time in seconds."""

    audio_id: str
    step: str
    since: float


@dataclass(frozen=True)
class WorkerReport:
    """One worker process. `name` is the instance's (`worker-1`), `started_at` Unix time in seconds."""

    name: str
    host: str
    pid: int
    version: str
    queues: tuple[str, ...]
    started_at: float
    ready: bool
    stopping: bool
    doing: tuple[Doing, ...]
    child_pid: int | None = None
    child_memory_bytes: int = 0


class Workers:
    """The reports of all workers on all hosts."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._report = client.register_script(_REPORT)
        self._alive = client.register_script(_ALIVE)
        self._count = client.register_script(_COUNT)

    def report(self, report: WorkerReport) -> None:
        """Say that this worker is alive. Those that have said nothing for a day are forgotten."""
        with courier_errors():
            self._report(keys=[_SEEN, _REPORTS], args=[_place(report), json.dumps(asdict(report)), FORGOTTEN_S])

    def sign_off(self, report: WorkerReport) -> None:
        """Say that this worker ends."""
        with courier_errors(), self._client.pipeline() as pipeline:
            pipeline.zrem(_SEEN, _place(report))
            pipeline.hdel(_REPORTS, _place(report))
            pipeline.execute()

    def alive(self) -> list[WorkerReport]:
        """Those that reported lately, by host and name; without those whose report this version cannot read."""
        with courier_errors():
            reports = self._alive(keys=[_SEEN, _REPORTS], args=[WORKER_GONE_S])
        found = [report for report in map(_parse, reports) if report is not None]
        return sorted(found, key=lambda report: (report.host, report.name))

    def count(self) -> int:
        """How many are alive."""
        with courier_errors():
            return int(self._count(keys=[_SEEN], args=[WORKER_GONE_S]))


def _place(report: WorkerReport) -> str:
    return f"{report.host}/{report.name}"


def _parse(report: str) -> WorkerReport | None:
    try:
        facts = json.loads(report)
        doing = tuple(_known(Doing, one) for one in facts.pop("doing"))
        return _known(WorkerReport, {**facts, "queues": tuple(facts["queues"]), "doing": doing})
    except (ValueError, TypeError, KeyError):
        return None


def _known(kind: type[T], facts: dict[str, Any]) -> T:
    """Made of what this version knows; a worker of the next one may tell more."""
    names = {field.name for field in fields(kind)}  # type: ignore[arg-type]  # a dataclass
    return kind(**{name: fact for name, fact in facts.items() if name in names})
