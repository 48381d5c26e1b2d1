"""The one error tree. Everything SonicLayer raises on purpose stands here.

SonicLayerError                code, permanent
├── ConfigError                a setting, persona, label or catalogue file is wrong; the cure is in the message
├── ModelError                 a model is missing, damaged or cannot be fetched
├── InputError                 the audio is at fault and will be tomorrow: never tried again
├── RecordingMissing           no recording of that id
├── Conflict                   the recording is in a state in which that cannot be done
├── UploadRefused              an upload that is too large, no audio, cut off, or malformed; `code` names the cause
├── RecordingGone              it was deleted, cancelled or replaced while a step ran: the step's result is not wanted
├── StoreError                 the store cannot do it now
│   ├── ObjectMissing          no object of that name
│   │   └── SourceMissing      the uploaded file itself: the step is given up, and may be tried again when it is back
│   └── StoreFull              no space left; nothing of what was being written remains
├── JudgeBusy                  the persona's flow has enough to do: ask again after `delay_s`
├── BackupError                a backup, drill or restore cannot be done; `code` names the cause
├── LangflowAway               Langflow does not answer, or refuses to; a judge never raises it: the rules stand in
├── CourierAway                Redis does not answer now: try again, nothing is lost
│   └── CourierFull            it answers, but has no memory left
└── EngineError                the engine child failed at a step
    ├── EngineDied             crash, deadline or memory: counts as an attempt
    ├── EngineReplaced         it died in another step meanwhile, and with it what it had half done: never counts
    └── EngineStopped          the caller asked it to stop: never counts

`permanent` says whether trying again can not help.
"""

from __future__ import annotations


class SonicLayerError(Exception):
    """Base of all: a one-line message for people, a stable `code` for programs."""

    code = "error"
    permanent = False

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        if code is not None:
            self.code = code


class ConfigError(SonicLayerError):
    """A configuration file or setting is wrong. `faults` holds one line per fault, all of them."""

    code = "config"
    permanent = True

    def __init__(self, *faults: str) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class ModelError(SonicLayerError):
    """A model is missing, damaged, or cannot be fetched."""

    code = "model"


class InputError(SonicLayerError):
    """The input is not audio we can read. `code` names the cause, e.g. `no_audio`, `too_long`, `undecodable`."""

    code = "input"
    permanent = True


class RecordingGone(SonicLayerError):
    """The recording was deleted, cancelled or replaced while a step ran."""

    code = "recording_gone"
    permanent = True


class RecordingMissing(SonicLayerError):
    """There is no recording of that id."""

    code = "recording_missing"
    permanent = True


class Conflict(SonicLayerError):
    """The recording is in a state in which that cannot be done. `code` names the cause, e.g. `already_ended`."""

    code = "conflict"
    permanent = True


class UploadRefused(SonicLayerError):
    """An upload we do not take. `code`: `too_large`, `not_audio`, `no_file`, `malformed`, `cut_off`, `bad_field`."""

    code = "upload_refused"
    permanent = True


class CourierAway(SonicLayerError):
    """Redis does not answer now."""

    code = "courier_away"


class CourierFull(CourierAway):
    """Redis has no memory left."""

    code = "courier_full"


class StoreError(SonicLayerError):
    """The store cannot do what was asked, now."""

    code = "store"


class ObjectMissing(StoreError):
    """No object of that name."""

    code = "object_missing"


class SourceMissing(ObjectMissing):
    """The uploaded file of a recording is not in the store any more, and nothing else can stand in for it."""

    code = "source_missing"


class StoreFull(StoreError):
    """No space left (or over quota). What was being written has been removed."""

    code = "store_full"


class BackupError(SonicLayerError):
    """A backup, drill or restore cannot be done.

    `code`: `no_restic`, `no_password`, `wrong_password`, `repository`, `locked`, `no_room`, `no_snapshot`,
    `incomplete`, `recordings`, `restic`.
    """

    code = "backup"


class JudgeBusy(SonicLayerError):
    """A persona's flow has enough to do for now: the step is to be tried again after `delay_s` seconds."""

    code = "judge_busy"

    def __init__(self, message: str, delay_s: float) -> None:
        super().__init__(message)
        self.delay_s = delay_s


class LangflowAway(SonicLayerError):
    """Langflow does not answer, or refuses to."""

    code = "langflow_away"


class EngineError(SonicLayerError):
    """A step failed inside the engine child for a reason of its own."""

    code = "engine"


class EngineDied(EngineError):
    """The child crashed, ran past its deadline, or took too much memory; it has been replaced."""

    code = "engine_died"


class EngineReplaced(EngineError):
    """The child that held a half-done `prepare` has died in another step; the step goes on where it was."""

    code = "engine_replaced"


class EngineStopped(EngineError):
    """The child was stopped on request while it worked."""

    code = "engine_stopped"
