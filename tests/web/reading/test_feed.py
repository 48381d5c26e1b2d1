"""The feed: one reader of Redis, many listeners."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from soniclayer.courier.event_reader import EventReader
from soniclayer.web import feed as feed_module
from soniclayer.web.feed import MOST_WAITING, Feed, Listener, Look
from soniclayer.web.routes import events

SOON_S = 10.0


@contextlib.asynccontextmanager
async def running_feed(url):
    async with EventReader(url) as reader:
        feed = Feed(reader)
        reading = asyncio.create_task(feed.run())
        await until(lambda: feed.position is not None)
        try:
            yield feed
        finally:
            reading.cancel()


async def until(holds):
    deadline_s = asyncio.get_running_loop().time() + SOON_S
    while not holds():
        assert asyncio.get_running_loop().time() < deadline_s
        await asyncio.sleep(0.01)


async def first(listener, count):
    async def take():
        found = []
        async for one in listener:
            found.append(one)
            if len(found) == count:
                break
        return found

    return await asyncio.wait_for(take(), SOON_S)


def test_every_listener_gets_what_it_follows(courier, redis_url):
    async def scenario():
        everything, one = Listener(), Listener("a")
        async with running_feed(redis_url) as feed:
            with feed.listen(everything), feed.listen(one):
                for audio_id in ("b", "a", "b"):
                    courier.events.publish("state", audio_id, state="accepted")
                return await first(everything, 3), await first(one, 1)

    everything, one = asyncio.run(scenario())
    assert [event.audio_id for event in everything] == ["b", "a", "b"]
    assert one == [everything[1]]


def test_listener_that_does_not_read_is_told_to_look_and_holds_no_more(courier, redis_url):
    async def scenario():
        stuck = Listener("a")
        async with running_feed(redis_url) as feed:
            with feed.listen(stuck):
                for number in range(MOST_WAITING + 10):
                    courier.events.publish("progress", "a", done_s=number)
                last_id = courier.events.last_id()
                await until(lambda: feed.position == last_id)
                return await first(stuck, 10)

    look, *events = asyncio.run(scenario())
    assert look.missed
    assert [event.data["done_s"] for event in events] == list(range(MOST_WAITING + 1, MOST_WAITING + 10))


def test_silence_makes_listeners_look_at_the_store(redis_url, monkeypatch):
    monkeypatch.setattr(feed_module, "QUIET_S", 0.05)

    async def scenario():
        return await first(Listener("a"), 2)

    assert asyncio.run(scenario()) == [Look(None, missed=False)] * 2


def test_closed_listener_ends_at_once(redis_url):
    async def scenario():
        listener = Listener()
        listener.reset(None)
        listener.close()
        return await first(listener, 1)

    assert asyncio.run(scenario()) == []


def test_missed_events_are_those_of_the_recording(courier, redis_url):
    courier.events.publish("state", "a", state="accepted")
    seen = courier.events.last_id()
    for audio_id in ("b", "a", "b"):
        courier.events.publish("deleted", audio_id)

    async def scenario():
        async with running_feed(redis_url) as feed:
            return await feed.missed(seen, "a"), await feed.missed(seen), await feed.missed(feed.position)

    one, everything, nothing = asyncio.run(scenario())
    assert ([event.audio_id for event in one], len(everything), nothing) == (["a"], 3, [])


def test_too_much_was_missed_to_be_told(courier, redis_url):
    courier.events.publish("deleted", "a")
    seen = courier.events.last_id()
    for _ in range(MOST_WAITING):
        courier.events.publish("deleted", "a")

    async def scenario():
        async with running_feed(redis_url) as feed:
            return await feed.missed(seen)

    assert asyncio.run(scenario()) is None


@pytest.mark.parametrize("entry", [{"kind": "state"}, {"kind": "state", "audio_id": "a", "data": "{"}])
def test_odd_entry_costs_a_reset_and_no_more(courier, redis_url, entry, monkeypatch):
    monkeypatch.setattr(feed_module, "AGAIN_S", 0.01)

    async def scenario():
        listener = Listener()
        async with running_feed(redis_url) as feed:
            with feed.listen(listener):
                courier.client.xadd("soniclayer:events", entry)
                found = await first(listener, 1)
                courier.events.publish("deleted", "a")
                return found + await first(listener, 1)

    look, event = asyncio.run(scenario())
    assert look.missed
    assert event.kind == "deleted"


def test_event_that_was_missed_and_then_handed_over_is_told_once(courier, redis_url):
    courier.events.publish("deleted", "a")
    seen = courier.events.last_id()
    courier.events.publish("deleted", "b")

    async def scenario():
        listener = Listener()
        async with running_feed(redis_url) as feed:
            for event in await feed.missed(seen):
                listener.hand(event)
            with feed.listen(listener):
                told = events._since(feed, listener, seen)
                missed = await first(told, 1)
                courier.events.publish("deleted", "c")
                return missed + await first(told, 1)

    assert [event.audio_id for event in asyncio.run(scenario())] == ["b", "c"]


def test_events_after_a_loss_do_not_hide_it(own_redis, own_courier, monkeypatch):
    monkeypatch.setattr(feed_module, "AGAIN_S", 0.5)

    async def scenario():
        listener = Listener()
        async with running_feed(own_redis.url) as feed:
            with feed.listen(listener):
                own_courier.events.publish("deleted", "a")
                seen = await first(listener, 1)
                own_redis.restart(wiped=True)
                own_courier.events.publish("deleted", "b")
                return seen + await first(listener, 1)

    seen, look = asyncio.run(scenario())
    assert seen.audio_id == "a"
    assert look.missed
