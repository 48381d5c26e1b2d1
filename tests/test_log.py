"""One line per event, whoever logs it, and nothing in it that must not be there."""

from __future__ import annotations

import ast
import io
import logging
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from soniclayer import log
from soniclayer.errors import ConfigError
from soniclayer.log import EventFormatter, event, logging_config, setup_logging
from soniclayer.settings import Settings

REPO = Path(__file__).parent.parent
FORBIDDEN_KEYS = {"text", "words", "word", "transcript", "quote", "api_key", "password", "secret", "token"}


@pytest.fixture
def lines():
    """A logger, and the lines it has written so far."""
    logger = logging.Logger("soniclayer.sample", logging.DEBUG)  # noqa: LOG001 - one that nobody else has
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(EventFormatter(journal=True))
    logger.addHandler(handler)
    return logger, lambda: stream.getvalue().splitlines()


def test_an_event_is_words_and_keys_behind_its_severity(lines):
    logger, written = lines
    event(logger, "step done", recording="ab12", window=3, duration_s=1.25, worker=None, ready=True)
    assert written() == ["<6>soniclayer.sample: step done recording=ab12 window=3 duration_s=1.25 ready=true"]


@pytest.mark.parametrize(
    ("level", "number"), [("DEBUG", 7), ("INFO", 6), ("WARNING", 4), ("ERROR", 3), ("CRITICAL", 2)]
)
def test_the_journal_is_told_the_severity(lines, level, number):
    logger, written = lines
    event(logger, "heard", logging.getLevelName(level))
    assert written()[0].startswith(f"<{number}>")


@pytest.mark.parametrize("nasty", ["two\nlines", "\r\n<0>forged", "a\u2028b", "\x1b[31mred", "\udcff", 'say "so"'])
def test_whatever_a_value_holds_it_stays_one_line_and_one_value(lines, nasty):
    logger, written = lines
    event(logger, "upload", name=nasty, size=1)
    [line] = written()
    assert re.fullmatch(r'<6>soniclayer\.sample: upload name="(?:[^"\\]|\\.)*" size=1', line)
    assert line.isprintable()


def test_percent_signs_and_newlines_in_foreign_messages_are_no_trouble(lines):
    logger, written = lines
    logger.info("100 % done\nreally")
    assert written() == [r"<6>soniclayer.sample: 100 % done\nreally"]


def test_long_values_are_cut(lines):
    logger, written = lines
    event(logger, "odd", value="x" * 5000)
    assert len(written()[0]) < 600


def test_an_error_is_one_line_with_its_cause_and_place(lines):
    logger, written = lines
    try:
        try:
            raise OSError("disk\nfull")  # noqa: TRY301 - an error with a cause
        except OSError as error:
            raise ValueError("no good") from error
    except ValueError as error:
        event(logger, "step failed", logging.ERROR, error=error, stage="prepare")
    [line] = written()
    assert 'stage=prepare error="ValueError: no good" at=test_log.py:' in line
    assert r'cause="OSError: disk\nfull"' in line


def test_every_line_within_a_request_carries_its_id(lines):
    logger, written = lines
    token = log.request_id.set("r-17")
    logger.info("from a library")
    event(logger, "ours", request="another")
    log.request_id.reset(token)
    event(logger, "later")
    assert [line.partition(": ")[2] for line in written()] == [
        "from a library request=r-17",
        "ours request=another",
        "later",
    ]


