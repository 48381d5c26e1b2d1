"""One line per event, with keys: `event(_LOG, "step done", recording=..., stage=..., duration_s=...)`.

Never what was said in a recording, and no key or password: `tests/test_log.py` looks for both.
"""

from __future__ import annotations

import json
import logging
import logging.config
import math
import os
import re
import sys
import time
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import TracebackType

    from soniclayer.settings import Settings

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
"""The HTTP request that is being answered, or that asked for the step in hand; every event carries it."""

LONGEST_VALUE = 500
"""A value longer than so many characters is cut: nothing that long is a fact about an event."""

_BARE = re.compile(r"[A-Za-z0-9_.:/@+,\[\]()*-]+")
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_JOURNAL_SEVERITY = ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6))
_JOURNAL_DEBUG = 7


def setup_logging(settings: Settings) -> None:
    """Log as `logging.yaml` says, with LOG_LEVEL; with ENVIRONMENT=development tracebacks follow their line in full.

    Raises:
        ConfigError: logging.yaml cannot be used.
    """
    from soniclayer.errors import ConfigError  # noqa: PLC0415 - this module is imported by all others

    config = logging_config(settings)
    try:
        logging.config.dictConfig(config)
    except (ValueError, TypeError, AttributeError, ImportError) as error:
        cause = f": {error.__cause__}" if error.__cause__ else ""
        raise ConfigError(f"{_file(settings)}: {error}{cause}") from None
    logging.captureWarnings(capture=True)


def logging_config(settings: Settings) -> dict[str, Any]:
    """What `setup_logging` sets up, for `logging.config.dictConfig`; gunicorn takes it as `logconfig_dict`.

    Raises:
        ConfigError: logging.yaml is missing or no YAML.
    """
    import yaml  # noqa: PLC0415 - 20 ms that most who log do not need

    from soniclayer.errors import ConfigError  # noqa: PLC0415 - as above

    path = _file(settings)
    try:
        config = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise ConfigError(f"{path}: {' '.join(str(error).split())}") from None
    if not isinstance(config, dict) or not isinstance(config.get("root", {}), dict):
        raise ConfigError(f"{path}: need what logging.config.dictConfig takes, `version: 1` first")
    config["root"] = {"level": settings.log_level, **config.get("root", {})}
    for formatter in (config.get("formatters") or {}).values():
        if isinstance(formatter, dict) and formatter.get("()") == f"{__name__}.{EventFormatter.__name__}":
            formatter.setdefault("tracebacks", settings.environment == "development")
    return config


def to_nobody() -> None:
    """Drop our events: for a command that tells people itself what matters to them."""
    logging.getLogger("soniclayer").addHandler(logging.NullHandler())


def event(
    logger: logging.Logger,
    words: str,
    level: int = logging.INFO,
    *,
    error: BaseException | None = None,
    **keys: object,
) -> None:
    """Log one event: a few words for people, and facts as keys.

    Args:
        logger: of the module where it happened.
        words: what happened, always the same for the same event: `step done`.
        level: of `logging`.
        error: what went wrong; its type, message and place become keys.
        keys: facts, units in their names; None is left out. `request` comes by itself.
    """
    if logger.isEnabledFor(level):
        logger.log(level, words, extra={"keys": keys}, exc_info=error, stacklevel=2)


class EventFormatter(logging.Formatter):
    """`words key=value ...` in one line: behind the time, or behind the journal's severity where it goes there.

    Other libraries' messages are put into one line too.
    """

    def __init__(self, *, journal: bool | None = None, tracebacks: bool = False) -> None:
        super().__init__()
        self._journal = goes_to_journal() if journal is None else journal
        self._tracebacks = tracebacks

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        line = " ".join([self._start(record), _one_line(record.getMessage()), *_facts(record)])
        if self._tracebacks and not self._journal and record.exc_info:
            return f"{line}\n{self.formatException(record.exc_info)}"
        return line

    def _start(self, record: logging.LogRecord) -> str:
        if self._journal:
            return f"<{severity(record.levelno)}>{record.name}:"
        moment = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(record.created))
        return f"{moment}.{int(record.msecs):03d} {record.levelname:<7} {record.name}:"


def goes_to_journal() -> bool:
    """Whether standard error is the journal: systemd names its device and inode in JOURNAL_STREAM."""
    try:
        status = os.fstat(sys.stderr.fileno())
    except (OSError, ValueError, AttributeError):  # closed, or a test's
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"


def severity(level: int) -> int:
    """The journal's number for a level of `logging`."""
    return next((number for least, number in _JOURNAL_SEVERITY if level >= least), _JOURNAL_DEBUG)


def key_values(keys: Mapping[str, object]) -> Iterator[str]:
    """`key=value` for each that is not None; quoted as JSON where a bare word would not do."""
    for name, value in keys.items():
        if value is not None:
            yield f"{name}={_value(value)}"


def _facts(record: logging.LogRecord) -> Iterator[str]:
    keys: dict[str, object] = dict(getattr(record, "keys", {}))
    if record.exc_info and record.exc_info[1] is not None:
        keys |= _error_keys(record.exc_info[1])
    keys.setdefault("request", request_id.get())
    return key_values(keys)


def _error_keys(error: BaseException) -> dict[str, object]:
    """What, why and where, in keys: the journal would make an entry of every line of a traceback."""
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return {
        "error": _named(error),
        "at": " > ".join(_places(error.__traceback__)) or None,
        "cause": _named(cause) if cause else None,
    }


def _named(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def _places(trace: TracebackType | None, most: int = 8) -> list[str]:
    """The innermost calls, outermost first: `file.py:12`."""
    places = []
    while trace:
        places.append(f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}")
        trace = trace.tb_next
    return places[-most:]


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.3f}".rstrip("0").rstrip(".") if math.isfinite(value) else str(value)
    if isinstance(value, (tuple, list, set, frozenset)):
        value = ",".join(map(str, value))
    text = str(value)
    text = text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"
    return text if _BARE.fullmatch(text) else _escaped(json.dumps(text, ensure_ascii=False))


def _one_line(text: str) -> str:
    return _escaped(text.rstrip("\n").replace("\n", "\\n"))


def _escaped(text: str) -> str:
    """The text without characters that end a line, or steer a terminal."""
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _file(settings: Settings) -> Path:
    """The user's logging.yaml, or the one that came with the installation: an older folder may have none."""
    from soniclayer.settings import default_config_dir  # noqa: PLC0415 - as above

    theirs = settings.config_dir / "logging.yaml"
    return theirs if theirs.exists() else default_config_dir() / "logging.yaml"
