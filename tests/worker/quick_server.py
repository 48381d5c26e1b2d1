"""An engine child without models: `tests/fake_engine.py` behind the real messages, in a real process.

`QUICK_ENGINE` holds JSON: `windows`, the number of windows of a recording; `step_s`, how long each call takes; `deeds`,
what it does first at a call, or at all of a stage (`{"transcribe.1": "abort"}`); `log`, a file with a line per call.
"""

from __future__ import annotations

import ctypes
import json
import os
import time
from pathlib import Path

from fake_engine import FakeEngine

from soniclayer.domain.window import Expected, Plan, PreparedWindow
from soniclayer.engines import server
from soniclayer.engines.messages import Classify, Prepare, Transcribe, WarmUp
from soniclayer.errors import ModelError


class QuickEngines(server.Engines):
    """What the child asks, of a FakeEngine."""

    def __init__(self, config, account):
        super().__init__(config, account)
        self.told = {"windows": 3, "step_s": 0.0, "deeds": {}, "log": None, **json.loads(os.environ["QUICK_ENGINE"])}
        self.engine = FakeEngine(self.told["windows"])

    def run(self, request):
        name = call_of(request)
        self.note(f"begin {name}")
        self.act(name)
        yield from self.answer(request)
        self.note(f"end {name}")

    def answer(self, request):
        if isinstance(request, Transcribe):
            yield "transcript", self.engine.transcribe(Path(request.audio), request.window), b""
        elif isinstance(request, Classify):
            yield "analysis", self.engine.classify(request.transcript), b""
        elif not isinstance(request, WarmUp):
            yield from super().run(request)

    def _prepare(self, request: Prepare):
        for found in self.engine.prepare(Path(request.source), request.language, request.resume):
            if isinstance(found, PreparedWindow):
                yield "window", found.window, found.flac
            elif isinstance(found, Plan | Expected):
                yield ("plan" if isinstance(found, Plan) else "expected"), found, b""

    def note(self, words):
        if self.told["log"]:
            with Path(self.told["log"]).open("a") as log:
                log.write(f"{os.getpid()} {words}\n")

    def act(self, name):
        deed = self.told["deeds"].get(name, self.told["deeds"].get(name.split(".")[0]))
        if deed:
            getattr(self, deed)()
        elif name != "warm_up":
            time.sleep(self.told["step_s"])

    def wait_for_a_sign(self):
        while not Path(f"{self.told['log']}.sign").exists():
            time.sleep(0.01)

    def abort(self):
        os.abort()

    def hang(self):
        ctypes.PyDLL(None).sleep(1000)  # keeps the interpreter locked, as a hang inside a library does

    def eat(self):
        self.eaten = [b"x" * 2**24 for _ in range(64)]
        time.sleep(1000)

    def miss_a_model(self):
        raise ModelError("model fake is not there: run `soniclayer models fetch fake`")


def call_of(request):
    if isinstance(request, Transcribe):
        return f"transcribe.{request.window.number}"
    if isinstance(request, Classify):
        return f"classify.{request.transcript.window}"
    return "warm_up" if isinstance(request, WarmUp) else type(request).__name__.lower()


if __name__ == "__main__":
    server.Engines = QuickEngines
    server.main()
