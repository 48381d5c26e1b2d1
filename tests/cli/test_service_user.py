"""What root types in an installation is done as the user of its services, who cannot become root again."""

from __future__ import annotations

import json
import os
import pwd
import stat

import pytest
from installed_tree import SERVICE_USER

WHO_AFTER = """
import json, os
from soniclayer.cli.service_user import step_down
step_down()
try:
    os.setuid(0)
    back = True
except PermissionError:
    back = False
print(json.dumps({"uids": os.getresuid(), "gids": os.getresgid(), "groups": os.getgroups(), "back": back,
                  "umask": os.umask(0), "home": os.environ["HOME"], "cache": os.environ.get("XDG_CACHE_HOME")}))
"""
UNWRITABLE = """
from pathlib import Path
from soniclayer.cli.service_user import refuse_unwritable, step_down
from soniclayer.errors import ConfigError
step_down()
try:
    refuse_unwritable(map(Path, {paths!r}))
except ConfigError as error:
    print(error)
"""
COMMAND = """
from soniclayer.main import main
code = main({words!r})
import os
print("left as", os.getuid(), file=sys.stderr)
sys.exit(code)
"""


@pytest.fixture
def user():
    return pwd.getpwnam(SERVICE_USER)


def test_nothing_of_root_is_left(opt, user):
    who = json.loads(opt.python(WHO_AFTER).stdout)
    assert who["uids"] == [user.pw_uid] * 3
    assert who["gids"] == [user.pw_gid] * 3
    assert who["groups"] == os.getgrouplist(user.pw_name, user.pw_gid)
    assert not who["back"]
    assert (who["umask"], who["home"], who["cache"]) == (0o066, user.pw_dir, None)


def test_outside_an_installation_root_stays_root(opt):
    program = "sys.prefix = '/usr'\nimport soniclayer.installation as i\ni.installation.__defaults__ = ('/usr',)\n"
    assert json.loads(opt.python(program + WHO_AFTER).stdout)["uids"] == [0, 0, 0]


@pytest.mark.parametrize("words", [["status", "--json"], ["reconcile"], ["personas", "check"], ["analyze", "x"]])
def test_what_touches_the_store_or_redis_is_done_as_the_user_of_the_services(opt, user, words):
    done = run(opt, words)
    assert f"left as {user.pw_uid}\n" in done.stderr, done.stderr


def test_what_root_makes_in_the_store_belongs_to_the_services(opt, user):
    os.chown(opt.root / "uploads", user.pw_uid, user.pw_gid)
    (opt.root / "uploads").chmod(0o700)
    run(opt, ["reconcile"])
    made = list((opt.root / "uploads").rglob("*"))
    assert {path.stat().st_uid for path in made} <= {user.pw_uid}


def test_status_reads_the_password_before_it_steps_down(opt):
    credentials = opt.config / "credentials"
    (credentials / "redis_password").write_text("hunter2")
    credentials.chmod(0o700)
    done = run(opt, ["status", "--json"])
    assert "cannot be read" not in done.stderr
    assert json.loads(done.stdout)["uploads_dir"] == str(opt.root / "uploads")


def test_a_redis_that_is_away_is_told_with_its_unit(opt):
    (opt.config / "backend.env").write_text("")
    done = run(opt, ["reconcile"])
    assert done.returncode == 1
    assert "systemctl status redis-server@soniclayer" in done.stderr


def test_keys_stay_for_root_to_write_and_for_the_services_to_read(opt, user):
    os.chown(opt.config, 0, user.pw_gid)
    assert run(opt, ["keys", "add", "desk"]).stdout.startswith("slk_")
    after = (opt.config / "keys.yaml").stat()
    assert (after.st_uid, after.st_gid, stat.S_IMODE(after.st_mode)) == (0, user.pw_gid, 0o640)


def test_another_user_of_the_machine_is_told_to_use_sudo(opt):
    opt.config.chmod(0o750)
    program = "import os\nos.setgroups([])\nos.setgid(1)\nos.setuid(1)\n"
    done = opt.python(COMMAND.format(words=["status"]).replace("code = main", program + "code = main"))
    assert done.returncode == 2
    assert done.stderr.splitlines()[0].endswith("sudo soniclayer ...")


def test_without_its_user_an_installation_does_nothing_as_root(opt):
    program = "soniclayer.installation.SERVICE_USER = 'nobody-of-that-name'\n"
    done = opt.python(program + COMMAND.format(words=["reconcile"]))
    assert done.returncode == 2
    assert "no user nobody-of-that-name" in done.stderr


def test_a_place_that_cannot_be_written_is_refused_before_the_work(opt):
    (opt.root / "closed").mkdir(mode=0o700)
    paths = [opt.root / "uploads/x.json", opt.root / "closed/x.json", opt.root / "closed"]
    os.chown(opt.root / "uploads", *(pwd.getpwnam(SERVICE_USER)[2:4]))
    told = opt.python(UNWRITABLE.format(paths=list(map(str, paths)))).stdout.splitlines()
    assert [line.partition(": ")[0] for line in told] == [str(path) for path in paths[1:]]
    assert all("take standard output" in line for line in told)


def run(opt, words):
    return opt.python(COMMAND.format(words=words))
