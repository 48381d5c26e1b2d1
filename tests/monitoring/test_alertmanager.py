"""Whoever is to be told is told, with what to do, and of the cause alone."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest
import requests
import yaml
from debian_programs import TEMPLATES
from mail_sink import mail_sink
from monitoring_files import MONITORING, alerts
from monitoring_server import UP_S, running_server
from service import wait_until

CONFIGURATION = MONITORING / "alertmanager/alertmanager.yml"


def test_alertmanager_takes_its_configuration(programs):
    subprocess.run([programs / "amtool", "check-config", CONFIGURATION], check=True, capture_output=True)


@pytest.mark.parametrize(("severity", "receiver"), [("critical", "page"), ("warning", "mail")])
def test_severity_decides_who_is_told(programs, severity, receiver):
    command = ["config", "routes", "test", f"--config.file={CONFIGURATION}", f"severity={severity}"]
    done = subprocess.run([programs / "amtool", *command], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == receiver


def test_alerts_have_a_severity_that_is_routed():
    assert {rule["labels"]["severity"] for rule in alerts().values()} == {"critical", "warning"}


def test_what_is_kept_quiet_and_why_are_alerts_that_there_are():
    rules = yaml.safe_load(CONFIGURATION.read_text())["inhibit_rules"]
    named = set(re.findall(r"SonicLayer\w+", str(rules)))
    assert named
    assert named - set(alerts()) == set()


@pytest.fixture
def alertmanager(debian_files, programs, tmp_path):
    """One that runs with our configuration, but for the mail server and the time it waits: its URL, and the mails."""
    with mail_sink() as (smarthost, mails):
        text = CONFIGURATION.read_text().replace("127.0.0.1:25", smarthost)
        (tmp_path / "alertmanager.yml").write_text(re.sub(r"group_wait: \w+", "group_wait: 0s", text))
        shutil.copytree(debian_files / TEMPLATES, tmp_path, dirs_exist_ok=True)
        options = ["--config.file=alertmanager.yml", "--storage.path=data", "--cluster.listen-address="]
        with running_server([programs / "prometheus-alertmanager", *options], tmp_path) as url:
            yield url, mails


def test_a_page_arrives_with_what_to_do(alertmanager):
    url, mails = alertmanager
    tell(url, "SonicLayerRedisDown")
    mail = mails.get(timeout=UP_S)
    rule = alerts()["SonicLayerRedisDown"]["annotations"]
    assert mail["To"] == "root@localhost"
    assert mail["Subject"] == f"[firing 1] {rule['summary']}"
    text = mail.get_body(("plain",)).get_content()
    assert rule["runbook_url"] in text
    assert rule["description"] in " ".join(text.split())


def test_what_follows_from_a_cause_is_kept_quiet(alertmanager):
    url, mails = alertmanager
    tell(url, "SonicLayerRedisDown")
    wait_until(lambda: states(url) == {"SonicLayerRedisDown": "active"}, UP_S)
    tell(url, "SonicLayerQueueOld", "SonicLayerDiskLow")
    quiet = {"SonicLayerRedisDown": "active", "SonicLayerQueueOld": "suppressed", "SonicLayerDiskLow": "active"}
    wait_until(lambda: states(url) == quiet, UP_S, lambda: str(states(url)))
    subjects = mails.get(timeout=UP_S)["Subject"], mails.get(timeout=UP_S)["Subject"]
    assert not any("waiting in the queue" in subject for subject in subjects)


def tell(url, *names):
    """As Prometheus tells it."""
    told = [
        {"labels": {"alertname": name, **alerts()[name]["labels"]}, "annotations": alerts()[name]["annotations"]}
        for name in names
    ]
    requests.post(f"{url}/api/v2/alerts", json=told, timeout=UP_S).raise_for_status()


def states(url):
    there = requests.get(f"{url}/api/v2/alerts", timeout=UP_S).json()
    return {alert["labels"]["alertname"]: alert["status"]["state"] for alert in there}
