from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from fake_engine import FakeEngine
from queue_worker import perform_next, work_queues
from samples import take_in, upload, wanted

from soniclayer.domain.state import state_of
from soniclayer.errors import RecordingMissing
from soniclayer.jobs import retention, steer
from soniclayer.jobs.reading import run_of
from soniclayer.jobs.reconcile import reconcile
from soniclayer.jobs.retention import Retention, expired, remove
from soniclayer.storage import names
from soniclayer.storage.codec import encode

NOW = datetime(2026, 5, 31, 3, 30, tzinfo=timezone.utc)


@pytest.fixture
def of_age(store, recordings, courier):
    """Makes a recording that was uploaded so many days ago, and has ended unless `open`."""

    def make(days, data=None, **facts):
        run = recordings.run(upload(recordings, courier, data or f"{days} days".encode()).recording)
        if not facts.pop("open", False):
            work_queues(recordings, courier, FakeEngine(**facts))
        uploaded_at = (NOW - timedelta(days=days)).isoformat(timespec="seconds")
        manifest = replace(run.recording, uploaded_at=uploaded_at)
        store.replace(f"{run.recording.audio_id}/{names.MANIFEST}", encode(manifest))
        return run.recording.audio_id

    return make


def gone(recordings, limits, faults=None):
    """The ids of those that are to go, in that order."""
    found = expired(recordings, limits, NOW, [] if faults is None else faults)
    return [one.recording.audio_id for one in found]


def test_without_limits_everything_stays(recordings, of_age):
    of_age(4000)
    assert gone(recordings, Retention()) == []


def test_what_is_too_old_goes_the_oldest_first_and_it_is_told_why(recordings, of_age):
    old, oldest, young = of_age(31), of_age(400), of_age(29)
    assert gone(recordings, Retention(max_age_days=30)) == [oldest, old]
    found = expired(recordings, Retention(max_age_days=30), NOW, [])
    assert {one.why for one in found} == {"older than 30 days"}
    assert [one.size_bytes for one in found] == [recordings.size_bytes(oldest), recordings.size_bytes(old)]
    assert young not in gone(recordings, Retention(max_age_days=1000))


def test_the_oldest_go_until_the_rest_is_small_enough(store, recordings, of_age):
    ids = [of_age(days) for days in (5, 4, 3, 2)]
    sizes = [recordings.size_bytes(audio_id) for audio_id in ids]
    on_disk = sum(path.stat().st_size for path in store._root.rglob("*") if path.is_file())
    assert sum(sizes) == on_disk
    assert gone(recordings, Retention(max_bytes=sum(sizes))) == []
    assert gone(recordings, Retention(max_bytes=sum(sizes) - 1)) == ids[:1]
    assert gone(recordings, Retention(max_bytes=sizes[3] + sizes[2])) == ids[:2]
    assert gone(recordings, Retention(max_bytes=1)) == ids


def test_what_is_too_old_counts_for_the_size_no_more(recordings, of_age):
    old, *rest = [of_age(days) for days in (50, 4, 3)]
    left = sum(recordings.size_bytes(audio_id) for audio_id in rest)
    assert gone(recordings, Retention(max_age_days=30, max_bytes=left)) == [old]


def test_nothing_goes_that_has_not_ended(recordings, courier, of_age):
    waiting = of_age(400, b"waiting", open=True)
    in_hand = of_age(401, b"in hand", open=True)
    perform_next(recordings, courier, FakeEngine())
    states = {state_of(run_of(recordings, audio_id).survey()) for audio_id in (waiting, in_hand)}
    assert states == {"accepted", "processing"}
    for limits in (Retention(max_age_days=1), Retention(max_bytes=1)):
        assert gone(recordings, limits) == []
    assert not remove(recordings, courier, waiting)
    assert recordings.get(waiting) is not None


def test_what_is_asked_anew_stays_though_it_had_ended(recordings, courier, of_age):
    old = of_age(400)
    found = expired(recordings, Retention(max_age_days=1), NOW, [])
    assert steer.re_evaluate(recordings, courier, old, wanted("gen_z").personas)
    assert gone(recordings, Retention(max_age_days=1)) == []
    assert not remove(recordings, courier, found[0].recording.audio_id)
    assert recordings.get(old) is not None


def test_failed_and_cancelled_ones_go_too(recordings, courier, of_age):
    failed = of_age(400, b"failed", deaths={"prepare": 3})
    cancelled = of_age(399, b"cancelled", open=True)
    steer.cancel(recordings, courier, cancelled)
    assert gone(recordings, Retention(max_age_days=1)) == [failed, cancelled]


def test_what_cannot_be_read_is_told_and_stays(store, recordings, of_age):
    damaged, headless, old = of_age(400, b"damaged"), of_age(401, b"headless"), of_age(402, b"old")
    store.replace(run_of(recordings, damaged).name_of(names.WANTED), b"{")
    store.replace(f"{headless}/{names.MANIFEST}", b"{")
    for limits in (Retention(max_age_days=1), Retention(max_bytes=1)):
        faults = []
        assert gone(recordings, limits, faults) == [old]
        assert len(faults) == 1
        assert headless in faults[0]


def test_what_is_removed_is_gone_from_store_and_list_and_everybody_is_told(store, recordings, courier, of_age):
    old, young = of_age(400), of_age(1)
    last = courier.events.after("0-0")[-1].event_id
    assert remove(recordings, courier, old)
    assert not remove(recordings, courier, old)
    assert [name for name in store.list("") if old in name] == []
    assert courier.index.ids() == {young}
    assert [(event.kind, event.audio_id) for event in courier.events.after(last)] == [("deleted", old)]


def test_while_redis_is_away_it_is_removed_all_the_same_and_the_list_is_told_later(
    store, recordings, courier, away, of_age
):
    old = of_age(400)
    assert remove(recordings, away, old)
    with pytest.raises(RecordingMissing):
        run_of(recordings, old)
    assert courier.index.ids() == {old}
    reconcile(recordings, courier)
    assert courier.index.ids() == set()
    assert store.list("") == []


def test_one_that_was_deleted_meanwhile_is_no_fault(recordings, courier, of_age, monkeypatch):
    old = of_age(400)
    ended = retention._has_ended

    def deleted_meanwhile(recordings, audio_id):
        if recordings.get(audio_id):
            steer.delete(recordings, courier, audio_id)
        return ended(recordings, audio_id)

    monkeypatch.setattr(retention, "_has_ended", deleted_meanwhile)
    faults = []
    assert gone(recordings, Retention(max_age_days=1, max_bytes=1), faults) == []
    assert faults == []
    assert recordings.get(old) is None


def test_an_upload_under_way_counts_for_nothing(store, recordings):
    take_in(store, b"one")
    with recordings.receive() as incoming:
        incoming.write(b"x" * 100_000)
        sizes = sum(recordings.size_bytes(audio_id) for audio_id in recordings.ids())
        assert sizes < 100_000
