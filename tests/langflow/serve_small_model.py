"""A process that serves a model file by an OpenAI-compatible endpoint: `serve_small_model.py FILE PORT`."""

from __future__ import annotations

import signal
import sys

import xllamacpp

parameters = xllamacpp.CommonParams()
parameters.model.path = sys.argv[1]
parameters.model_alias = {"smollm2-135m"}
parameters.hostnames = ["127.0.0.1"]
parameters.port = int(sys.argv[2])
parameters.n_ctx = 4096
parameters.n_parallel = 1
parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = 1  # two wait for each other on a busy machine
parameters.sampling.seed = 1
parameters.ui = False
server = xllamacpp.Server(parameters)
signal.pause()
