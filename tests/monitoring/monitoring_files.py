"""The files of deploy/monitoring, and what stands in them."""

from __future__ import annotations

import json
import re

import yaml
from samples import ROOT

MONITORING = ROOT / "deploy" / "monitoring"
RULES = MONITORING / "prometheus/rules/soniclayer.yml"
DASHBOARD = MONITORING / "grafana/dashboards/soniclayer.json"
PAGE = ROOT / "docs/monitoring.md"
_METRIC = re.compile(r"\bsoniclayer_[a-z_]+")
_OF_HISTOGRAMS = re.compile(r"_(bucket|sum|count)$")


def alerts():
    """Each alert's rule by its name."""
    groups = yaml.safe_load(RULES.read_text())["groups"]
    return {rule["alert"]: rule for group in groups for rule in group["rules"]}


def panels():
    """All panels of the dashboard but the headings of rows."""
    everything = json.loads(DASHBOARD.read_text())["panels"]
    inside = [panel for row in everything for panel in row.get("panels", [])]
    return [panel for panel in everything + inside if panel["type"] != "row"]


def queries(kind):
    """(panel's title, query) of a kind of data source: `prometheus` or `loki`."""
    return [
        (panel["title"], target["expr"])
        for panel in panels()
        for target in panel.get("targets", [])
        if target["datasource"]["type"] == kind
    ]


def metrics_in(text):
    """The metrics that an expression or a page names, as docs/metrics.md names them."""
    documented = documented_metrics()
    names = set(_METRIC.findall(text))
    return {name if name in documented else _OF_HISTOGRAMS.sub("", name) for name in names}


def documented_metrics():
    """The metrics of docs/metrics.md, with their kind."""
    page = (ROOT / "docs/metrics.md").read_text()
    return dict(re.findall(r"^\| `(soniclayer_[a-z_]+)` \| (\w+) \|", page, re.MULTILINE))
