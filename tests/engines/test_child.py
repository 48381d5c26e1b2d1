from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest
from samples import ROOT, engine_config

from soniclayer.domain.segment import Transcript
from soniclayer.engines import child as child_module
from soniclayer.engines.child import EngineChild
from soniclayer.errors import EngineDied, EngineStopped, InputError

HERE = Path(__file__).parent
CONFIG = engine_config(max_duration_s=60.0)


@pytest.fixture
def child(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(map(str, [HERE, HERE.parent, HERE.parent.parent])))
    one = EngineChild(CONFIG, 2**29, time_scale=0.04, server="misbehaving_server")  # 120 s become 4.8 s
    yield one
    one.stop()


def ask(child, deed):
    return child.classify(Transcript(0, deed, "m", ()))


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def wait_until(condition, seconds=10.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "did not happen in time"
        threading.Event().wait(0.02)


def test_a_child_answers_and_stays_for_the_next_call(child):
    assert ask(child, "behave").model == ask(child, "behave").model == str(child.pid)


def test_a_child_takes_no_module_from_where_the_caller_stands(child, tmp_path, monkeypatch):
    (tmp_path / "misbehaving_server.py").write_text("raise SystemExit('planted by somebody')")
    monkeypatch.chdir(tmp_path)
    assert ask(child, "behave").model == str(child.pid)


def test_a_child_runs_the_code_of_its_parent_also_when_that_is_installed_nowhere(tmp_path):
    shutil.copytree(ROOT / "soniclayer", tmp_path / "soniclayer", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(HERE / "misbehaving_server.py", tmp_path / "soniclayer/of_this_copy_alone.py")
    program = (
        "from test_child import CONFIG, EngineChild, ask\n"
        'child = EngineChild(CONFIG, 2**29, server="soniclayer.of_this_copy_alone")\n'
        'print(ask(child, "behave").model)\n'
        "child.stop()\n"
    )
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    path = f"import sys; sys.path[1:1] = {[str(HERE), str(HERE.parent)]}\n"
    done = subprocess.run(
        [sys.executable, "-c", path + program], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip().isdigit(), done.stderr


def test_a_child_outlives_the_thread_that_first_asked_it(child):
    pids = []
    thread = threading.Thread(target=lambda: pids.append(ask(child, "behave").model))
    thread.start()
    thread.join()
    assert ask(child, "behave").model == pids[0]


@pytest.mark.parametrize(
    ("deed", "code", "words"),
    [
        ("abort", "engine_crashed", "signal 6"),
        ("crash_in_c", "engine_crashed", "signal 11"),
        ("raise_a_bug", "engine_crashed", "IndexError: a bug of ours"),
        ("leave", "engine_crashed", "exit code 0"),
        ("hang_in_c", "engine_deadline", "no answer within"),
        ("eat_memory", "engine_memory", "MiB of memory"),
        ("flood", "engine_memory", "MiB of memory"),
    ],
)
def test_a_child_that_fails_is_told_as_dead_with_the_cause_and_replaced(child, monkeypatch, deed, code, words):
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    first = int(ask(child, "behave").model)
    with pytest.raises(EngineDied, match=words) as caught:
        ask(child, deed)
    assert caught.value.code == code
    assert not alive(first)
    assert int(ask(child, "behave").model) != first


def test_a_crash_in_c_is_told_by_what_python_says_of_it(child, monkeypatch):
    monkeypatch.setenv("PYTHONFAULTHANDLER", "1")
    with pytest.raises(EngineDied, match=r"\(signal 11\): Fatal Python error: Segmentation fault"):
        ask(child, "crash_in_c")


def test_a_child_that_the_kernel_has_killed_is_told_with_the_likely_cause(child):
    ask(child, "behave")
    killer = threading.Timer(0.3, lambda: os.kill(child.pid, signal.SIGKILL))
    killer.start()
    with pytest.raises(EngineDied, match=r"\(signal 9\): killed from outside, .* lack of memory"):
        ask(child, "hang_in_c")
    killer.join()


def test_the_kernel_is_to_take_the_child_before_anything_else_when_memory_runs_out(child):
    ask(child, "behave")
    own, of_child = (int(Path(f"/proc/{pid}/oom_score_adj").read_text()) for pid in ("self", child.pid))
    assert of_child >= own + 500


def test_a_child_that_was_killed_between_two_calls_is_replaced_and_no_call_blamed(child):
    first = int(ask(child, "behave").model)
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: not alive(first))
    assert int(ask(child, "behave").model) != first


def test_a_child_that_rests_is_gone_and_comes_back_for_the_next_call(child):
    first = int(ask(child, "behave").model)
    child.rest()
    assert not alive(first)
    assert not child.alive
    assert int(ask(child, "behave").model) != first


def test_who_waits_for_an_answer_or_for_a_turn_is_heard_of(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(map(str, [HERE, HERE.parent, HERE.parent.parent])))
    heard = []
    child = EngineChild(CONFIG, 2**29, server="misbehaving_server", waiting=lambda: heard.append(threading.get_ident()))
    threads = [threading.Thread(target=lambda: suppress_stop(child)) for _ in range(2)]
    for thread in threads:
        thread.start()
    wait_until(lambda: all(heard.count(thread.ident) > 2 for thread in threads))
    child.stop()
    for thread in threads:
        thread.join()


def suppress_stop(child):
    with suppress(EngineStopped):
        ask(child, "hang_in_c")


def test_a_child_that_stops_in_the_middle_of_a_frame_is_told_as_dead(child, monkeypatch):
    monkeypatch.setattr(child_module, "FRAME_S", 1)
    with pytest.raises(EngineDied, match="in the middle of an answer"):
        ask(child, "babble")
    assert ask(child, "behave")


def test_an_error_in_the_input_comes_through_as_itself_and_the_child_lives_on(child):
    pid = ask(child, "behave").model
    with pytest.raises(InputError, match="the audio is at fault") as caught:
        ask(child, "report_an_error")
    assert caught.value.code == "no_audio"
    assert ask(child, "behave").model == pid


def test_stop_ends_a_call_under_way_and_every_later_one(child):
    ask(child, "behave")
    pid = child.pid
    caught = []

    def hang():
        try:
            ask(child, "hang_in_c")
        except EngineStopped as error:
            caught.append(error)

    thread = threading.Thread(target=hang)
    thread.start()
    child.stop()
    thread.join()
    assert len(caught) == 1
    assert not alive(pid)
    with pytest.raises(EngineStopped):
        ask(child, "behave")


def test_a_child_does_not_outlive_a_parent_that_is_killed(child):
    program = (
        "import test_child as t\n"
        "c = t.EngineChild(t.CONFIG, 2**29, server='misbehaving_server')\n"
        "print(t.ask(c, 'behave').model, flush=True)\n"
        "t.ask(c, 'hang_in_c')\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    pid = int(parent.stdout.readline())
    assert alive(pid)
    parent.send_signal(signal.SIGKILL)
    parent.communicate()
    wait_until(lambda: not alive(pid))


def test_the_keyboard_interrupts_the_parent_alone(child):
    pid = int(ask(child, "behave").model)
    assert os.getsid(pid) != os.getsid(0)
    os.kill(pid, signal.SIGINT)
    assert int(ask(child, "behave").model) == pid


def test_a_call_that_is_given_up_half_way_does_not_leave_its_answers_for_the_next(child):
    replies = child._call(child_module.Classify(Transcript(7, "behave", "m", ())), 100)
    next(replies)
    replies.close()
    assert ask(child, "behave").window == 0


def test_the_cpu_time_of_every_finished_call_is_told_also_of_one_that_failed(child):
    for deed, calls in (("work", 1), ("work", 2), ("work_in_vain", 3)):
        with suppress(InputError):
            ask(child, deed)
        assert 0.1 * calls <= child.cost.cpu_s["classify"] < 0.1 * calls + 0.1


def test_cost_and_peak_memory_outlive_the_child(child):
    ask(child, "work")
    ask(child, "need_memory")
    with pytest.raises(EngineDied):
        ask(child, "abort")
    ask(child, "work")
    assert child.cost.cpu_s["classify"] >= 0.2
    assert child.cost.peak_bytes >= 2**27
