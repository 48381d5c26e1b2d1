"""Who may read and write what of an installed suite: modes and owners, and what others on the machine really get."""

from __future__ import annotations

import re

import pytest
from machine_tree import tree_of
from samples import DATA

ROOT = "/opt/soniclayer"
SOCKETS = ("/run/soniclayer/backend.sock", "/run/redis-soniclayer/redis.sock")

RIGHTS = (  # the first that fits counts
    (r"/releases/.*", "0(755|644) root:root"),
    (r"/current", "0777 root:root"),
    (r"(/releases)?", "0755 root:root"),
    (r"/config(/personas)?", "0750 root:soniclayer"),
    (r"/config/installer", "0700 root:root"),
    (r"/config/installer/.*", "0644 root:root"),
    (r"/config/credentials", "0700 root:root"),
    (r"/config/credentials/[a-z_]+", "0600 root:root"),
    (r"/config/tls", "0700 root:root"),
    (r"/config/tls/privkey.pem", "0600 root:root"),
    (r"/config/tls/.*", "06[04][04] root:root"),
    (r"/config/.*", "0640 root:soniclayer"),
    (r"/models/[.].*[.]lock", "0644 root:root"),
    (r"/models(/[^/]+)?", "075[05] root:(soniclayer|root)"),
    (r"/models/.*", "06(44|40) root:(soniclayer|root)"),
    (r"/uploads", "0710 soniclayer:soniclayer-web"),
    (r"/uploads/[.]incoming", "0700 soniclayer:soniclayer(-web)?"),
    (r"/uploads/.*/(source|listening[.]m4a)", "0644 soniclayer:soniclayer(-web)?"),
    (r"/uploads/.*/[^/]+\.[a-z]+", "0600 soniclayer:soniclayer(-web)?"),
    (r"/uploads/(open|[.]incoming)/.+", "0600 soniclayer:soniclayer(-web)?"),
    (r"/uploads/.*", "07[01]1 soniclayer:soniclayer(-web)?"),
    (r"/backups", "0755 root:root"),
    (r"/backups/repository(/.*)?", "0[4-7]00 root:root"),
    (r"/backups/(staging|cache)(/.*)?", "0[67]00 root:root"),
    (r"/backups/([.]lock|last-(backup|drill)[.]json)", "0644 root:root"),
)

OPEN = """
import os, socket, stat, sys
for path in sys.stdin.read().splitlines():
    try:
        if stat.S_ISSOCK(os.stat(path).st_mode):
            socket.socket(socket.AF_UNIX).connect(path)
        else:
            os.close(os.open(path, getattr(os, sys.argv[1])))
    except OSError:
        continue
    print(path)
"""


@pytest.fixture(scope="module")
def machine(fresh):
    """With a recording in it, and another user."""
    suite, _ = fresh
    suite.wait_ended([suite.upload(DATA / "jfk.flac")])
    suite.machine.run("useradd", "--create-home", "visitor")
    return suite.machine


@pytest.fixture(scope="module")
def tree(machine):
    return tree_of(machine, ROOT)


def opened(machine, user, paths, how="O_RDONLY"):
    """Those of these files and sockets that a user of the machine can open."""
    python = ("runuser", "--user", user, "--", "python3", "-c", OPEN, how)
    return machine.run(*python, input="\n".join(paths)).stdout.splitlines()


def test_every_file_and_folder_has_the_rights_that_its_place_asks_for(tree):
    wrong = []
    for path, entry in tree.items():
        place = path.removeprefix(ROOT)
        wanted = next((rights for pattern, rights in RIGHTS if re.fullmatch(pattern, place)), "nothing of ours")
        if not re.fullmatch(wanted, entry.rights) and not (entry.kind == "l" and entry.owner == "root"):
            wrong.append(f"{path}: {entry.rights}, not {wanted}")
    assert wrong == []


def test_another_user_reads_no_secret_no_upload_no_configuration_and_no_backup(machine, tree):
    private = [path for path in tree if re.match(rf"{ROOT}/(config|uploads|backups)/", path)]
    private += list(tree_of(machine, "/var/lib/redis-soniclayer", "/run/soniclayer/metrics"))
    private += ["/etc/redis/redis-soniclayer.conf"]
    assert len(private) > 20
    assert opened(machine, "visitor", private) == []


def test_another_user_connects_to_no_socket_of_ours(machine):
    assert opened(machine, "root", SOCKETS) == list(SOCKETS)
    assert opened(machine, "visitor", SOCKETS) == []


def test_nginx_reads_the_sound_of_recordings_and_nothing_else(machine, tree):
    private = [path for path in tree if re.match(rf"{ROOT}/(config|uploads|backups)/", path)]
    private += list(tree_of(machine, "/var/lib/redis-soniclayer"))
    files = [path for path in private if not (path in tree and tree[path].kind == "d")]
    sounds = [path for path in files if path.endswith(("/source", "/listening.m4a"))]
    assert sounds
    assert opened(machine, "www-data", files) == sounds


def test_nginx_connects_to_the_backend_and_not_to_redis(machine):
    assert opened(machine, "www-data", SOCKETS) == [SOCKETS[0]]


def test_the_services_user_can_write_neither_code_nor_configuration_nor_models(machine, tree):
    fixed = [path for path, entry in tree.items() if not path.startswith((f"{ROOT}/uploads", f"{ROOT}/backups"))]
    files = [path for path in fixed if tree[path].kind == "-"]
    assert opened(machine, "soniclayer", files, "O_WRONLY") == []
    folders = [path for path in fixed if tree[path].kind == "d"]
    test = 'while read -r path; do [ -w "$path" ] && echo "$path"; done; true'
    assert machine.run("runuser", "-u", "soniclayer", "--", "sh", "-c", test, input="\n".join(folders)).stdout == ""


def test_the_services_user_reads_no_private_key_and_no_credential(machine, tree):
    secret = [path for path in tree if re.match(rf"{ROOT}/config/(credentials|tls)/", path)]
    assert secret
    assert opened(machine, "soniclayer", secret) == []


def test_no_secret_is_in_an_environment_an_argument_or_a_unit(machine):
    secrets = [path.read_text().strip() for path in machine.path(f"{ROOT}/config/credentials").iterdir()]
    shown = machine.output("sh", "-c", "cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline | tr '\\0' '\\n'")
    units = machine.output(
        "sh", "-c", "cat /etc/systemd/system/*soniclayer*/* /etc/systemd/system/soniclayer* 2>/dev/null; true"
    )
    assert [secret for secret in secrets if len(secret) > 8]
    assert not [secret for secret in secrets if len(secret) > 8 and (secret in shown or secret in units)]


def test_the_services_cannot_see_each_others_secrets(machine):
    backend = machine.output("systemctl", "show", "--property=MainPID", "--value", "soniclayer-backend")
    credentials = machine.output("ls", f"/proc/{backend}/root/run/credentials/soniclayer-backend.service").split()
    assert credentials == ["redis_password", "session_key"]
