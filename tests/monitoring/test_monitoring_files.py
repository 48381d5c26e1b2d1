"""What cannot be started here fits together: containers, Grafana, Loki, Alloy find each other, and nobody else them."""

from __future__ import annotations

import itertools
import json
import re

import pytest
import yaml
from monitoring_files import DASHBOARD, MONITORING, panels
from samples import ROOT

COMPOSE = yaml.safe_load((MONITORING / "compose.yaml").read_text())
SERVICES = COMPOSE["services"]
PORTS = {"prometheus": 9090, "alertmanager": 9093, "grafana": 3000, "loki": 3100, "alloy": 12345}
ALLOY = (MONITORING / "alloy/config.alloy").read_text()
BOARD = json.loads(DASHBOARD.read_text())


def test_there_is_a_container_for_each_program():
    assert set(SERVICES) == set(PORTS)


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_is_pinned_watched_restarted_and_without_privileges(name):
    service = SERVICES[name]
    assert re.fullmatch(r"(prom|grafana)/[a-z]+:v?\d+\.\d+\.\d+", service["image"])
    assert service["healthcheck"]["test"][0] == "CMD"
    assert f"127.0.0.1{':' if name != 'alloy' else '/'}{PORTS[name]}" in " ".join(service["healthcheck"]["test"])
    assert service["restart"] == "unless-stopped"
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert not service.get("privileged")


def test_everybody_listens_on_this_machine_alone():
    assert {service["network_mode"] for service in SERVICES.values()} == {"host"}
    for name in ("prometheus", "alertmanager"):
        assert f"--web.listen-address=127.0.0.1:{PORTS[name]}" in SERVICES[name]["command"]
    assert "--cluster.listen-address=" in SERVICES["alertmanager"]["command"]
    assert f"--server.http.listen-addr=127.0.0.1:{PORTS['alloy']}" in SERVICES["alloy"]["command"]
    assert SERVICES["grafana"]["environment"]["GF_SERVER_HTTP_ADDR"] == "127.0.0.1"
    server = loki()["server"]
    assert {server["http_listen_address"], server["grpc_listen_address"]} == {"127.0.0.1"}
    assert server["http_listen_port"] == PORTS["loki"]


@pytest.mark.parametrize("name", SERVICES)
def test_what_a_container_mounts_is_there_and_is_not_written(name):
    for source, _, options in (volume.partition(":") for volume in SERVICES[name]["volumes"]):
        if source.startswith("./"):
            assert (MONITORING / source).is_dir()
        if source.startswith((".", "/")):
            assert options.endswith(":ro"), source
        else:
            assert source in COMPOSE["volumes"]


def test_all_programs_find_each_other():
    urls = {source["type"]: source["url"] for source in provisioned("datasources")["datasources"]}
    assert urls == {kind: f"http://127.0.0.1:{PORTS[kind]}" for kind in ("prometheus", "loki", "alertmanager")}
    assert f"http://127.0.0.1:{PORTS['loki']}/loki/api/v1/push" in ALLOY
    text = (MONITORING / "prometheus/prometheus.yml").read_text()
    assert f"targets: [127.0.0.1:{PORTS['alertmanager']}]" in text
    assert "ListenStream=127.0.0.1:8000" in (ROOT / "deploy/systemd/soniclayer-backend.socket").read_text()
    assert "targets: [127.0.0.1:8000]" in text


def test_grafana_finds_the_dashboard():
    (provider,) = provisioned("dashboards")["providers"]
    folder = provider["options"]["path"]
    assert f"./grafana/{DASHBOARD.parent.name}:{folder}:ro" in SERVICES["grafana"]["volumes"]


def test_loki_keeps_its_files_in_its_volume_and_not_for_ever():
    paths = re.findall(r": (/\S+)$", (MONITORING / "loki/config.yml").read_text(), re.MULTILINE)
    assert paths
    assert all(path.startswith("/var/lib/loki") for path in paths)
    assert "loki:/var/lib/loki" in SERVICES["loki"]["volumes"]
    assert loki()["compactor"]["retention_enabled"]
    assert loki()["limits_config"]["retention_period"]


def test_alloy_reads_all_units_of_the_suite_and_no_others():
    (kept,) = re.findall(r'regex\s+= "(\(soniclayer.*)"', ALLOY)
    kept = re.compile(kept.replace("\\\\", "\\"))
    units = [
        path.name.replace("@.", "@1.")
        for path in (ROOT / "deploy/systemd").glob("*.[sta][eoi]*")
        if path.suffix != ".conf"
    ]
    assert len(units) > 8
    assert [
        unit for unit in (*units, "redis-server@soniclayer.service", "nginx.service") if not kept.fullmatch(unit)
    ] == []
    assert not any(
        kept.fullmatch(unit) for unit in ("redis-server.service", "ssh.service", "my-soniclayer.service", "")
    )


def test_alloy_keeps_every_fact_that_it_reads_and_events_have_them():
    read, kept = re.findall(r"(?:mapping|values) = \{(.*?)\}", ALLOY, re.DOTALL)
    facts = re.findall(r'"(\w+)"', read)
    assert facts == re.findall(r'"(\w+)"', kept)
    sources = " ".join(path.read_text() for path in (ROOT / "soniclayer").rglob("*.py"))
    assert [fact for fact in facts if not re.search(rf'\b{fact}=|"{fact}"', sources)] == []


def test_panels_have_a_place_each_and_say_what_they_show():
    places = [(panel["title"], panel["gridPos"]) for panel in panels()]
    assert all(place["x"] + place["w"] <= 24 for _, place in places)
    assert [(one, other) for (one, a), (other, b) in itertools.combinations(places, 2) if overlap(a, b)] == []
    ids = [panel["id"] for panel in BOARD["panels"]]
    assert len(ids) == len(set(ids))
    assert [panel["title"] for panel in panels() if not panel["description"]] == []


def test_the_dashboard_takes_whatever_data_sources_there_are():
    variables = {f"${{{variable['name']}}}": variable["query"] for variable in BOARD["templating"]["list"]}
    used = [
        source for panel in panels() for source in (panel["datasource"], *(t["datasource"] for t in panel["targets"]))
    ]
    assert {(source["uid"], source["type"]) for source in used} == set(variables.items())


def overlap(a, b):
    return (
        a["x"] < b["x"] + b["w"] and b["x"] < a["x"] + a["w"] and a["y"] < b["y"] + b["h"] and b["y"] < a["y"] + a["h"]
    )


def loki():
    return yaml.safe_load((MONITORING / "loki/config.yml").read_text())


def provisioned(what):
    return yaml.safe_load((MONITORING / f"grafana/provisioning/{what}/soniclayer.yaml").read_text())
