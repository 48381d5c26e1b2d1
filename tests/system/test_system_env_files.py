"""What commands read from environment files is what systemd hands to the services."""

from __future__ import annotations

import pytest
from debian_machine import running_machine

from soniclayer.installation import read_env_file

ENV_FILE = r"""# A=1
; B=1

SPACED = value
  INDENTED=1
TRAILING=one two
SINGLE='quoted # '
DOUBLE="double"
JOINED="two words" more
EMPTY=
EQUALS=a=b
ESCAPED="esc \" quote \x \$"
BARE=back\slash
INNER=a 'b' c
LONG=one \
two
LONGER="one \
two
three"
REMARK=x # no comment
export NO=1
no assignment
LAST='once' 'more' again"""


@pytest.fixture(scope="module")
def machine(system_session, debian):
    with running_machine(system_session / "env-files", debian) as machine:
        yield machine


def test_an_environment_file_says_the_same_to_commands_as_to_services(machine, tmp_path):
    path = tmp_path / "x.env"
    path.write_text(ENV_FILE)
    machine.copy_in(path, "/root/x.env")
    unit = ("systemd-run", "--quiet", "--pipe", "--wait", "--property=EnvironmentFile=/root/x.env")
    told = machine.run(*unit, "env", "--null").stdout.split("\0")
    ours = read_env_file(path)
    assert ours == {name: value for name, _, value in (line.partition("=") for line in told) if name in ours}
    assert {name for name in ours if name.isupper()} >= {"SPACED", "LAST"}
