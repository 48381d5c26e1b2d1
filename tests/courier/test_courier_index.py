from __future__ import annotations

import hashlib
import json
import random
import threading
import time
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from redis_server import close_courier, open_test_courier

from soniclayer.courier.index import SORTS, Entry
from soniclayer.domain.state import State
from soniclayer.errors import CourierAway, CourierFull

STATES = get_args(State)
FIRST_DAY = datetime(2025, 1, 1, tzinfo=timezone.utc)
PAGE_S = 0.020
MANY = 100_000
COPY = """
local model = redis.call('hget', KEYS[1], ARGV[1])
local line = cjson.decode(model)
for number = tonumber(ARGV[2]), ARGV[2] + ARGV[3] - 1 do
  local id, name = string.format('%064d', number), 'Show ' .. number .. '.flac'
  local sort_name = string.lower(name) .. '\\31' .. id
  local copy = string.gsub(model, line.audio_id, id)
  redis.call('hset', KEYS[1], id, (string.gsub(copy, line.name, name)))
  for _, group in ipairs({'all', line.state}) do
    local room = 'soniclayer:index:' .. group
    redis.call('zadd', room .. ':uploaded_at', number, id)
    redis.call('zadd', room .. ':duration_s', number % 3600, id)
    redis.call('zadd', room .. ':name', 0, sort_name)
  end
end
"""


def an_entry(number, name=None, state="completed", **facts):
    return Entry(
        audio_id=hashlib.sha256(str(number).encode()).hexdigest(),
        run=f"{number:016x}",
        name=f"Show {number}.flac" if name is None else name,
        size_bytes=1000 + number,
        uploaded_at=(FIRST_DAY + timedelta(minutes=number)).isoformat(),
        state=state,
        **{"duration_s": number * 7 % 100 + 0.5, **facts},
    )


def names(courier, **options):
    return [entry.name for entry in courier.index.page(limit=100, **options).entries]


def test_a_line_is_read_as_it_was_put(courier):
    entry = an_entry(1, failures=3, scores={"gen_z": 3.7, "parent": 2.0})
    assert courier.index.get(entry.audio_id) is None
    courier.index.put(entry)
    assert courier.index.get(entry.audio_id) == entry
    assert courier.index.page(limit=10).entries == (entry,)


def test_the_newest_come_first_unless_another_order_is_asked_for(courier):
    for number, name in enumerate(["b", "C", "a", "Ä", "d"]):
        courier.index.put(an_entry(number, name))
    assert names(courier) == ["d", "Ä", "a", "C", "b"]
    assert names(courier, sort="uploaded_at") == ["b", "C", "a", "Ä", "d"]
    assert names(courier, sort="name") == ["a", "b", "C", "d", "Ä"]
    assert names(courier, sort="-name") == ["Ä", "d", "C", "b", "a"]
    assert names(courier, sort="duration_s") == ["b", "C", "a", "Ä", "d"]
    assert names(courier, sort="-duration_s") == ["d", "Ä", "a", "C", "b"]


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("q", [None, "show"])
@pytest.mark.parametrize("state", [None, "failed"])
def test_pages_put_together_are_the_whole_list_each_line_once(courier, sort, q, state):
    entries = [an_entry(number, f"show {number % 5}", STATES[number % 7]) for number in range(50)]
    for entry in entries:
        courier.index.put(entry)
    pages = [courier.index.page(q=q, state=state, sort=sort, limit=3, offset=offset) for offset in range(0, 60, 3)]
    listed = [entry for page in pages for entry in page.entries]
    wanted = {entry for entry in entries if state in {None, entry.state}}
    assert len(listed) == len(wanted)
    assert set(listed) == wanted
    assert {page.total for page in pages} == {len(wanted)}
    keys = [getattr(entry, sort.removeprefix("-")) for entry in listed]
    assert keys == sorted(keys, reverse=sort.startswith("-"))


def test_no_line_is_asked_for_or_behind_the_end(courier):
    courier.index.put(an_entry(1))
    assert courier.index.page(limit=0).total == 1
    assert courier.index.page(limit=0).entries == ()
    assert courier.index.page(limit=10, offset=1).entries == ()


