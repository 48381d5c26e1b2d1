from __future__ import annotations

from dataclasses import replace

import pytest
from courier_steps import a_step

from soniclayer.courier.message import AGAIN, ENGINE_QUEUES, NEEDED_QUEUES, QUEUES, parse_ticket
from soniclayer.domain.step import STAGES

EVERY_KIND = [
    a_step("prepare", None),
    a_step("transcribe", 0),
    a_step("transcribe", 12_345),
    a_step("classify", 3),
    a_step("evaluate", 3, "gen_z"),
    replace(a_step("evaluate", 3, "gen_z"), again=True),
    a_step("summarise", None),
]


@pytest.mark.parametrize("message", EVERY_KIND, ids=lambda message: message.ticket.split(":", 2)[2])
def test_a_ticket_tells_which_message_it_is(message):
    assert parse_ticket(message.ticket) == message


@pytest.mark.parametrize("ticket", ["", "a", "a:b", "a:b:", "a:b:dance", "a:b:transcribe.x", "a:b:prepare:d"])
def test_what_is_no_ticket_is_refused(ticket):
    with pytest.raises(ValueError, match="no step is called"):
        parse_ticket(ticket)


def test_whoever_makes_an_evaluation_better_needs_the_lease_of_who_makes_it():
    first = a_step("evaluate", 3, "gen_z")
    again = replace(first, again=True)
    assert first.key == again.key
    assert first.ticket != again.ticket


def test_an_evaluation_is_made_better_behind_all_else():
    assert replace(a_step("evaluate", 3, "gen_z"), again=True).queue == AGAIN == QUEUES[-1]
    assert AGAIN not in NEEDED_QUEUES


def test_every_stage_has_a_queue_that_workers_look_at():
    assert {a_step(stage).queue for stage in STAGES} <= set(QUEUES)


def test_the_first_windows_of_every_recording_go_before_all_others():
    queues = [a_step("transcribe", window).queue for window in range(4)]
    assert queues == ["transcribe.first", "transcribe.first", "transcribe", "transcribe"]
    assert QUEUES.index("transcribe.first") < QUEUES.index("transcribe")


def test_light_steps_need_no_engine():
    light = (
        a_step("evaluate", 0, "gen_z"),
        replace(a_step("evaluate", 0, "gen_z"), again=True),
        a_step("summarise", None),
    )
    assert {message.queue for message in light} == set(QUEUES) - set(ENGINE_QUEUES)
