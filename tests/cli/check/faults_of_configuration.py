"""Faults of what the services are told, and of the services."""

from __future__ import annotations

import os
import time

from checked_server import HOST
from made_faults import ADVICE, ERROR, WARNING, fault

from soniclayer.engines.confined import calls, confine, files


@fault("config.settings", ERROR, "worker: SONICLAYER_ENGINE_THREADS")
def setting_that_cannot_be(server):
    server.say("worker.env", "SONICLAYER_ENGINE_THREADS=many")


@fault("config.names", WARNING, "backend.env: SONICLAYER_UPLOAD_DIR: no such setting; did you mean")
def misspelt_setting(server):
    server.say("backend.env", "SONICLAYER_UPLOAD_DIR=/srv")


@fault("config.contradictions", ERROR, "SONICLAYER_WHISPER_MODEL is whisper-base for the backend, minilm for workers")
def two_models(server):
    server.say("worker.env", "SONICLAYER_WHISPER_MODEL=minilm")


@fault("config.contradictions", ERROR, "REDIS_URL is unix:///elsewhere in worker@2.env")
def one_worker_elsewhere(server):
    server.say("worker@2.env", "REDIS_URL=unix:///elsewhere")


@fault("config.new_files", ADVICE, "labels.yaml.new")
def newer_default(server):
    (server.config / "labels.yaml.new").touch()


@fault("config.personas", ERROR, "personas/gen_z.yaml:1: titel: no such key")
def misspelt_key_of_a_persona(server):
    server.replace(server.config / "personas/gen_z.yaml", "title:", "titel:")


@fault("config.applied", WARNING, "soniclayer-worker@1.service (worker@1.env)")
def settings_changed_since_the_start(server):
    server.say("worker@1.env", "LOG_LEVEL=WARNING")
    os.utime(server.config / "worker@1.env", (time.time() + 60,) * 2)


@fault("config.applied", WARNING, "soniclayer-backend.service (redis_password)")
def secret_changed_since_the_start(server):
    os.utime(server.config / "credentials/redis_password", (time.time() + 60,) * 2)


@fault("config.environment", ERROR, "ENVIRONMENT is development for backend")
def debugging(server):
    server.say("backend.env", "ENVIRONMENT=development")


@fault("config.environment", ADVICE, "LOG_LEVEL is DEBUG for worker")
def chatty_logs(server):
    server.say("worker.env", "LOG_LEVEL=DEBUG")


@fault("config.cors", ERROR, "every page of the web")
def cors_for_all(server):
    server.say("backend.env", "SONICLAYER_CORS_ORIGINS=*")


@fault("config.cors", WARNING, "without TLS")
def cors_without_tls(server):
    server.say("backend.env", "SONICLAYER_CORS_ORIGINS=http://dashboard.test")


@fault("units.running", ERROR, "soniclayer-worker@1.service (inactive)")
def stopped_worker(server):
    server.states["soniclayer-worker@1.service"]["state"] = "inactive"


@fault("units.running", ERROR, "soniclayer-worker@2.service (not there)")
def enabled_and_never_started(server):
    server.write("/etc/systemd/system/soniclayer.target.wants/soniclayer-worker@2.service")


@fault("units.boot", WARNING, "soniclayer.target will not start")
def target_that_is_not_enabled(server):
    del server.states["soniclayer.target"]


@fault("units.timers", WARNING, "not running: soniclayer-restore-drill.timer (inactive)")
def timer_that_does_not_run(server):
    server.states["soniclayer-restore-drill.timer"]["state"] = "inactive"


@fault("units.failed", ERROR, "failed: soniclayer-cleanup.service")
def failed_unit_of_ours(server):
    server.failed = "soniclayer-cleanup.service loaded failed failed SonicLayer: tidy up\n"


@fault("units.failed", WARNING, "not ours: cups.service")
def failed_unit_of_others(server):
    server.failed = "cups.service loaded failed failed Printing\n"


@fault("units.changed", WARNING, "soniclayer-backend.service")
def unit_changed_on_disk(server):
    server.states["soniclayer-backend.service"]["changed"] = "yes"


@fault("workers.heartbeats", ERROR, "1 of 2 do not report, or are not ready: 2")
def silent_worker(server):
    server.write("/etc/systemd/system/soniclayer.target.wants/soniclayer-worker@2.service")


@fault("workers.heartbeats", ERROR, "1 of 1 do not report, or are not ready: 1")
def worker_that_is_not_ready(server):
    server.report(ready=False)


@fault("workers.heartbeats", WARNING, "no worker is enabled here; 1 report from other machines")
def workers_elsewhere_alone(server):
    (server.folder / "etc/systemd/system/soniclayer.target.wants/soniclayer-worker@1.service").unlink()


@fault("workers.queues", ERROR, "no worker takes from classify, transcribe.first, transcribe, evaluate")
def queues_without_a_worker(server):
    server.report(queues=("prepare",))


@fault("workers.versions", WARNING, f"{HOST}-1 0.0.1")
def worker_of_another_version(server):
    server.report(version="0.0.1")


@fault("workers.confined", WARNING, "without bounds for files")
def kernel_without_landlock(server, monkeypatch):
    monkeypatch.setattr(files, "version", lambda _: 0)


@fault("workers.confined", WARNING, "without bounds for system calls")
def kernel_without_seccomp(server, monkeypatch):
    monkeypatch.setattr(calls, "is_known", lambda _: False)


@fault("workers.confined", ADVICE, "without any confinement")
def worker_that_may_use_a_gpu(server, monkeypatch):
    monkeypatch.setattr(confine, "GPUS", [server.folder])
    server.say("worker.env", "SONICLAYER_WHISPER_DEVICE=cuda")
