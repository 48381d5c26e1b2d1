from __future__ import annotations

import threading
import time
from contextlib import suppress

from soniclayer.jobs.cost import FREE, Account, Cost, peak_memory_bytes

WORK_S = 0.2


def work(seconds=WORK_S):
    end_s = time.process_time() + seconds
    while time.process_time() < end_s:
        pass


def test_what_is_booked_inside_is_not_booked_outside_too():
    account = Account()
    account.bill()
    with account.on("prepare"):
        work()
        with account.on("transcribe"):
            work(3 * WORK_S)
        work()
    cpu_s = account.bill().cpu_s
    assert 2 * WORK_S <= cpu_s["prepare"] < 3 * WORK_S <= cpu_s["transcribe"]


def test_bills_together_hold_all_the_cpu_time_of_the_process():
    account = Account()
    with account.on("classify"):
        work()
    bill = account.bill()
    work()
    bill += account.bill()
    assert abs(sum(bill.cpu_s.values()) - time.process_time()) < WORK_S / 2


def test_what_other_threads_do_meanwhile_is_booked():
    account = Account()
    account.bill()
    with account.on("transcribe"):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert account.bill().cpu_s["transcribe"] >= WORK_S


def test_a_purpose_that_ends_in_an_error_is_booked():
    account = Account()
    account.bill()
    with suppress(ZeroDivisionError), account.on("prepare"):
        work()
        _ = 1 / 0
    work()
    cpu_s = account.bill().cpu_s
    assert cpu_s["prepare"] >= WORK_S
    assert cpu_s["other"] >= WORK_S


def test_costs_add_up_but_the_higher_peak_stays():
    both = Cost({"prepare": 1.0, "other": 0.5}, 700) + Cost({"prepare": 2.0, "classify": 4.0}, 300) + FREE
    assert both == Cost({"prepare": 3.0, "other": 0.5, "classify": 4.0}, 700)


def test_the_peak_stays_when_the_memory_is_given_back():
    before = peak_memory_bytes()
    block = b"x" * (before + 2**26)
    held = len(block)
    del block
    assert peak_memory_bytes() >= held
