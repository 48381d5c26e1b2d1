"""The page of `soniclayer status`, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.table import Table
from rich.text import Text

from soniclayer.courier.message import AGAIN
from soniclayer.export.plain import one_line
from soniclayer.models.progress import size_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from soniclayer.cli.status.facts import Facts, RedisFacts
    from soniclayer.courier.workers import WorkerReport
    from soniclayer.proof import Proof

LONG_AGE_S = 600.0
"""A message that has waited for longer is shown in yellow."""

MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86_400
_STATE_STYLES = {"failed": "red", "completed_with_errors": "yellow", "completed": "green", "cancelled": "dim"}


def page(facts: Facts) -> Group:
    """Everything, from top to bottom."""
    return Group(*_parts(facts))


def age(seconds: float) -> str:
    """How long ago, in two figures at most: `45 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`."""
    whole = max(0, int(seconds))
    for unit, name, smaller, smaller_name in (
        (DAY_S, "d", HOUR_S, "h"),
        (HOUR_S, "h", MINUTE_S, "min"),
        (MINUTE_S, "min", 1, "s"),
    ):
        if whole >= unit:
            rest = whole % unit // smaller
            return f"{whole // unit} {name}" + (f" {rest} {smaller_name}" if rest else "")
    return f"{whole} s"


def _parts(facts: Facts) -> Iterator[RenderableType]:
    yield Text.assemble(("SonicLayer ", "bold"), (facts.version, "bold"), "   ", (facts.redis_url, "dim"))
    for fault in facts.faults:
        yield Text(f"! {one_line(fault)}", style="bold red")
    if facts.redis:
        yield _heading("Queues")
        yield _queues(facts.redis)
        yield _heading(f"Workers ({len(facts.redis.workers)})")
        yield _workers(facts.redis, facts.asked_at)
    yield _heading("Recordings")
    yield _recordings(facts)
    if facts.redis and facts.redis.failed:
        yield _heading("Latest with failures")
        yield _failed(facts.redis)
    yield _heading("Room")
    yield from _room(facts)


def _heading(title: str) -> Text:
    return Text(f"\n{title}", style="bold")


def _table(*titles: str, right: tuple[str, ...] = ()) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for title in titles:
        table.add_column(title, justify="right" if title in right else "left", no_wrap=True, overflow="ellipsis")
    return table


def _queues(redis: RedisFacts) -> Table:
    table = _table("queue", "waiting", "in hand", "oldest", right=("waiting", "in hand", "oldest"))
    for queue in redis.queues:
        waits_s = queue.oldest_age_s
        style = "yellow" if waits_s is not None and waits_s > LONG_AGE_S and queue.queue != AGAIN else ""
        oldest = Text("-" if waits_s is None else age(waits_s), style=style)
        table.add_row(Text(queue.queue), _count(queue.waiting), _count(queue.running), oldest)
    if redis.put_off:
        table.add_row(Text("put off", style="dim"), _count(redis.put_off), Text(), Text())
    return table


def _workers(redis: RedisFacts, now: float) -> RenderableType:
    if not redis.workers:
        return Text("none", style="red")
    table = _table("name", "host", "is", "since", "memory", "doing", right=("since", "memory"))
    for worker in redis.workers:
        state, style = _how(worker)
        begun = min((doing.since for doing in worker.doing), default=None)
        table.add_row(
            Text(one_line(worker.name)),
            Text(one_line(worker.host), style="dim"),
            Text(state, style=style),
            Text("" if begun is None else age(now - begun)),
            Text(size_text(worker.child_memory_bytes) if worker.child_memory_bytes else "-", style="dim"),
            Text(_doing(worker, redis)),
        )
    return table


def _how(worker: WorkerReport) -> tuple[str, str]:
    if worker.stopping:
        return "stopping", "yellow"
    if not worker.ready:
        return "starting", "yellow"
    return ("busy", "green") if worker.doing else ("idle", "dim")


def _doing(worker: WorkerReport, redis: RedisFacts) -> str:
    return ", ".join(
        f"{doing.step} of {one_line(redis.names.get(doing.audio_id, doing.audio_id[:12]))}" for doing in worker.doing
    )


def _recordings(facts: Facts) -> Text:
    line = Text()
    if facts.redis:
        for state, count in facts.redis.recordings.items():
            if count:
                line.append(f"{count} {state.replace('_', ' ')}   ", style=_STATE_STYLES.get(state, ""))
        if facts.redis.rebuilding:
            line.append("the list is being made anew   ", style="yellow")
    if facts.open_recordings is not None:
        line.append(f"{facts.open_recordings} not done yet", style="dim")
    return line


def _failed(redis: RedisFacts) -> Table:
    table = _table("recording", "is", "failures", "name", right=("failures",))
    for entry in redis.failed:
        state = Text(entry.state.replace("_", " "), style=_STATE_STYLES.get(entry.state, ""))
        table.add_row(Text(entry.audio_id[:12]), state, _count(entry.failures), Text(one_line(entry.name)))
    return table


def _room(facts: Facts) -> Iterator[Text]:
    if facts.disk:
        disk, low = facts.disk, facts.disk.free_bytes < facts.disk.least_free_bytes
        shown = f"disk   {size_text(disk.free_bytes)} of {size_text(disk.total_bytes)} free   {facts.uploads_dir}"
        yield Text(shown, style="red" if low else "")
    if facts.redis:
        memory = facts.redis.memory
        used, limit = size_text(memory.used_bytes), memory.limit_bytes
        yield Text(f"redis  {used} of {size_text(limit)} used" if limit else f"redis  {used} used, no limit")
    if facts.backup or facts.drill:
        yield Text(f"backup {_how_proved(facts.backup, facts)}   restore drill {_how_proved(facts.drill, facts)}")


def _how_proved(proof: Proof | None, facts: Facts) -> str:
    """Of the latest one."""
    if proof is None:
        return "none yet"
    if proof.ok:
        return f"{age(facts.asked_at - proof.finished_at)} ago"
    good = f"a good one {age(facts.asked_at - proof.succeeded_at)} ago" if proof.succeeded_at else "never a good one"
    return f"failed {age(facts.asked_at - proof.finished_at)} ago, {good}"


def _count(number: int) -> Text:
    return Text(str(number), style="" if number else "dim")
