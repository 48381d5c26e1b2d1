"""`soniclayer COMMAND`, whatever the command is: how fast it is there, and how it ends."""

from __future__ import annotations

import subprocess
import sys

import pytest

from soniclayer.main import COMMANDS, main

INTERRUPTED_AT = """
import sys

class CtrlC:
    def find_spec(self, name, *_):
        if name == sys.argv[1]:
            raise KeyboardInterrupt

sys.meta_path.insert(0, CtrlC())
from soniclayer.main import main

sys.exit(main(["status"]))
"""

LOADED_BY_HELP = """
import sys
from soniclayer.main import main

try:
    main([sys.argv[1], "--help"])
except SystemExit:
    print("loaded", *sys.modules)
"""


def run(program, *arguments):
    return subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("module", ["soniclayer.settings", "soniclayer.cli.status.command", "redis"])
def test_ctrl_c_while_a_command_is_loaded_shows_no_traceback(module):
    done = run(INTERRUPTED_AT, module)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


@pytest.mark.parametrize(
    ("command", "never"),
    [
        ("submit", {"redis", "dramatiq", "requests", "starlette"}),
        ("keys", {"redis", "dramatiq", "requests", "starlette"}),
        ("status", {"requests", "starlette"}),
        ("backend", {"rich", "redis", "starlette", "gunicorn"}),
        ("worker", {"rich", "redis", "dramatiq"}),
    ],
)
def test_a_command_loads_nothing_that_only_others_need(command, never):
    loaded = run(LOADED_BY_HELP, command).stdout.rpartition("loaded ")[2].split()
    assert COMMANDS[command] in loaded
    assert not never & set(loaded)


@pytest.mark.parametrize("words", [[], ["nonsense"], ["--nonsense", "status"]])
def test_words_it_does_not_know_are_answered_with_the_usage(words, capsys):
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("usage: soniclayer [-h] [--version] COMMAND ...\nsoniclayer: error: ")


def test_help_tells_of_every_command(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    told = capsys.readouterr().out.splitlines()
    assert all(any(line.split()[:1] == [name] for line in told) for name in COMMANDS)
