"""Runs inside the confinement: tests for a module by Pynguin, or the branch coverage of tests that exist.

Reads one JSON job from standard input, writes one JSON result as the last line of standard output. Standard library
only; the interpreter is that of an environment with Pynguin, or with pytest and coverage.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path


def main() -> None:
    job = json.load(sys.stdin)
    home = Path("/tmp/module")
    subject, tests = home / "subject", home / "tests"
    for name, text in {**job["files"], **{f"../tests/{n}": t for n, t in job.get("tests", {}).items()}}.items():
        path = (subject / name).resolve()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    tests.mkdir(exist_ok=True)
    os.environ.update(
        PYNGUIN_DANGER_AWARE="1", PYTHONHASHSEED="0", PYTHONDONTWRITEBYTECODE="1", PYTHONPATH=str(subject)
    )
    print("\n" + json.dumps(measure(job, home) if "tests" in job else write(job, subject, tests, home)))


def write(job: dict, subject: Path, tests: Path, home: Path) -> dict:
    command = [
        *(sys.executable, "-m", "pynguin", "--project-path", str(subject), "--output-path", str(tests)),
        *("--module-name", job["module"], "--maximum-search-time", str(job["seconds"]), "--seed", str(job["seed"])),
    ]
    said = run(command, home, job["wall_seconds"])
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    found = {path.name: path.read_text(encoding="utf-8") for path in sorted(tests.glob("test_*.py"))}
    return {
        "tests": found,
        "cpu_seconds": round(used.ru_utime + used.ru_stime, 2),
        "error": "" if found else said[-400:],
    }


def measure(job: dict, home: Path) -> dict:
    """Branches of the module that its tests take, those of a failing test too, as coverage.py counts them."""
    data, report = home / "data", home / "coverage.json"
    common = [sys.executable, "-m", "coverage"]
    source = home / "subject" / job["path"]
    said = run(
        [*common, "run", "--branch", f"--data-file={data}", f"--include={source}", "-m", "pytest", "-q", "-p",
         "no:cacheprovider", str(home / "tests")], home, job["wall_seconds"]
    )  # fmt: skip
    run([*common, "json", f"--data-file={data}", "-o", str(report)], home, 60)
    try:
        row = next(iter(json.loads(report.read_text())["files"].values()))["summary"]
    except (OSError, ValueError, StopIteration):
        return {"error": said[-400:]}
    keys = ("covered_branches", "num_branches", "covered_lines", "num_statements")
    return {**{key: row[key] for key in keys}, "said": said.splitlines()[-1] if said else ""}


def run(command: list[str], home: Path, wall_seconds: float) -> str:
    """What the command printed, the end of it."""
    try:
        done = subprocess.run(command, cwd=home, capture_output=True, text=True, timeout=wall_seconds, check=False)
    except subprocess.TimeoutExpired:
        return "did not end"
    return (done.stdout + done.stderr).strip()


if __name__ == "__main__":
    main()