PROGRAM = """
import logging, logging.config, os, sys, warnings
if os.environ.get("AS_JOURNAL"):
    status = os.fstat(2)
    os.environ["JOURNAL_STREAM"] = f"{status.st_dev}:{status.st_ino}"
from soniclayer.log import event, logging_config, setup_logging
from soniclayer.settings import load_settings
setup_logging(load_settings())
import gunicorn.config, gunicorn.glogging, dramatiq
cfg = gunicorn.config.Config()
cfg.set("logconfig_dict", logging_config(load_settings()))
logger = gunicorn.glogging.Logger(cfg)
uvicorn = logging.getLogger("uvicorn.error")
uvicorn.handlers, uvicorn.propagate = logger.error_log.handlers, False  # as uvicorn_worker does
logger.info("from gunicorn")
uvicorn.info("from uvicorn")
dramatiq.get_logger("dramatiq.worker").warning("from dramatiq")
logging.getLogger("dramatiq").debug("not told")
warnings.warn("from warnings")
event(logging.getLogger("soniclayer.sample"), "from us", window=1)
event(logging.getLogger("soniclayer.sample"), "detail", logging.DEBUG)
try:
    1 / 0
except ZeroDivisionError:
    logging.getLogger("soniclayer.sample").exception("broken")
"""


def logged(**environment):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=os.environ | {"PYTHONPATH": str(REPO)} | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stderr.splitlines()


def test_all_libraries_log_in_our_form_and_once():
    lines = logged(AS_JOURNAL="1")
    assert [line.partition(" ")[0] for line in lines] == [
        "<6>gunicorn.error:",
        "<6>uvicorn.error:",
        "<4>dramatiq.worker.<module>:" if "<module>" in lines[2] else "<4>dramatiq.worker:",
        "<4>py.warnings:",
        "<6>soniclayer.sample:",
        "<3>soniclayer.sample:",
    ]


def test_a_terminal_sees_the_time_and_no_severity_number():
    ours = [line for line in logged() if "from us" in line]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} INFO    soniclayer\.sample: from us window=1", ours[0])


def test_the_log_level_is_a_setting():
    assert any("detail" in line for line in logged(LOG_LEVEL="DEBUG"))
    assert not any("from us" in line for line in logged(LOG_LEVEL="ERROR"))


def test_development_shows_whole_tracebacks_and_production_one_line():
    assert "ZeroDivisionError: division by zero" in logged(ENVIRONMENT="development")
    assert not any(line.startswith(("Traceback", "ZeroDivisionError")) for line in logged())


def test_an_older_configuration_without_logging_yaml_takes_the_one_of_the_installation(tmp_path):
    ours = logging_config(Settings(config_dir=REPO / "config"))
    assert logging_config(Settings(config_dir=tmp_path)) == ours


@pytest.fixture
def restored_loggers():
    """Loggers speak again as before: a configuration that fails half-way leaves them disabled."""
    loggers = [logger for logger in logging.root.manager.loggerDict.values() if isinstance(logger, logging.Logger)]
    disabled = [logger.disabled for logger in loggers]
    yield
    for logger, before in zip(loggers, disabled, strict=True):
        logger.disabled = before


@pytest.mark.usefixtures("restored_loggers")
@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("version: 1\nroot: {handlers: [nowhere]}", "nowhere"),
        ("- a list", "dictConfig"),
        ("a: [", "line 1"),
        ("version: 1\nhandlers: {h: {class: no.such.Handler}}", "h"),
    ],
)
def test_a_wrong_logging_yaml_is_named(tmp_path, text, fault):
    (tmp_path / "logging.yaml").write_text(text)
    with pytest.raises(ConfigError, match=re.escape(str(tmp_path / "logging.yaml"))) as raised:
        setup_logging(Settings(config_dir=tmp_path))
    assert fault in str(raised.value)
    assert len(raised.value.faults) == 1


def test_secrets_of_the_settings_cannot_be_logged(lines):
    logger, written = lines
    event(logger, "settings", redis=SecretStr("hunter2"))
    assert "hunter2" not in written()[0]


def test_no_event_has_a_key_for_what_must_not_be_logged():
    found = [
        f"{path.relative_to(REPO)}:{call.lineno} {keyword.arg}"
        for path in (REPO / "soniclayer").rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call) and getattr(call.func, "attr", getattr(call.func, "id", "")) == "event"
        for keyword in call.keywords
        if keyword.arg in FORBIDDEN_KEYS
    ]
    assert found == []