def test_a_line_that_changes_changes_its_place_in_every_list(courier):
    courier.index.put(an_entry(1, "before", "processing"))
    courier.index.put(an_entry(2, "middle"))
    after = an_entry(1, "zebra", "completed", duration_s=99.0)
    courier.index.put(after)
    assert names(courier, sort="name") == ["middle", "zebra"]
    assert names(courier, sort="-duration_s") == ["zebra", "middle"]
    assert names(courier, state="processing") == []
    assert names(courier, state="completed", sort="name") == ["middle", "zebra"]
    assert names(courier, q="before") == []
    assert courier.index.page(limit=1).total == 2
    assert courier.index.counts() == {**dict.fromkeys(STATES, 0), "completed": 2}
    assert courier.index.ids("processing") == set()


def test_a_line_that_is_taken_out_leaves_nothing(courier):
    courier.index.put(an_entry(1))
    courier.index.put(an_entry(1, "renamed", "failed"))
    courier.index.remove(an_entry(1).audio_id)
    courier.index.remove(an_entry(1).audio_id)
    assert courier.client.dbsize() == 0


def test_ids_and_counts_tell_of_every_line(courier):
    entries = [an_entry(number, state=STATES[number % 3]) for number in range(10)]
    for entry in entries:
        courier.index.put(entry)
    assert courier.index.ids() == {entry.audio_id for entry in entries}
    assert courier.index.ids(STATES[2]) == {entry.audio_id for entry in entries if entry.state == STATES[2]}
    assert courier.index.counts() == {**dict.fromkeys(STATES, 0), STATES[0]: 4, STATES[1]: 3, STATES[2]: 3}


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("SHOW", ["Morning Show", "evening show"]),
        ("straße", ["Straßenfest"]),
        ("STRASSE", ["Straßenfest"]),
        ("A\u0308gypten", ["Ägypten"]),
        ("50%", ["50% off [live]"]),
        ("[live]", ["50% off [live]"]),
        (".*", []),
        ("aaaa", []),
        ("新闻", ["新闻联播"]),
    ],
)
def test_a_search_finds_parts_of_names_whatever_the_case_and_takes_nothing_for_a_pattern(courier, q, found):
    every = ["Morning Show", "evening show", "Straßenfest", "Ägypten", "50% off [live]", "新闻联播"]
    for number, name in enumerate(every):
        courier.index.put(replace(an_entry(number, name), audio_id="a" * 63 + str(number)))
    page = courier.index.page(q=q, sort="uploaded_at", limit=10)
    assert [entry.name for entry in page.entries] == found
    assert page.total == len(found)


def test_a_search_looks_at_every_name_also_when_there_are_many(courier, monkeypatch):
    monkeypatch.setattr("soniclayer.courier.index._FIND_CHUNK", 7)
    for number in range(100):
        courier.index.put(an_entry(number, state=STATES[number % 2]))
    assert courier.index.page(q="show 9", limit=100).total == 11
    assert courier.index.page(q="show 9", state=STATES[1], limit=100).total == 6
    assert courier.index.page(q="show", limit=5, offset=98).total == 100


def test_odd_names_are_listed_and_found(courier):
    odd = ["", "\x00\x1f\n", "\ud800 half a letter", "x" * 5000, "日本\x1f語"]
    for number, name in enumerate(odd):
        courier.index.put(an_entry(number, name))
    page = courier.index.page(sort="uploaded_at", limit=10)
    assert [entry.name for entry in page.entries] == [odd[0], odd[1], "? half a letter", odd[3], odd[4]]
    assert len(courier.index.page(sort="name", limit=10).entries) == 5
    assert courier.index.page(q="half a letter", limit=10).total == 1
    for number in range(5):
        courier.index.remove(an_entry(number).audio_id)
    assert courier.client.dbsize() == 0


def test_while_it_is_made_anew_every_page_says_so(courier):
    courier.index.put(an_entry(1))
    assert courier.index.page(limit=1).rebuilding
    assert not courier.index.complete
    courier.index.set_complete()
    assert not courier.index.page(limit=1).rebuilding
    assert courier.index.complete


def test_an_index_of_an_older_release_is_whole_but_to_be_made_anew(courier):
    courier.index.put(an_entry(1))
    courier.client.set("soniclayer:index:complete", 1)
    assert not courier.index.page(limit=1).rebuilding
    assert courier.index.outdated
    assert not courier.index.complete
    courier.index.set_complete()
    assert not courier.index.outdated


def test_a_line_of_before_there_were_scores_has_none(courier):
    courier.index.put(an_entry(1, scores={"gen_z": 3.7}))
    audio_id = an_entry(1).audio_id
    line = json.loads(courier.client.hget("soniclayer:index:lines", audio_id))
    del line["scores"]
    courier.client.hset("soniclayer:index:lines", audio_id, json.dumps(line))
    assert courier.index.get(audio_id) == an_entry(1)


