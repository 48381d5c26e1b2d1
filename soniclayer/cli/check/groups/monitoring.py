"""Whether somebody watches, and would be told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from soniclayer.cli.check.check import Check
from soniclayer.cli.check.facts.asking import NoAnswer, ask
from soniclayer.cli.check.outcome import CannotKnow, Severity, fault, ok, unknown
from soniclayer.cli.status.page import age
from soniclayer.metrics import last_scrape

if TYPE_CHECKING:
    from soniclayer.cli.check.outcome import Outcome
    from soniclayer.cli.check.place import Place

PROMETHEUS = "http://127.0.0.1:9090"
LATELY_S = 300.0
OUR_PREFIX = "soniclayer_"


def look_at_scrapes(place: Place) -> Outcome:
    """When somebody last fetched our metrics: the backend writes it down."""
    cure = "have Prometheus scrape 127.0.0.1:8000/metrics: docs/monitoring.md"
    folder = place.backend.run_dir / "metrics"
    try:
        scraped_at = last_scrape(folder)
    except OSError as error:
        raise CannotKnow(f"{error.filename}: {error.strerror}") from None
    if scraped_at is None:
        if not folder.is_dir():
            raise CannotKnow("no backend has counted anything here yet")
        return fault("nobody has fetched /metrics yet", cure)
    age_s = place.machine.now() - scraped_at
    if age_s > LATELY_S:
        return fault(f"nobody has fetched /metrics for {age(age_s)}", cure)
    return ok(f"/metrics was fetched {age(age_s)} ago")


def look_at_alerts(place: Place) -> Outcome:  # noqa: ARG001 - it asks Prometheus, wherever we are
    """Whether a Prometheus on this machine has rules on our metrics; of one elsewhere nothing is known."""
    try:
        page = ask(f"{PROMETHEUS}/api/v1/rules")
    except NoAnswer:
        return unknown(f"no Prometheus answers on {PROMETHEUS}; one on another machine cannot be asked from here")
    try:
        groups = json.loads(page.body)["data"]["groups"]
        rules = [rule for group in groups for rule in group["rules"] if OUR_PREFIX in str(rule.get("query"))]
    except (ValueError, LookupError, TypeError):
        return unknown(f"{PROMETHEUS} answers {page.status}, and nothing that can be read")
    alerts = [rule for rule in rules if rule.get("type") == "alerting"]
    if not alerts:
        return fault("Prometheus has no alerts on our metrics", "load those of deploy/monitoring: docs/monitoring.md")
    return ok(f"{len(alerts)} alerts")


CHECKS = (
    Check("monitoring.scraped", "somebody fetches our metrics", Severity.WARNING, look_at_scrapes),
    Check("monitoring.alerts", "Prometheus has alerts on our metrics", Severity.WARNING, look_at_alerts),
)
