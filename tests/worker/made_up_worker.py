"""`soniclayer worker` with the engine of `quick_server`: `python made_up_worker.py [--name ...] [--queues ...]`.

`FAKE_WORKER` holds JSON: `deadline_s` of the child's calls, `hang`, a thread that hangs, `evaluate_s`, how long an
evaluation takes, `patience_s`, after which a silent worker's leases lapse and its letters go back (8 and 10 s else),
`redis_wait_s`, after which it is ready without Redis, `landlock`, the version of a kernel without a GPU.
"""

from __future__ import annotations

import json
import os
import sys
import time

from samples import engine_config

from soniclayer import main, wiring
from soniclayer.courier import broker, leases
from soniclayer.engines import child
from soniclayer.engines.child import EngineChild
from soniclayer.engines.confined import confine, files
from soniclayer.jobs import evaluate, perform, run_step
from soniclayer.worker import consumer, keeper, process, steps

UNTOLD = {"deadline_s": None, "hang": None, "evaluate_s": 0.0, "beat_s": None, "patience_s": None}
UNTOLD |= {"redis_wait_s": process.REDIS_WAIT_S, "landlock": None}
TOLD = {**UNTOLD, **json.loads(os.environ["FAKE_WORKER"])}


def quick_engine(settings, labels, waiting):
    memory = 2**29
    return EngineChild(engine_config(), memory, server="quick_server", waiting=waiting)


def slowly(work):
    def evaluate_slowly(*args):
        time.sleep(TOLD["evaluate_s"])
        return work(*args)

    return evaluate_slowly


def hang(*args):
    time.sleep(1000)


def hang_while_something_is_held(self):
    return hang() if self._held else []


process.REDIS_WAIT_S = TOLD["redis_wait_s"]
wiring.worker_engine = quick_engine
evaluate.evaluate = slowly(evaluate.evaluate)
if TOLD["landlock"] is not None:
    files.version = lambda _: TOLD["landlock"]
    confine.GPUS = ()
if TOLD["deadline_s"]:
    child.LOAD_S, child.PER_AUDIO_S = TOLD["deadline_s"], 0.0
if TOLD["beat_s"]:
    steps.BEAT_S = dict.fromkeys(steps.BEAT_S, TOLD["beat_s"])
    keeper.KEEPER_BEAT_S = consumer.CONSUMER_BEAT_S = TOLD["beat_s"]
if TOLD["patience_s"]:
    leases.LEASE_S, broker.HEARTBEAT_TIMEOUT_MS = TOLD["patience_s"], TOLD["patience_s"] * 1000
    keeper.RENEW_S = perform.HELD_S = TOLD["patience_s"] / 4
if TOLD["hang"] == "step":
    run_step.evaluate_window = hang
elif TOLD["hang"] == "keeper":
    keeper.Keeper._messages = hang_while_something_is_held
elif TOLD["hang"] == "consumer":
    consumer.GatedConsumer._tidy = hang

if __name__ == "__main__":
    sys.exit(main.main(["worker", *sys.argv[1:]]))
