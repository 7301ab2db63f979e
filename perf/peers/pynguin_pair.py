"""Runs inside the confinement: Pynguin writes tests for one program, which are then run on it and on another.

Reads one JSON job from standard input, writes one JSON result as the last line of standard output. Standard library
only; the interpreter is that of the peer's environment.
"""

from __future__ import annotations

import json
import math
import os
import resource
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path


def main() -> None:
    job = json.load(sys.stdin)
    home = Path(job["folder"])
    subject, tests = home / "subject", home / "tests"
    subject.mkdir(parents=True)
    tests.mkdir()
    (subject / "subject.py").write_text(job["first"], encoding="utf-8")
    search = math.ceil(job["seconds"] * slowness())
    told = {"search_seconds": search, "ended": "done", "n_tests": 0, "n_good": 0, "n_telling": 0, "telling": []}
    command = [
        *(sys.executable, "-m", "pynguin", "--project-path", str(subject), "--output-path", str(tests)),
        *("--module-name", "subject", "--maximum-search-time", str(search), "--seed", str(job["seed"])),
    ]
    done = run(command, home, search + job["wall_seconds"])
    told["cpu_seconds"] = round(sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2]), 2)
    written = sorted(tests.glob("test_*.py"))
    if not written:
        told |= {"ended": "no tests", "error": done[-400:]}
    else:
        before = outcomes(written, subject, home, job["wall_seconds"])
        (subject / "subject.py").write_text(job["second"], encoding="utf-8")
        after = outcomes(written, subject, home, job["wall_seconds"])
        good = [name for name, passed in before.items() if passed]
        telling = [name for name in good if not after.get(name, after.get("", True))]
        told |= {"n_tests": len(before), "n_good": len(good), "n_telling": len(telling), "telling": telling[:3]}
    print("\n" + json.dumps(told))


def slowness() -> float:
    """Wall seconds that a CPU second takes here now: Pynguin's search is bounded by the wall clock."""
    began, used = time.monotonic(), time.process_time()
    while time.process_time() - used < 0.5:
        pass
    return max(1.0, (time.monotonic() - began) / (time.process_time() - used))


def run(command: list[str], home: Path, wall_seconds: float) -> str:
    """What the command printed, the end of it; what it started dies with the confinement at the latest."""
    environment = {**os.environ, "PYNGUIN_DANGER_AWARE": "1", "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            command, cwd=home, env=environment, capture_output=True, text=True, timeout=wall_seconds, check=False
        )
    except subprocess.TimeoutExpired:
        return "did not end"
    return (done.stdout + done.stderr).strip()


def outcomes(files: list[Path], subject: Path, home: Path, wall_seconds: float) -> dict[str, bool]:
    """Whether each test passed; the name "" stands for all when pytest itself did not end or could not load them."""
    report = home / "report.xml"
    report.unlink(missing_ok=True)
    os.environ["PYTHONPATH"] = str(subject)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}"]
    run([*command, *map(str, files)], home, wall_seconds)
    try:
        cases = list(ElementTree.parse(report).iter("testcase"))
    except (OSError, ElementTree.ParseError):
        return {"": False}
    bad = {"failure", "error"}
    return {str(case.get("name")): not any(child.tag in bad for child in case) for case in cases}


if __name__ == "__main__":
    main()
