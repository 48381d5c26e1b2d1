"""People and workers at one recording at once, in any order of their store calls: hypothesis looks for the worst."""

from __future__ import annotations

import json
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest
from at_once import (
    AFTER,
    BEFORE,
    PEOPLE,
    WINDOWS,
    Place,
    cancel,
    days,
    look_after,
    wipe,
    work,
    work_badly,
    work_with,
)
from fake_engine import FakeEngine
from fake_judge import FakeJudge, opinion_of
from hypothesis import HealthCheck, given, settings
from queue_worker import work_queues
from redis_server import close_courier, open_test_courier
from samples import results_of, upload

from soniclayer.courier import changes
from soniclayer.jobs.evaluate import MOST_TRIES
from soniclayer.storage.local import LocalStore
from soniclayer.storage.recordings import Recordings

ASKED = [work_with("answers"), work_with("silent"), work_with("nonsense"), work_with("busy", "answers")]
ASKED += [work_with("nonsense", "silent", "answers"), work_with("stopped")]

any_order = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module", autouse=True)
def _short_of_patience():
    """Who waits for somebody that the test lets wait gives up soon."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(changes, "ALONE_S", 0.05)
        yield


@pytest.fixture(scope="module")
def calm(redis_server, tmp_path_factory):
    """What there is in the end of undisturbed runs, by the persona that is wanted."""
    courier = open_test_courier(redis_server.url_of(next(redis_server.unused)))
    found = {}
    for what in (BEFORE, AFTER):
        store = LocalStore(tmp_path_factory.mktemp("calm"))
        upload(Recordings(store), courier, what=what)
        work_queues(Recordings(store), courier, FakeEngine(windows=WINDOWS))
        found[what.personas[0].name] = readable(store)
        courier.client.flushdb()
    close_courier(courier)
    return found


def readable(store):
    """What is read of a finished recording; the summary's inputs tell the personas' editions."""
    ends = ("segments.json", "summary.json")
    results = {name.split("/")[-1]: json.loads(data) for name, data in results_of(store).items() if name.endswith(ends)}
    del results["summary.json"]["inputs"]
    return {"summary": results["summary.json"], "segments": results["segments.json"]["segments"]}


@contextmanager
def place_on(redis_server):
    with tempfile.TemporaryDirectory() as root:
        place = Place(Path(root), redis_server.url_of(next(redis_server.unused)))
        try:
            yield place
        finally:
            place.leave()


@any_order
@given(day=days(*PEOPLE, look_after, wipe, work, work, work, work_badly))
def test_whoever_does_what_at_once_all_ends_and_nothing_comes_back_from_the_dead(redis_server, calm, day):
    with place_on(redis_server) as place:
        place.live_through(day)
        place.come_to_rest()
        run = place.check(cancelled=cancel in day["acts"])
        if run is not None:
            assert readable(place.store) == calm[run.wanted().personas[0].name]


@any_order
@given(day=days(*PEOPLE, look_after, look_after, wipe, *ASKED, *ASKED, done_before=12))
def test_whoever_answers_or_is_silent_all_becomes_better_or_is_kept_and_nothing_is_mixed_up(redis_server, calm, day):
    with place_on(redis_server) as place:
        place.live_through(day, FakeJudge("silent"))
        place.come_to_rest(FakeJudge("answers"))
        run = place.check(cancelled=cancel in day["acts"])
        if run is not None:
            assert run.survey().provisional == {}
            (persona,) = run.wanted().personas
            check_opinions(readable(place.store), calm[persona.name], persona, rules_may_stay=may_be_kept(day))


def may_be_kept(day):
    """Whether a judge may have made no sense of a window so often that nobody asked again."""
    return sum("nonsense" in act.__name__ for act in day["acts"]) * 4 >= MOST_TRIES


def check_opinions(found, by_rules, persona, *, rules_may_stay):
    """Each segment has what its judge says of it in the persona's edition, or what the rules say of it."""
    for segment, calm_segment in zip(found["segments"], by_rules["segments"], strict=True):
        assert segment["segment"] == calm_segment["segment"]
        (one,), (rule,) = segment["evaluations"], calm_segment["evaluations"]
        said = opinion_of(persona, segment["segment"]["segment_id"])
        assert not one["provisional"]
        if one["source"] == "langflow":
            assert (one["score"], one["rationale"]) == (said.score, said.rationale)
        else:
            assert rules_may_stay
            assert {**one, "origin": None} == rule
    scores = [segment["evaluations"][0]["score"] for segment in found["segments"]]
    assert found["summary"]["personas"][0]["mean_score"] == pytest.approx(sum(scores) / len(scores), abs=0.01)
