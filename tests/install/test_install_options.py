"""The command line of install.sh: what it refuses, before it looks at anything."""

from __future__ import annotations

import re

import pytest
from staged_install import REPO, call

INSTALL = REPO / "install.sh"


def test_help_lists_every_option_that_is_taken():
    code = (REPO / "deploy/install/options.sh").read_text()
    taken = set(re.findall(r"--[a-z][a-z-]+", code.partition("case $1 in")[2].partition("esac")[0]))
    helped = call(INSTALL, "--help")
    assert helped.returncode == 0
    assert taken - {"--latest"} == set(re.findall(r"--[a-z][a-z-]+", helped.stdout))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--worker", "2"], "no such option: --worker"),
        (["upgrade"], "no such command: upgrade"),
        (["--workers", "0"], "--workers is 0"),
        (["--workers"], "--workers needs a value"),
        (["--torch=gpu"], "--torch is gpu: need cpu or cuda"),
        (["--domain", "a b"], "--domain is a b"),
        (["--key", "/k.pem"], "--key needs --certificate"),
        (["--certificate", "/c.pem"], "--certificate needs --key"),
        (["--redis-url", "localhost:6379"], "need redis://HOST:PORT/DB"),
        (["uninstall", "--root", "/x"], "--root goes with install alone"),
        (["rollback", "1.0; reboot"], "is no version"),
        (["one", "two"], "no such command: one"),
    ],
)
def test_a_wrong_word_is_refused_with_what_is_right(words, told):
    refused = call(INSTALL, *words, "--dry-run")
    assert refused.returncode == 2
    assert told in refused.stderr
    assert refused.stdout == ""


@pytest.mark.parametrize(
    "url", ["redis://:geheim@far:6379/0", "rediss://me:geheim@far/0", "rediss://far?password=geheim"]
)
def test_a_password_in_the_url_of_redis_is_refused_and_not_repeated(url):
    refused = call(INSTALL, "--dry-run", "--without-redis", "--redis-url", url)
    assert refused.returncode == 2
    assert "--redis-password-file" in refused.stderr
    assert "geheim" not in refused.stdout + refused.stderr
