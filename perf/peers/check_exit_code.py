"""A plain exit-code runner: program, tests and check in one file, ``python file``, accepted when it exits with 0."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from adapter import answer

TIMEOUT_SECONDS = 5.0


def check(job: dict[str, Any]) -> dict[str, Any]:
    task = job["task"]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        file = Path(folder, "program.py")
        file.write_text(f"{job['source']}\n{task['test']}\ncheck({task['entry_point']})\n", encoding="utf-8")
        process = subprocess.Popen(
            [sys.executable, str(file)], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            code = process.wait(timeout=TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            return {"accepted": False, "detail": "timed out"}
    return {"accepted": code == 0, "detail": f"exit {code}"}


if __name__ == "__main__":
    answer(check)
