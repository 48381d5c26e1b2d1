"""Faults of the machine and of what is installed on it."""

from __future__ import annotations

import os
import time

from made_faults import ADVICE, ERROR, WARNING, fault

from soniclayer.cli.check.groups import machine
from soniclayer.cli.check.machine import Answer


@fault("machine.python", ERROR, "3.9.2")
def old_python(server, monkeypatch):
    monkeypatch.setattr(machine.sys, "version_info", (3, 9, 2, "final", 0))


@fault("machine.memory", ERROR, "4 GB are needed")
def little_memory(server):
    server.write("/proc/meminfo", "MemTotal:  2000000 kB\n")


@fault("machine.memory", ERROR, "4 GB are needed")
def a_small_container(server):
    server.write("/sys/fs/cgroup/memory.max", "2000000000\n")


@fault("machine.memory", ADVICE, "8 GB are recommended")
def some_memory(server):
    server.write("/proc/meminfo", "MemTotal:  4000000 kB\n")


@fault("machine.slice", WARNING, "no memory limit")
def slice_without_limit(server):
    server.states["soniclayer.slice"]["memory"] = "infinity"


@fault("machine.slice", WARNING, "may take 17 GB")
def slice_of_the_whole_machine(server):
    server.states["soniclayer.slice"]["memory"] = "17000000000"


@fault("machine.disk", ERROR, "10 GB are needed")
def nearly_full_disk(server, small_disk):
    server.say("backend.env", f"SONICLAYER_UPLOADS_DIR={small_disk}\nSONICLAYER_MIN_FREE_BYTES=1")


@fault("machine.disk", ERROR, "uploads are refused")
def full_disk(server, small_disk):
    server.say("backend.env", f"SONICLAYER_UPLOADS_DIR={small_disk}")


@fault("machine.inodes", WARNING, "of the inodes are left")
def no_more_files(server, few_files):
    server.say("backend.env", f"SONICLAYER_UPLOADS_DIR={few_files}")
    for number in range(os.statvfs(few_files).f_ffree - 1):
        (few_files / str(number)).touch()


@fault("machine.clock", WARNING, "not in sync")
def wrong_clock(server):
    server.answers["timedatectl show"] = Answer(0, "NTP=no\nNTPSynchronized=no\n", "")


@fault("machine.updates", WARNING, "not installed")
def no_unattended_upgrades(server):
    (server.folder / "usr/bin/unattended-upgrade").unlink()


@fault("machine.updates", WARNING, "switched off")
def unattended_upgrades_off(server):
    server.write("/etc/apt/apt.conf.d/99mine", 'APT::Periodic::Unattended-Upgrade "0";')


@fault("machine.updates", WARNING, "timer is not enabled")
def no_timer_for_upgrades(server):
    (server.folder / "etc/systemd/system/timers.target.wants/apt-daily-upgrade.timer").unlink()


@fault("release.versions", WARNING, "nginx 1.14.2")
def old_nginx(server):
    server.answers["nginx -v"] = Answer(0, "", "nginx version: nginx/1.14.2")


@fault("release.processes", WARNING, "soniclayer-worker@1.service (pid 12) of 0.9.0")
def process_of_an_old_release(server):
    maps = f"r-xp {server.root}/releases/0.9.0/venv/lib/x.so"
    server.process(12, "python", unit="soniclayer-worker@1.service", maps=maps)


@fault("release.complete", ADVICE, "not complete: 2.0.0")
def interrupted_installation(server):
    (server.add_release("2.0.0", time.time()) / "complete").unlink()
