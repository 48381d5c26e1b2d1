"""Every query of dashboard and alerts is asked of a real Prometheus that scrapes a suite that works."""

from __future__ import annotations

import re

import pytest
import requests
from monitoring_files import MONITORING, RULES, alerts, documented_metrics, metrics_in, queries
from monitoring_server import UP_S, running_server
from samples import DATA
from service import running_service, wait_until

ENOUGH = "min(count_over_time(soniclayer_stage_seconds_count[1m])) > 3"
"""All that the recording has made was scraped as often as a rate needs."""

QUERIES = queries("prometheus")


def test_what_the_dashboard_and_the_alerts_ask_for_is_documented():
    texts = [query for _, query in QUERIES] + [rule["expr"] for rule in alerts().values()]
    assert metrics_in(" ".join(texts)) - set(documented_metrics()) == set()


def test_the_dashboard_shows_every_metric():
    assert set(documented_metrics()) - metrics_in(" ".join(query for _, query in QUERIES)) == set()


@pytest.fixture(scope="module")
def prometheus(programs, models, tmp_path_factory):
    """A Prometheus with our configuration, which has seen a suite analyse a recording: its URL."""
    folder = tmp_path_factory.mktemp("prometheus")
    options = ["--config.file=prometheus.yml", "--storage.tsdb.path=data"]
    with running_service(tmp_path_factory.mktemp("suite"), models, workers=1) as service:
        configure(folder, service)
        with running_server([programs / "prometheus", *options], folder) as url:
            wait_until(lambda: samples(url, 'up{job="soniclayer"} == 1'), UP_S)
            service.wait_ended([service.upload(DATA / "jfk.flac")])
            wait_until(lambda: samples(url, ENOUGH), UP_S, lambda: str(samples(url, "soniclayer_stage_seconds_count")))
            yield url


def configure(folder, service):
    """Ours, for a suite on another port, which is asked every second."""
    text = (MONITORING / "prometheus/prometheus.yml").read_text()
    text = text.replace("127.0.0.1:8000", service.url.removeprefix("http://"))
    text = text.replace("interval: 15s", "interval: 1s").replace("rules/*.yml", str(RULES))
    (folder / "prometheus.yml").write_text(text)


@pytest.mark.slow
@pytest.mark.models
@pytest.mark.parametrize(
    ("title", "query"), QUERIES, ids=[f"{title}-{number}" for number, (title, _) in enumerate(QUERIES)]
)
def test_a_query_of_the_dashboard_shows_what_the_suite_has(prometheus, title, query):
    query = query.replace("$__rate_interval", "30s")
    found = samples(prometheus, query)
    if all(samples(prometheus, selector) for selector in selectors(query)) and not re.search(" [<>]", query):
        assert found, query


@pytest.mark.parametrize("name", alerts())
def test_an_alert_is_silent_while_a_suite_works(prometheus, name):
    health = {
        rule["name"]: (rule["health"], rule["state"])
        for group in asked(prometheus, "rules")["groups"]
        for rule in group["rules"]
    }
    assert health[name][0] == "ok"
    assert health[name][1] in {"inactive", "pending"}, name


def test_what_a_checkout_cannot_show_is_no_more_than_this(prometheus):
    there = set(asked(prometheus, "label/__name__/values"))
    missing = {name for name in documented_metrics() if not {name, f"{name}_count"} & there}
    assert missing <= NOT_HERE


NOT_HERE = {
    *(f"soniclayer_{of}_{what}" for of in ("backup", "drill") for what in ("ok", "success_timestamp_seconds")),
    "soniclayer_certificate_expiry_timestamp_seconds",
    "soniclayer_langflow_breaker_open",
    "soniclayer_langflow_calls_total",
    "soniclayer_langflow_call_seconds",
    "soniclayer_engine_deaths_total",
    "soniclayer_windows_rerun_total",
    "soniclayer_stage_failures_total",
    "soniclayer_uploads_refused_total",
}
"""An installation has them, or a day on which something goes wrong."""


def selectors(query):
    """The series that a query is made of, without their ranges."""
    return set(re.findall(r"(?:soniclayer_[a-z_]+|up|ALERTS)(?:\{[^}]*\})?", query))


def samples(url, query):
    return asked(url, "query", query=query)["result"]


def asked(url, what, **params):
    answer = requests.get(f"{url}/api/v1/{what}", params=params, timeout=UP_S).json()
    assert answer["status"] == "success", answer
    return answer["data"]
