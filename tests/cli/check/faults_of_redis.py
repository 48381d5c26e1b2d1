"""Faults of Redis, models and Langflow."""

from __future__ import annotations

import subprocess

from made_faults import ADVICE, ERROR, WARNING, fault
from service import free_port, wait_until

from soniclayer.courier.connection import connect


@fault("redis.reach", ERROR, "/nowhere.sock")
def redis_away(server):
    server.say("backend.env", "REDIS_URL=unix:///nowhere.sock")


@fault("redis.password", ERROR, "6 characters, 5 different ones")
def weak_password(server):
    server.set_redis(requirepass="secret")
    (server.config / "credentials/redis_password").write_text("secret")


@fault("redis.password", ERROR, "everybody on the machine may use its socket")
def no_password_and_a_socket_for_all(server):
    server.set_redis(requirepass="")
    server.redis.folder.chmod(0o755)
    server.redis.socket.chmod(0o777)


@fault("redis.password", ERROR, "listens on port")
def no_password_and_a_port(server, other_redis):
    other_redis(server, port=str(free_port()))


@fault("redis.noeviction", ERROR, "allkeys-lru")
def redis_that_evicts(server):
    server.set_redis(maxmemory_policy="allkeys-lru")


@fault("redis.append_only", ERROR, "append-only file is off")
def no_append_only_file(server):
    server.set_redis(appendonly="no")


@fault("redis.append_only", WARNING, "appendfsync is no")
def file_that_is_never_synced(server):
    server.set_redis(appendfsync="no")


@fault("redis.snapshots", WARNING, "takes no snapshots")
def no_snapshots(server):
    server.set_redis(save="")


@fault("redis.memory", WARNING, "no limit")
def redis_without_limit(server):
    server.set_redis(maxmemory="0")


@fault("redis.memory", ERROR, "uploads are refused")
def full_redis(server):
    server.set_redis(maxmemory="1mb")


@fault("redis.memory", ADVICE, "more than half")
def redis_for_a_larger_machine(server):
    server.set_redis(maxmemory="9gb")


@fault("redis.overcommit", WARNING, "vm.overcommit_memory is 0")
def kernel_that_promises_nothing(server):
    server.write("/proc/sys/vm/overcommit_memory", "0\n")


@fault("redis.saving", ERROR, "rdb_last_bgsave_status is err")
def redis_that_cannot_save(server, small_disk, other_redis):
    redis = other_redis(server, dir=str(small_disk), appendonly="no")
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    with connect(redis.url) as client:
        client.bgsave()
        wait_until(lambda: client.info("persistence")["rdb_last_bgsave_status"] == "err", 10)


@fault("redis.huge_pages", ADVICE, "huge pages are on for everybody")
def huge_pages_for_redis(server, other_redis):
    other_redis(server, **{"disable-thp": "no"})
    server.write("/sys/kernel/mm/transparent_hugepage/enabled", "[always] madvise never\n")


@fault("models.present", ERROR, "minilm: model.bin is missing")
def missing_model_file(server):
    (server.root / "models/minilm/model.bin").unlink()


@fault("models.present", ERROR, "has 4 bytes, expected 5")
def truncated_model(server):
    (server.root / "models/whisper-base/model.bin").write_text("mode")


@fault("models.hashes", ERROR, "has SHA-256")
def damaged_model(server):
    (server.root / "models/whisper-base/model.bin").write_text("Model")


@fault("models.learned", ADVICE, "labels.yaml was edited")
def edited_labels(server):
    with (server.config / "labels.yaml").open("a") as labels:
        labels.write("# mine\n")