def test_a_line_of_another_version_is_read_as_far_as_this_one_knows(courier):
    courier.index.put(an_entry(1))
    line = courier.client.hget("soniclayer:index:lines", an_entry(1).audio_id)
    courier.client.hset(
        "soniclayer:index:lines", an_entry(1).audio_id, line.replace('"failures": 0', '"colour": "red"')
    )
    assert courier.index.page(limit=1).entries == (an_entry(1),)


def test_a_put_whose_reply_was_lost_is_there_and_may_be_put_again(proxied_courier, redis_proxy):
    proxied_courier.index.put(an_entry(1))
    redis_proxy.lose_reply("evalsha")
    with pytest.raises(CourierAway):
        proxied_courier.index.put(an_entry(2))
    proxied_courier.index.put(an_entry(2))
    assert proxied_courier.index.page(limit=10).entries == (an_entry(2), an_entry(1))


def test_a_full_redis_changes_no_line_by_halves(own_courier):
    own_courier.index.put(an_entry(1, "before", "processing"))
    own_courier.client.config_set("maxmemory", 1)
    with pytest.raises(CourierFull):
        own_courier.index.put(an_entry(2))
    try:
        own_courier.index.put(an_entry(1, "after", "completed"))
    except CourierFull:
        assert names(own_courier, state="processing", sort="name") == ["before"]
    else:
        assert names(own_courier, state="completed", sort="name") == ["after"]
    assert len(own_courier.index.page(limit=9).entries) == 1


def test_writers_at_once_leave_no_line_in_two_lists(courier, redis_url):
    def write(seed):
        chance, own = random.Random(seed), open_test_courier(redis_url)
        for _ in range(100):
            number = chance.randrange(5)
            if chance.random() < 0.2:
                own.index.remove(an_entry(number).audio_id)
            else:
                own.index.put(an_entry(number, chance.choice("abc"), chance.choice(STATES), duration_s=chance.random()))
        close_courier(own)

    threads = [threading.Thread(target=write, args=[seed]) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = courier.index.page(limit=100).entries
    assert sum(courier.index.counts().values()) == len(lines)
    for sort in SORTS:
        for state in (None, *STATES):
            listed = courier.index.page(sort=sort, state=state, limit=100)
            assert set(listed.entries) == {line for line in lines if state in {None, line.state}}
            assert listed.total == len(listed.entries)


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 3), st.text(max_size=5), st.sampled_from((*STATES, None))), max_size=12))
def test_whatever_is_put_and_taken_out_every_list_holds_what_is_there(redis_server, changes):
    courier = open_test_courier(redis_server.url_of(next(redis_server.unused)))
    expected = {}
    for number, name, state in changes:
        if state is None:
            courier.index.remove(an_entry(number).audio_id)
            expected.pop(number, None)
        else:
            expected[number] = an_entry(number, name, state)
            courier.index.put(expected[number])
    for sort in SORTS:
        assert {entry.audio_id for entry in courier.index.page(sort=sort, limit=9).entries} == {
            entry.audio_id for entry in expected.values()
        }
    for state, count in courier.index.counts().items():
        assert count == sum(entry.state == state for entry in expected.values())
        assert courier.index.page(state=state, sort="name", limit=9).total == count
    close_courier(courier)


def test_a_page_of_a_hundred_thousand_recordings_takes_twenty_milliseconds_at_most(courier):
    fill(courier, MANY)
    for options in ({}, {"sort": "name", "offset": MANY - 100}, {"sort": "-duration_s", "state": "completed"}):
        page, fastest_s = timed(lambda options=options: courier.index.page(limit=100, **options))
        assert len(page.entries) == 100
        assert page.total == MANY
        assert fastest_s <= PAGE_S
    assert courier.index.page(q="SHOW 99999", limit=100).total == 1


def fill(courier, count):
    """Copies of a line that was put, made by Redis itself."""
    model = an_entry(0, scores={f"persona_{number}": 3.25 for number in range(8)})
    courier.index.put(model)
    copy = courier.client.register_script(COPY)
    for start in range(1, count, 1000):
        copy(keys=["soniclayer:index:lines"], args=[model.audio_id, start, min(1000, count - start)])


def timed(call):
    times = []
    for _ in range(5):
        started_s = time.perf_counter()
        result = call()
        times.append(time.perf_counter() - started_s)
    return result, min(times)
