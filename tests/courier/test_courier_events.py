from __future__ import annotations

import asyncio

import pytest
from courier_steps import AUDIO_ID

from soniclayer.courier.event_reader import EventReader
from soniclayer.courier.events import EVENTS_KEPT, START, STREAM, Event
from soniclayer.errors import CourierAway


def knows(url, event_id):
    async def ask():
        async with EventReader(url) as reader:
            return await reader.knows(event_id)

    return asyncio.run(ask())


def publish(courier, number=0):
    courier.events.publish("window", AUDIO_ID, window=number, start_s=0.5, end_s=60.25)
    return courier.events.last_id()


def test_what_is_published_is_read_as_it_was_in_order(courier):
    ids = [publish(courier, number) for number in range(3)]
    assert courier.events.after(START) == [
        Event(event_id, "window", AUDIO_ID, {"window": number, "start_s": 0.5, "end_s": 60.25})
        for number, event_id in enumerate(ids)
    ]
    assert [event.event_id for event in courier.events.after(ids[0])] == ids[1:]
    assert courier.events.after(ids[2]) == []


async def first_after(url, event_id, meanwhile):
    """What a reader hears who waits, when something happens meanwhile."""
    async with EventReader(url) as reader:
        heard = asyncio.create_task(reader.after(event_id, block_ms=4000))
        await asyncio.to_thread(meanwhile)
        return await heard


def test_a_reader_who_waits_hears_at_once(courier, redis_url):
    before = publish(courier)

    def publish_to_who_waits():
        while not courier.client.info("clients")["blocked_clients"]:
            pass
        publish(courier, 1)

    heard = asyncio.run(first_after(redis_url, before, publish_to_who_waits))
    assert [event.data["window"] for event in heard] == [1]


def test_the_last_id_of_an_empty_stream_is_the_start(courier):
    assert courier.events.last_id() == START


def test_the_stream_stays_short(courier):
    with courier.client.pipeline(transaction=False) as pipeline:
        for _ in range(EVENTS_KEPT + 500):
            pipeline.xadd(STREAM, {"kind": "deleted", "audio_id": "a", "data": "{}"})
        pipeline.execute()
    publish(courier)
    assert EVENTS_KEPT <= courier.client.xlen(STREAM) < EVENTS_KEPT + 200


def test_an_event_that_is_there_is_known_and_one_that_was_dropped_is_not(courier, redis_url):
    first, second = publish(courier), publish(courier)
    assert knows(redis_url, first)
    assert knows(redis_url, second)
    courier.client.xtrim(STREAM, maxlen=1, approximate=False)
    assert not knows(redis_url, first)
    assert knows(redis_url, second)


def test_ids_from_before_redis_lost_its_data_are_not_known(own_redis, own_courier):
    old = publish(own_courier)
    own_redis.restart(wiped=True)
    assert not knows(own_redis.url, old)
    publish(own_courier)
    assert not knows(own_redis.url, old)


def test_the_start_is_known_while_there_has_been_no_event(courier, redis_url):
    assert knows(redis_url, START)
    publish(courier)
    assert not knows(redis_url, START)


@pytest.mark.parametrize(
    "text", ["", "abc", "5", "-", "+", "(1-1", "1-", "-1", "1-1-1", "1 -1", "1-1\n", "٣-٣", "9" * 30 + "-0", "1.5-0"]
)
def test_what_is_no_id_is_not_known_and_no_error(courier, redis_url, text):
    courier.client.xadd(STREAM, {"kind": "deleted", "audio_id": "a", "data": "{}"}, id="5-1")
    assert not knows(redis_url, text)


def test_an_event_whose_reply_was_lost_has_been_told_once(proxied_courier, redis_proxy):
    redis_proxy.lose_reply("xadd")
    with pytest.raises(CourierAway):
        publish(proxied_courier)
    assert len(proxied_courier.events.after(START)) == 1
