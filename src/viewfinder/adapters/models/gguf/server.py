"""The process that holds the model: ``python -m viewfinder.adapters.models.gguf.server``.

It reads its settings as one line of JSON, loads the model, says "ready", and serves until
its input ends, which is when its parent does. It listens on a socket file only, in a
folder that only its owner can enter, and answers only those who know the key: by itself
the library would listen on a TCP port that any web page and any user of the machine
could reach.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import sys
from pathlib import Path
from typing import Any

_BATCH_TOKENS = 128
"""Between two of these the library looks whether the reply is still wanted."""
_QUIET = 1  # errors only: the library's log would hold words of prompts


def _settings(given: dict[str, Any]) -> Any:
    import xllamacpp

    made = xllamacpp.CommonParams()
    made.model.path = given["model"]
    made.n_ctx = given["context_tokens"]
    made.n_parallel = 1
    made.n_batch = made.n_ubatch = _BATCH_TOKENS
    made.cache_ram_mib = 0
    made.cpuparams.n_threads = made.cpuparams_batch.n_threads = given["threads"]
    made.hostnames = [given["socket"]]
    made.api_keys = [given["key"]]
    made.n_threads_http = 2
    made.ui = made.endpoint_slots = made.endpoint_props = made.endpoint_metrics = False
    made.verbosity = _QUIET
    made.warmup = False
    made.offline = True
    return made


def main() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a dump would hold prompts
    given = json.loads(sys.stdin.readline())
    import xllamacpp

    server = xllamacpp.Server(_settings(given))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.read()
    del server
    shutil.rmtree(Path(given["socket"]).parent, ignore_errors=True)  # a killed parent cannot
    os._exit(0)


if __name__ == "__main__":
    main()
