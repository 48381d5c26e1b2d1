"""A Langflow whose model takes 300 ms: `python -m bench.slow_langflow real`, or `script` for one that only plays it.

It prints its URL and its key, and ends with its input. A process of its own, so that it has threads of its own.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections import defaultdict
from contextlib import ExitStack
from pathlib import Path

from langflow.langflow_server import LangflowServer, generate_flows, langflow_python
from langflow.stub_model import Does, StubModel
from scripted_langflow import API_KEY, ScriptedLangflow, judgement

MODEL_S = 0.3


def main(kind: str) -> None:
    """See above."""
    with ExitStack() as until_the_end:
        url, key = {"real": _real, "script": _scripted}[kind](until_the_end)
        print(url, key, flush=True)  # noqa: T201 - that is how it is found
        sys.stdin.read()


def _scripted(until_the_end: ExitStack) -> tuple[str, str]:
    server = ScriptedLangflow()
    server.plays = defaultdict(lambda: _play)
    server.start()
    until_the_end.callback(server.stop)
    return server.url, API_KEY


def _play(exchange) -> None:
    time.sleep(MODEL_S)
    exchange.say(json.dumps({"evaluations": [{"id": one, **judgement()} for one in exchange.call.ids]}))


def _real(until_the_end: ExitStack) -> tuple[str, str]:
    folder = Path(until_the_end.enter_context(tempfile.TemporaryDirectory(prefix="soniclayer-langflow-")))
    model = StubModel()
    until_the_end.callback(model.close)
    model.always = Does(delay_s=MODEL_S)
    python = langflow_python()
    server = LangflowServer(python, folder, generate_flows(python, folder / "flows"), model.url)
    server.start()
    until_the_end.callback(server.kill)
    return server.url, server.api_key


if __name__ == "__main__":
    main(sys.argv[1])
