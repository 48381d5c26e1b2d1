from __future__ import annotations

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from soniclayer import metrics
from soniclayer.courier.message import StepMessage
from soniclayer.domain.segment import Evaluation, WindowEvaluation
from soniclayer.domain.step import Step
from soniclayer.jobs.perform import Performed
from soniclayer.worker.ledger import Ledger


@pytest.fixture
def counted(monkeypatch):
    """What was counted, by name and labels; those that are 0 are left out."""
    registry = CollectorRegistry()
    counts = metrics.Metrics(registry)
    monkeypatch.setattr(metrics, "get", lambda: counts)

    def read():
        lines = (line.rsplit(" ", 1) for line in generate_latest(registry).decode().splitlines() if line[0] != "#")
        return {name: float(value) for name, value in lines if "evaluations_total" in name and float(value)}

    return read


def enter(*sources, provisional, again=False):
    evaluations = tuple(Evaluation(f"0000.0{n}", 3.0, 0.5, "", "", "", source) for n, source in enumerate(sources))
    result = WindowEvaluation(0, "gen_z", "f" * 12, evaluations, provisional)
    message = StepMessage("r" * 16, Step("a" * 64, "evaluate", 0, "gen_z"), again=again)
    Ledger("worker-1").enter(message, Performed("done", duration_s=0.1, result=result))


RULES, LANGFLOW = 'soniclayer_evaluations_total{source="rules"}', 'soniclayer_evaluations_total{source="langflow"}'
PROVISIONAL = "soniclayer_provisional_evaluations_total"


def test_each_evaluation_is_counted_by_who_made_it(counted):
    enter("langflow", "rules", "langflow", provisional=False)
    assert counted() == {RULES: 1, LANGFLOW: 2}


def test_rules_that_stand_in_are_counted_as_such_alone(counted):
    enter("langflow", "rules", "rules", provisional=True)
    assert counted() == {PROVISIONAL: 2}


def test_an_evaluation_is_counted_once_however_often_it_is_tried(counted):
    enter("langflow", "rules", "rules", provisional=True)
    for _ in range(3):
        enter("langflow", "rules", "rules", provisional=True, again=True)
    enter("langflow", "langflow", "rules", provisional=False, again=True)
    assert counted() == {RULES: 1, LANGFLOW: 2, PROVISIONAL: 2}
