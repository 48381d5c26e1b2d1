"""keys.yaml: made, read, verified and revoked, whoever else writes, and never the key itself."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from soniclayer.definitions.keys import add_key, find_key, load_keys, revoke_key
from soniclayer.errors import ConfigError
from soniclayer.main import main

REPO = Path(__file__).parent.parent.parent


@pytest.fixture
def file(tmp_path):
    return tmp_path / "config" / "keys.yaml"


def test_a_key_is_found_by_itself_and_by_nothing_else(file):
    desk = add_key(file, "desk", ["read"])
    add_key(file, "ingest", ["write"])
    keys = load_keys(file)
    assert find_key(keys, desk).name == "desk"
    assert [find_key(keys, wrong) for wrong in ("", desk[:-1], desk + "x", keys[0].sha256, "\udcff")] == [None] * 5


def test_a_key_has_256_random_bits_and_says_what_it_is(file):
    first, second = add_key(file, "a", ["read"]), add_key(file, "b", ["read"])
    assert first != second
    assert all(key.startswith("slk_") and len(key) == 4 + 43 for key in (first, second))


def test_scopes_are_what_was_given_and_admin_may_all(file):
    for name, scopes in (("reader", ["read"]), ("ingest", ["write"]), ("boss", ["admin"])):
        add_key(file, name, scopes)
    allowed = {key.name: [s for s in ("read", "write", "admin") if key.allows(s)] for key in load_keys(file)}
    assert allowed == {"reader": ["read"], "ingest": ["write"], "boss": ["read", "write", "admin"]}


def test_the_file_never_holds_the_key_and_is_not_for_everybody(file):
    secret = add_key(file, "desk", ["read", "write"])
    assert secret.removeprefix("slk_") not in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert [path.name for path in file.parent.iterdir()] == ["keys.yaml"]


def test_no_file_is_no_key(file):
    assert load_keys(file) == ()


def test_a_revoked_key_is_gone_and_the_others_stay(file):
    secrets = {name: add_key(file, name, ["read"]) for name in ("a", "b", "c")}
    revoke_key(file, "b")
    assert [key and key.name for key in (find_key(load_keys(file), s) for s in secrets.values())] == ["a", None, "c"]
    revoke_key(file, "a")
    revoke_key(file, "c")
    assert load_keys(file) == ()


@pytest.mark.parametrize("name", ["", "-x", "two words", "a" * 65, "new\nline", "ü"])
def test_a_name_that_could_not_stand_in_a_log_is_refused(file, name):
    with pytest.raises(ConfigError, match="at most 64"):
        add_key(file, name, ["read"])
    assert not file.exists()


def test_a_name_that_is_taken_is_refused(file):
    add_key(file, "desk", ["read"])
    with pytest.raises(ConfigError, match="revoke it first"):
        add_key(file, "desk", ["write"])


def test_revoking_an_unknown_name_tells_those_there_are(file):
    add_key(file, "desk", ["read"])
    with pytest.raises(ConfigError, match=r"no such key .*; there are: desk"):
        revoke_key(file, "dekc")


def test_several_who_add_at_once_lose_none(file):
    command = [sys.executable, "-m", "soniclayer", "keys", "add", "--file", str(file)]
    adding = [subprocess.Popen([*command, f"n{n}"], cwd=REPO, stdout=-1, stderr=-1, text=True) for n in range(6)]
    secrets = [process.communicate()[0].strip() for process in adding]
    keys = load_keys(file)
    assert sorted(find_key(keys, secret).name for secret in secrets) == [f"n{n}" for n in range(6)]


ENTRY = "{name: %s, scopes: [%s], sha256: %s, created_at: 2026-01-01T00:00:00Z}"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "keys.yaml:1: file: is empty"),
        ("keys:\n- " + ENTRY % ("a", "reed", "a" * 64), "keys.yaml:2: keys.0.scopes.0: Input should be"),
        ("keys:\n- " + ENTRY % ("a", "", "a" * 64), "keys.yaml:2: keys.0.scopes: Tuple should have at least 1"),
        ("keys:\n- " + ENTRY % ("a", "read", "abc"), "keys.yaml:2: keys.0.sha256:"),
        ("keys:\n- " + ENTRY % ("a b", "read", "a" * 64), "keys.yaml:2: keys.0.name: need a letter"),
        (
            "keys:\n" + "".join(f"- {ENTRY % (name, 'read', digit * 64)}\n" for name, digit in ("aa", "ab")),
            "keys.yaml:1: keys: two keys have the name a",
        ),
        (
            "keys:\n" + "".join(f"- {ENTRY % (name, 'read', digit * 64)}\n" for name, digit in ("aa", "ba")),
            f"keys.yaml:1: keys: two keys have the sha256 {'a' * 64}",
        ),
    ],
)
def test_a_fault_is_told_with_its_line(file, text, fault):
    file.parent.mkdir()
    file.write_text(text)
    with pytest.raises(ConfigError) as raised:
        load_keys(file)
    assert fault in str(raised.value)


def test_a_key_in_the_place_of_its_hash_is_not_told(file):
    file.parent.mkdir()
    secret = add_key(file, "x", ["read"])
    file.write_text("keys:\n- " + ENTRY % ("a", "read", secret))
    with pytest.raises(ConfigError, match="slk_…") as raised:
        load_keys(file)
    assert secret not in str(raised.value)


def test_a_file_with_faults_is_not_written_over(file):
    file.parent.mkdir()
    file.write_text("keys: [{")
    with pytest.raises(ConfigError):
        add_key(file, "desk", ["read"])
    assert file.read_text() == "keys: [{"


def test_owner_and_group_stay_when_root_adds_a_key(file, root):
    add_key(file, "a", ["read"])
    os.chown(file, 4711, 4712)
    add_key(file, "b", ["read"])
    assert (file.stat().st_uid, file.stat().st_gid) == (4711, 4712)


def test_a_link_to_the_file_stays_a_link(file, tmp_path):
    add_key(file, "a", ["read"])
    link = tmp_path / "keys.yaml"
    link.symlink_to(file)
    add_key(link, "b", ["read"])
    assert link.is_symlink()
    assert [key.name for key in load_keys(file)] == ["a", "b"]


def test_a_full_disk_leaves_the_file_as_it_was(small_disk):
    file = small_disk / "keys.yaml"
    secret = add_key(file, "a", ["read"])
    with (small_disk / "filler").open("wb", buffering=0) as filler, suppress(OSError):
        while True:
            filler.write(bytes(4096))
    with pytest.raises(ConfigError, match="cannot be written: No space left"):
        add_key(file, "b", ["read"])
    assert find_key(load_keys(file), secret).name == "a"
    assert not [path for path in small_disk.iterdir() if path.name.startswith(".")]


def test_the_commands_make_list_and_revoke(file, capsys):
    assert main(["keys", "add", "desk", "--scope", "read", "--file", str(file)]) == 0
    printed = capsys.readouterr()
    secret = printed.out.strip()
    assert find_key(load_keys(file), secret).scopes == {"read"}
    assert secret not in printed.err
    assert main(["keys", "list", "--json", "--file", str(file)]) == 0
    [entry] = json.loads(capsys.readouterr().out)
    assert (entry["name"], entry["scopes"]) == ("desk", ["read"])
    assert main(["keys", "list", "--file", str(file)]) == 0
    assert "desk" in capsys.readouterr().out
    assert main(["keys", "revoke", "desk", "--file", str(file)]) == 0
    assert main(["keys", "revoke", "desk", "--file", str(file)]) == 2
    assert "there are: none" in capsys.readouterr().err
