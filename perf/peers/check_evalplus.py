"""evalplus' untrusted_check on one program, on the base inputs, stopping at the first failure as its command does."""

from __future__ import annotations

from typing import Any

from adapter import answer


def check(job: dict[str, Any]) -> dict[str, Any]:
    from evalplus.eval import untrusted_check

    status, _ = untrusted_check(
        "humaneval",
        job["source"],
        job["inputs"],
        job["task"]["entry_point"],
        expected=job["outputs"],
        atol=0,
        ref_time=[0.001] * len(job["inputs"]),
        fast_check=True,
    )
    return {"accepted": status == "pass", "detail": str(status)}


if __name__ == "__main__":
    answer(check)
