"""Whose turn it is: of what a long recording could have done at once only a few steps are queued, the first ones."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from soniclayer.domain.step import next_steps, window_steps

if TYPE_CHECKING:
    from soniclayer.domain.step import Stage, Step, Survey

AHEAD = 8
"""So many transcriptions of one recording are queued at a time, at most, and so many evaluations of each persona of it:
others get their turn, however long it is."""

_IN_TURNS: tuple[Stage, ...] = ("transcribe", "evaluate")


def due_steps(survey: Survey) -> list[Step]:
    """Those of `next_steps` whose turn it is: of transcriptions and evaluations, a few."""
    return [step for step in next_steps(survey) if _turn_has_come(survey, step)]


def steps_let_in(survey: Survey, step: Step) -> list[Step]:
    """What became due when a step of a window ended: in its window, and in the one AHEAD of it.

    So it takes one look at these two and the one AHEAD before, which are all that `survey` need know. The likes of the
    step in its window are not among them: they were let in with it.
    """
    number = step.window or 0
    steps = [one for one in window_steps(survey, number) if one == step or one.stage != step.stage]
    if number + AHEAD in survey.windows:
        steps += [one for one in window_steps(survey, number + AHEAD) if _waited_for(survey, one, step)]
    return [one for one in steps if _turn_has_come(survey, one)]


def improvable(survey: Survey) -> list[Step]:
    """The evaluations that are provisional and whose turn it is to be made better: a few of each persona."""
    waiting = survey.improving
    due = [step for step in waiting if _elsewhere(step, -AHEAD) not in waiting]
    return sorted(due, key=lambda step: (step.window or 0, step.persona or ""))


def improvable_after(survey: Survey, step: Step) -> list[Step]:
    """The one of them whose turn it is after `step`, if there is one; `survey` need know no other."""
    following = _elsewhere(step, AHEAD)
    return [following] if following in survey.improving else []


def _turn_has_come(survey: Survey, step: Step) -> bool:
    """Whether that of the window AHEAD before it has ended: so at most AHEAD are due at a time.

    More only where a retry has opened earlier ones again.
    """
    if step.stage not in _IN_TURNS or (step.window or 0) < AHEAD:
        return True
    return survey.ended(_elsewhere(step, -AHEAD))


def _waited_for(survey: Survey, waiting: Step, step: Step) -> bool:
    """Whether a step of the window AHEAD may have waited for `step`, or for what never comes as that was given up."""
    if waiting.stage not in _IN_TURNS:
        return False
    given_up = step.stage != "evaluate" and step not in survey.done
    return given_up or (waiting.stage, waiting.persona) == (step.stage, step.persona)


def _elsewhere(step: Step, windows: int) -> Step:
    """The same of a window so many further."""
    return replace(step, window=(step.window or 0) + windows)
