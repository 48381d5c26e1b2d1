"""Which steps have ended, told by the names of the objects of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from soniclayer.domain.step import Survey, Tries
from soniclayer.errors import ObjectMissing, StoreError
from soniclayer.storage import names

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from soniclayer.domain.step import Step
    from soniclayer.storage.run import Run

T = TypeVar("T")


def survey_of(run: Run, present: Collection[str]) -> Survey:
    """What there is, where `present` are the names within the run of all objects, or of those that matter."""
    audio_id = run.recording.audio_id
    unreadable: list[str] = []
    wanted = _read(run, run.wanted, unreadable)
    plan = _read(run, run.plan, unreadable) if names.PLAN in present else None
    summary = run.readable_summary() if names.SUMMARY in present else None
    fingerprints = {persona.name: persona.fingerprint for persona in wanted.personas} if wanted else {}
    final = frozenset(filter(None, (names.finished_step(audio_id, name, fingerprints) for name in present)))
    provisional = _most_tries(final, filter(None, (names.provisional_step(audio_id, n, fingerprints) for n in present)))
    failed = (names.failed_step(audio_id, name) for name in present)
    windows = (names.published_window(name) for name in present)
    return Survey(
        audio_id=audio_id,
        personas=tuple(sorted(fingerprints.items())),
        windows=frozenset(number for number in windows if number is not None),
        planned=None if plan is None else plan.windows,
        damaged=plan is not None and plan.damage is not None,
        done=final | provisional.keys(),
        provisional=provisional,
        failed=frozenset(step for step in failed if step is not None),
        cancelled=names.CANCELLED in present,
        summary_inputs=summary.inputs if summary else None,
        unreadable="; ".join(unreadable) or None,
    )


def _read(run: Run, read: Callable[[], T], unreadable: list[str]) -> T | None:
    """What every look at a recording needs; None, and the reason is told, where it is lost or damaged."""
    try:
        return read()
    except ObjectMissing as error:
        if not run.is_current():  # it has just been deleted
            raise
        unreadable.append(str(error))
    except StoreError as error:
        if error.code != "object_damaged":
            raise
        unreadable.append(str(error))
    return None


def _most_tries(final: Collection[Step], found: Iterable[tuple[Step, Tries]]) -> dict[Step, Tries]:
    """Those that have no final result, each with the tries of its latest one."""
    latest: dict[Step, Tries] = {}
    for step, tries in found:
        if step not in final:
            latest[step] = max(tries, latest.get(step, Tries()))
    return latest
