"""Each alert fires when what it is for happens, alone, and no sooner; while all is well, none does."""

from __future__ import annotations

import subprocess

import pytest
import yaml
from alert_cases import CASES, HARMLESS, HEALTHY, HOUR, Case
from monitoring_files import MONITORING, RULES, alerts

DAYS = 3


def test_prometheus_takes_its_configuration_and_the_rules(programs):
    done = run(programs / "promtool", "check", "config", MONITORING / "prometheus/prometheus.yml")
    assert f"{len(alerts())} rules found" in done.stdout


def test_every_alert_has_a_case_and_every_case_an_alert():
    assert {case.alert for case in CASES} == set(alerts())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.alert)
def test_an_alert_fires_when_it_is_time_and_alone(programs, tmp_path, case):
    promtool(programs, tmp_path, case, {case.silent: (), case.fires: (case.alert, *case.with_it)})


@pytest.mark.parametrize("what", HARMLESS)
def test_no_alert_fires_for_what_happens_on_a_good_day(programs, tmp_path, what):
    promtool(programs, tmp_path, Case("", HARMLESS[what]), dict.fromkeys((10, 22, 30, 60, 90), ()))


def test_no_alert_fires_in_days_of_health(programs, tmp_path):
    promtool(programs, tmp_path, Case("", step_s=HOUR), dict.fromkeys(range(0, DAYS * 24, 3), ()))


def promtool(programs, folder, case, expected):
    """At each of these times exactly these alerts fire."""
    seconds = case.step_s
    series = HEALTHY | case.changes
    count = max(expected) + 2
    test = {
        "interval": f"{seconds}s",
        "input_series": [
            {"series": name, "values": values.format(step=seconds, count=count)}
            for name, values in series.items()
            if values is not None
        ],
        "promql_expr_test": [
            {
                "expr": 'count by (alertname) (ALERTS{alertstate="firing"})',
                "eval_time": f"{at * seconds}s",
                "exp_samples": [{"labels": f'{{alertname="{name}"}}', "value": 1} for name in sorted(names)],
            }
            for at, names in expected.items()
        ],
    }
    file = folder / "test.yml"
    file.write_text(yaml.safe_dump({"rule_files": [str(RULES)], "evaluation_interval": f"{seconds}s", "tests": [test]}))
    run(programs / "promtool", "test", "rules", file)


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
    return done
