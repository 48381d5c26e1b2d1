"""Steps, and the one rule that says which come next."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from soniclayer.domain.window import Plan

Stage = Literal["prepare", "transcribe", "classify", "evaluate", "summarise"]
STAGES: tuple[Stage, ...] = ("prepare", "transcribe", "classify", "evaluate", "summarise")
_BEFORE_EVALUATE: tuple[Stage, ...] = ("transcribe", "classify")


@dataclass(frozen=True)
class Step:
    """One stage on one unit: a recording, a window of it, or a window and a persona (by name)."""

    audio_id: str
    stage: Stage
    window: int | None = None
    persona: str | None = None

    @property
    def name(self) -> str:
        """The step within its recording, e.g. `prepare`, `transcribe.0003`, `evaluate.0003.gen_z`."""
        parts: list[str] = [self.stage]
        if self.window is not None:
            parts.append(f"{self.window:04d}")
        if self.persona is not None:
            parts.append(self.persona)
        return ".".join(parts)


class Tries(NamedTuple):
    """What it has taken so far to have an evaluation judged, in vain.

    `answered`: so often the judge made no sense. `silent`: so often it did not answer, and answered others.
    """

    answered: int = 0
    silent: int = 0


@dataclass(frozen=True)
class Survey:
    """Which objects of a recording exist, as far as the next step depends on them.

    `personas` maps the wanted personas' names to their fingerprints; `done` and `failed` hold steps of this recording
    (evaluations only of wanted personas). `provisional` are those of `done` that are to be made better, with the tries
    that has taken so far. `planned` is the number of windows, known once `prepare` has finished.
    `summary_inputs` is what the stored summary says it was made from. `unreadable` says why nothing can be done: what
    is wanted, or the plan, is lost or damaged.
    """

    audio_id: str
    personas: tuple[tuple[str, str], ...]
    windows: frozenset[int] = frozenset()
    planned: int | None = None
    damaged: bool = False
    done: frozenset[Step] = frozenset()
    failed: frozenset[Step] = frozenset()
    cancelled: bool = False
    summary_inputs: str | None = None
    provisional: Mapping[Step, Tries] = field(default_factory=dict)
    unreadable: str | None = None

    @property
    def stopped(self) -> bool:
        """Whether nothing more is to be done, whatever is there."""
        return self.cancelled or self.unreadable is not None

    @property
    def inputs(self) -> str:
        """Hash of everything a summary is made from: SHA-256 over names, since objects never change under a name.

        Of what is provisional only that there is some: the summary is made again when all of it has become better, and
        not each time.
        """
        return self._inputs(provisional=bool(self.provisional))

    @property
    def prepared(self) -> bool:
        """Whether `prepare` has published everything it planned."""
        return self.planned is not None and self.windows >= frozenset(range(self.planned))

    @property
    def summarised(self) -> bool:
        """Whether the stored summary tells of everything that is stored."""
        return self.summary_inputs is not None and self.summary_inputs == self.inputs

    @property
    def covered(self) -> bool:
        """Whether the stored summary tells of every step, be it that evaluations have become better since."""
        return self.summarised or self.summary_inputs == self._inputs(provisional=True)

    @property
    def improving(self) -> frozenset[Step]:
        """The evaluations that are to be made better, and were not given up at that."""
        return frozenset() if self.stopped else frozenset(self.provisional) - self.failed

    def ended(self, step: Step) -> bool:
        """Whether a step has its result, was given up, or never comes: what it needs was given up."""
        return step in self.done or step in self.failed or self._never_comes(step)

    def with_done(self, step: Step) -> Survey:
        """The survey after a step has got its result."""
        return replace(self, done=self.done | {step})

    def with_failed(self, step: Step) -> Survey:
        """The survey after a step was given up."""
        return replace(self, failed=self.failed | {step})

    def with_plan(self, plan: Plan) -> Survey:
        """The survey after `prepare` has closed the list of windows."""
        prepare = Step(self.audio_id, "prepare")
        return replace(self, planned=plan.windows, damaged=plan.damage is not None, done=self.done | {prepare})

    def with_summary(self, inputs: str) -> Survey:
        """The survey after a summary of these inputs was written."""
        return replace(self, summary_inputs=inputs)

    def with_window(self, number: int) -> Survey:
        """The survey after `prepare` has published a window."""
        return replace(self, windows=self.windows | {number})

    def _inputs(self, *, provisional: bool) -> str:
        failed = self.failed - self.done
        lines = sorted(step.name for step in self.done) + sorted(f"!{step.name}" for step in failed)
        lines += [f"{name}.{fingerprint}" for name, fingerprint in sorted(self.personas)]
        lines.append(f"{sorted(self.windows)} of {self.planned}")
        if provisional:
            lines.append("provisional")
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def _never_comes(self, step: Step) -> bool:
        if step.stage not in {"classify", "evaluate"}:
            return False
        needed = (Step(self.audio_id, stage, step.window) for stage in _BEFORE_EVALUATE if stage != step.stage)
        return any(one in self.failed and one not in self.done for one in needed)


def next_steps(survey: Survey) -> list[Step]:
    """Every step that has all it needs and has neither its result nor been given up, in the order to run them.

    Empty when nothing is left to do. Steps that are being run right now are among them: whoever runs steps knows
    which those are.
    """
    if survey.stopped:
        return []
    steps = [step for window in sorted(survey.windows) for step in window_steps(survey, window)]
    return steps + recording_steps(survey, windows_ended=not steps)


def window_steps(survey: Survey, window: int) -> list[Step]:
    """Those of one window: each needs the result of the one before it. Empty when the window has ended."""
    for stage in _BEFORE_EVALUATE:
        step = Step(survey.audio_id, stage, window)
        if step not in survey.done:
            return [] if step in survey.failed else [step]
    evaluations = [Step(survey.audio_id, "evaluate", window, persona) for persona, _ in survey.personas]
    return [step for step in evaluations if not survey.ended(step)]


def recording_steps(survey: Survey, *, windows_ended: bool) -> list[Step]:
    """Those of no window; `windows_ended` says whether every window has ended."""
    prepare = Step(survey.audio_id, "prepare")
    if not survey.prepared and prepare not in survey.failed:
        return [prepare]
    summary_possible = windows_ended and (survey.windows or survey.prepared)
    summarise = Step(survey.audio_id, "summarise")
    if summary_possible and not survey.summarised and summarise not in survey.failed:
        return [summarise]
    return []
