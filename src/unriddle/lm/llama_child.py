"""The child process that holds a GGUF model: run by file path, it never imports ``unriddle``.

It reads one line of JSON settings from stdin, opens the llama.cpp server on a Unix socket, writes one line to
stdout when the model is loaded, and ends when stdin closes or its parent is gone. Not covered: answering; that is
the C++ server's work.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import sys
import time
from pathlib import Path
from typing import Any

__all__: list[str] = []


def _parameters(settings: dict[str, Any]) -> Any:
    """The settings as llama.cpp's own parameter object."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = settings["gguf"]
    params.n_ctx = settings["context_tokens"] * settings["slots"]
    params.n_parallel = settings["slots"]
    threads = settings["threads"] or _free_cores()
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
    params.n_threads_http = settings["slots"] + 4
    params.hostnames = [settings["socket"]]
    params.api_keys = [settings["key"]]
    params.n_gpu_layers = 0
    params.fit_params = False
    params.warmup = False
    params.ui = False
    params.cache_ram_mib = 0
    params.verbosity = 1
    if settings["embedding"]:
        params.embedding = True
        params.pooling_type = xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
        # A text is pooled within one physical batch, so the batch must hold the longest text.
        params.n_ubatch = params.n_batch = settings["context_tokens"]
    return params


def _free_cores() -> int:
    """The cores this process may use, less the share of the machine that is busy; at least one."""
    # The load average remembers minutes, its own work among them; what counts is what the cores do now.
    before = _ticks()
    time.sleep(_LOOK_SECONDS)
    idle, total = (after - earlier for after, earlier in zip(_ticks(), before, strict=True))
    share = idle / total if total else 1.0
    return max(1, round(len(os.sched_getaffinity(0)) * share))


_LOOK_SECONDS = 0.3


def _ticks() -> tuple[int, int]:
    """Clock ticks that all cores have spent idle, and in all."""
    with open("/proc/stat") as file:
        fields = [int(field) for field in file.readline().split()[1:9]]
    return fields[3] + fields[4], sum(fields)


def main() -> None:
    """Load, say so, and wait for the end."""
    settings = json.loads(sys.stdin.readline())
    sys.path[:] = settings["path"]
    import xllamacpp

    server = xllamacpp.Server(_parameters(settings))
    print(json.dumps({"ready": server.listening_address}), flush=True)
    parent = settings["parent"]
    # A forked copy of the parent may keep the pipe open after the parent died, so the parent is watched too.
    while os.getppid() == parent and not select.select([sys.stdin], [], [], 1.0)[0]:
        pass
    shutil.rmtree(Path(settings["socket"]).parent, ignore_errors=True)
    # The C++ destructor waits for running requests; nobody is left to read them.
    os._exit(0)


if __name__ == "__main__":
    main()
