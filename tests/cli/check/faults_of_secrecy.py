"""What others can read, change or reach."""

from __future__ import annotations

import os

from checked_server import REDIS_PASSWORD
from made_faults import ADVICE, ERROR, WARNING, fault


@fault("secrets.env_files", ERROR, "LANGFLOW_API_KEY in worker.env")
def key_in_an_env_file(server):
    server.say("worker.env", "LANGFLOW_API_KEY=sk-0123456789")


@fault("secrets.env_files", ERROR, "LOG_LEVEL in worker@1.env")
def our_secret_under_another_name(server):
    server.say("worker@1.env", f"LOG_LEVEL=x{REDIS_PASSWORD}")


@fault("secrets.redis_url", WARNING, "REDIS_URL of backend.env and worker.env")
def password_in_the_url(server):
    for file in ("backend.env", "worker.env"):
        (server.config / file).write_text(f"REDIS_URL=rediss://:{REDIS_PASSWORD}@redis.test:6380/0\n")


@fault("secrets.units", ERROR, "/etc/systemd/system/soniclayer-backend.service.d/mine.conf:2")
def secret_in_a_drop_in(server):
    server.write(
        "/etc/systemd/system/soniclayer-backend.service.d/mine.conf", "[Service]\nEnvironment=X_TOKEN=0123abc\n"
    )


@fault("secrets.units", ERROR, "soniclayer-worker@.service.d/mine.conf:1")
def secret_given_to_a_unit(server):
    server.write("/etc/systemd/system/soniclayer-worker@.service.d/mine.conf", "SetCredential=redis_password:hush\n")


@fault("secrets.units", ERROR, "redis-server@soniclayer.service.d/mine.conf:1")
def secret_in_a_command_of_a_unit(server):
    line = "ExecStart=/usr/bin/redis-server --requirepass hush\n"
    server.write("/etc/systemd/system/redis-server@soniclayer.service.d/mine.conf", line)


@fault("secrets.arguments", ERROR, "redis-cli (pid 13)")
def our_password_as_an_argument(server):
    server.process(13, "redis-cli", "-a", REDIS_PASSWORD)


@fault("secrets.arguments", ERROR, "redis-server (pid 14)")
def some_password_as_an_argument(server):
    server.process(14, "redis-server", "--requirepass", "hush", unit="redis-server@soniclayer.service")


@fault("files.credentials", ERROR, "session_key (0644")
def secret_for_all(server):
    (server.config / "credentials/session_key").chmod(0o644)


@fault("files.credentials", ERROR, "privkey.pem (0640")
def private_key_for_a_group(server):
    server.write("/opt/config/tls/privkey.pem").chmod(0o640)


@fault("files.config", ERROR, "others than root may change")
def config_of_somebody_else(server):
    os.chown(server.config / "backend.env", 65534, 65534)


@fault("files.config", ERROR, "everybody may read")
def config_for_all(server):
    server.config.chmod(0o755)


@fault("files.uploads", ERROR, "others may look into it")
def uploads_for_all(server):
    (server.root / "uploads").chmod(0o755)


@fault("files.uploads", ERROR, "summary.json (0644")
def result_for_all(server):
    server.write("/opt/uploads/ab/run/summary.json").chmod(0o644)


@fault("files.sockets", ERROR, "backend.sock (0666")
def socket_for_all(server):
    (server.folder / "run/soniclayer/backend.sock").chmod(0o666)


@fault("files.code", ERROR, "others than root may change")
def code_of_the_services(server):
    os.chown(server.release / "venv/bin", 65534, 65534)


@fault("network.ours", ERROR, "soniclayer-backend.service on 0.0.0.0:8000")
def public_backend(server):
    server.process(15, "python", unit="soniclayer-backend.service", inode="77")
    server.listen("00000000", 8000, "77")


@fault("network.ours", ERROR, "perhaps Redis on 10.1.2.3:6379")
def public_redis_of_nobody_knows_whom(server):
    server.listen("0302010A", 6379, "78")


@fault("network.ours", ERROR, "soniclayer-backend.service on 0.0.0.0:443")
def backend_on_the_port_of_nginx(server):
    server.process(17, "python", unit="soniclayer-backend.service", inode="80")
    server.listen("00000000", 443, "80")


@fault("network.others", ADVICE, "rpcbind on port 111")
def something_else(server):
    server.process(16, "/sbin/rpcbind", unit="rpcbind.service", inode="79")
    server.listen("00000000", 111, "79")
