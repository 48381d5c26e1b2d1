"""The one error tree. Everything SonicLayer raises on purpose stands here.

SonicLayerError                code, permanent
├── ConfigError                a setting, persona, label or catalogue file is wrong; the cure is in the message
├── ModelError                 a model is missing, damaged or cannot be fetched
├── InputError                 the audio is at fault and will be tomorrow: never tried again
├── RecordingGone              it was deleted, cancelled or replaced while a step ran: the step's result is not wanted
├── StoreError                 the store cannot do it now
│   ├── ObjectMissing          no object of that name
│   └── StoreFull              no space left; nothing of what was being written remains
└── EngineError                the engine child failed at a step
    ├── EngineDied             crash, deadline or memory: counts as an attempt
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


class StoreError(SonicLayerError):
    """The store cannot do what was asked, now."""

    code = "store"


class ObjectMissing(StoreError):
    """No object of that name."""

    code = "object_missing"


class StoreFull(StoreError):
    """No space left (or over quota). What was being written has been removed."""

    code = "store_full"


class EngineError(SonicLayerError):
    """A step failed inside the engine child for a reason of its own."""

    code = "engine"


class EngineDied(EngineError):
    """The child crashed, ran past its deadline, or took too much memory; it has been replaced."""

    code = "engine_died"


class EngineStopped(EngineError):
    """The child was stopped on request while it worked."""

    code = "engine_stopped"
