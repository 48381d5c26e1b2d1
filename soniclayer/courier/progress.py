"""How far a recording is, kept up to date step by step; made anew from the store by `jobs.reconcile`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from soniclayer.courier.connection import PREFIX, courier_errors

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import redis

    from soniclayer.domain.recording import Recording

KEPT_S = 7 * 86_400


@dataclass(frozen=True)
class Progress:
    """Seconds of audio whose wanted steps have ended, of a total that is `estimated` until all of it was read."""

    done_s: float
    total_s: float
    estimated: bool


class ProgressBook:
    """One hash per run: `total` seconds, `planned` windows once known, the length of every window that has ended."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def expect(self, recording: Recording, total_s: float) -> None:
        """Note how long the recording may be; a shorter guess than before is ignored."""
        with courier_errors():
            known = self._client.hget(_key(recording), "total")
            if known is None or float(known) < total_s:
                self._set(recording, {"total": total_s})

    def plan(self, recording: Recording, total_s: float, windows: int) -> None:
        """Note how long it is, and that there will be no more than so many windows."""
        with courier_errors():
            self._set(recording, {"total": total_s, "planned": windows})

    def window_ended(self, recording: Recording, number: int, duration_s: float) -> None:
        """Note that all wanted steps of a window have ended; noting it twice counts once."""
        with courier_errors():
            self._set(recording, {f"w{number}": duration_s})

    def note(self, recording: Recording, ended: dict[int, float], total_s: float, planned: int | None) -> None:
        """Note what the store tells; `ended` maps windows that have ended to their length in seconds.

        What others have noted meanwhile stays. Where windows are no longer ended (a persona more is wanted), `forget`
        comes first.
        """
        facts = {f"w{number}": duration_s for number, duration_s in ended.items()}
        with courier_errors():
            self._set(recording, {**facts, "total": total_s, **({} if planned is None else {"planned": planned})})

    def windows(self, recording: Recording) -> set[int]:
        """The windows that are noted as ended."""
        with courier_errors():
            names = cast("list[str]", self._client.hkeys(_key(recording)))
        return {int(name[1:]) for name in names if name.startswith("w")}

    def all_ended(self, recording: Recording) -> bool:
        """Whether every planned window is noted as ended: a hint to look at the store, which knows."""
        with courier_errors():
            planned = self._client.hget(_key(recording), "planned")
        return planned is not None and len(self.windows(recording)) >= int(planned)

    def read(self, recording: Recording) -> Progress | None:
        """How far it is; None when nothing is known."""
        with courier_errors():
            facts = cast("dict[str, str]", self._client.hgetall(_key(recording)))
        return _progress(facts) if facts else None

    def shares(self, runs: Collection[tuple[str, str]]) -> dict[str, float]:
        """How much of some recordings is done, 0-1, by their ids; asked for with one question.

        Args:
            runs: id and run of each; one of which nothing is known is left out.
        """
        if not runs:
            return {}
        with courier_errors(), self._client.pipeline(transaction=False) as pipeline:
            for audio_id, run in runs:
                pipeline.hgetall(_key_of(audio_id, run))
            found = zip(runs, pipeline.execute(), strict=True)
        read = {audio_id: _progress(facts) for (audio_id, _), facts in found if facts}
        return {audio_id: one.done_s / one.total_s for audio_id, one in read.items() if one.total_s}

    def forget(self, recording: Recording) -> None:
        """Drop what is known of a recording that is gone."""
        with courier_errors():
            self._client.delete(_key(recording))

    def _set(self, recording: Recording, facts: dict[str, float]) -> None:
        with self._client.pipeline() as pipeline:
            pipeline.hset(_key(recording), mapping=facts)  # type: ignore[arg-type]  # numbers are fine
            pipeline.expire(_key(recording), KEPT_S)
            pipeline.execute()


def _progress(facts: Mapping[str, str]) -> Progress:
    done_s = sum(float(value) for name, value in facts.items() if name.startswith("w"))
    return Progress(round(done_s, 3), max(float(facts.get("total", 0)), done_s), "planned" not in facts)


def _key(recording: Recording) -> str:
    return _key_of(recording.audio_id, recording.run)


def _key_of(audio_id: str, run: str) -> str:
    return f"{PREFIX}progress:{audio_id}:{run}"
