"""``unriddle testgen`` against Pynguin: branch coverage of the tests they write for the same modules in the same time.

    python perf/testgen_vs_pynguin.py [--seconds 30] [--rounds 1] [--peer PYTHON] [--only MODULE] [--json]

The modules are pure Python and come with packages that the development environment has; they were chosen before any
result was seen: classes, parsers, text, recursion over containers (``mdurl._decode`` and ``mergedeep.mergedeep`` were
then looked at while drawing of arguments was improved). Each side gets so many seconds of search; what it takes to
judge, shorten and write the tests comes on top (CPU seconds of all of it are reported). Both suites are then run by
pytest under coverage.py with ``--branch``, in the same environment; a branch counts whether or not the test that takes
it passes there. Pynguin (0.48, in a virtual environment of its own, or that of ``--peer``) runs the module without
a sandbox, so that it, and the measuring, are confined by bubblewrap. Exit code 0 when all runs worked, else 1.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from diff_vs_pynguin import confinement, installed_peer

MODULES = (
    "packaging.version",
    "idna.core",
    "mergedeep.mergedeep",
    "iniconfig._parse",
    "sortedcontainers.sortedset",
    "mdurl._decode",
)
RUNNER = Path(__file__).resolve().parent / "peers" / "pynguin_module.py"


def main() -> int:
    parser = argparse.ArgumentParser(description="branch coverage of unriddle's tests and of Pynguin's")
    parser.add_argument("--seconds", type=int, default=30, help="of search for each side and module")
    parser.add_argument("--rounds", type=int, default=1, help="each with another seed")
    parser.add_argument("--peer", type=Path, help="interpreter of an environment that has Pynguin")
    parser.add_argument("--only", action="append", help="only this module")
    parser.add_argument("--json", action="store_true", help="print one JSON document on stdout and nothing else")
    options = parser.parse_args()
    peer = options.peer or installed_peer()
    rows = []
    for module in options.only or MODULES:
        for seed in range(options.rounds):
            for row in (ours(module, options.seconds, seed), theirs(module, options.seconds, seed, peer)):
                print(json.dumps(row), file=sys.stderr, flush=True)
                rows.append(row)
    document = {"schema": 1, "seconds": options.seconds, "rows": rows}
    print(json.dumps(document) if options.json else as_text(rows))
    return 1 if any(row["error"] for row in rows) else 0


def files_of(module: str) -> tuple[dict[str, str], str]:
    """The module's whole package as text by path, and the module's own path."""
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise SystemExit(f"{module} is not installed here; install the development environment (make test)")
    top = module.partition(".")[0]
    root = next(p for p in Path(spec.origin).parents if p.name == top).parent
    files = {
        str(path.relative_to(root)): path.read_text(encoding="utf-8")
        for path in (root / top).rglob("*.py")
        if "test" not in path.parts
    }
    return files, str(Path(spec.origin).relative_to(root))


def ours(module: str, seconds: int, seed: int) -> dict[str, Any]:
    files, path = files_of(module)
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            (Path(folder) / name).parent.mkdir(parents=True, exist_ok=True)
            (Path(folder) / name).write_text(text, encoding="utf-8")
        began, used = time.monotonic(), cpu_seconds()
        command = [Path(sys.executable).with_name("unriddle"), "testgen", Path(folder) / path, "-o", "-", "--json"]
        more = ["--seconds", str(seconds), "--seed", str(seed), "--max-tests", "500"]
        done = subprocess.run([*command, *more], capture_output=True, text=True, check=False)
        row = {"module": module, "side": "unriddle", "seed": seed, "seconds": round(time.monotonic() - began, 1),
               "cpu_seconds": round(cpu_seconds() - used, 1)}  # fmt: skip
    if done.returncode:
        return {**row, "error": done.stderr.strip()[-300:] or "no tests"}
    document = json.loads(done.stdout)
    tests = {"test_ours.py": document["text"]}
    return {**row, "n_tests": len(document["tests"]), **measured(files, path, tests)}


def theirs(module: str, seconds: int, seed: int, peer: Path) -> dict[str, Any]:
    files, path = files_of(module)
    began = time.monotonic()
    job = {"files": files, "module": module, "seconds": seconds, "seed": seed, "wall_seconds": 10 * seconds + 120}
    said = confined(peer, job)
    row = {"module": module, "side": "pynguin", "seed": seed, "seconds": round(time.monotonic() - began, 1),
           "cpu_seconds": said.get("cpu_seconds")}  # fmt: skip
    if not said.get("tests"):
        return {**row, "error": said.get("error", "no tests")[-300:]}
    n = sum(text.count("\ndef test_") for text in said["tests"].values())
    return {**row, "n_tests": n, **measured(files, path, said["tests"])}


def measured(files: dict[str, str], path: str, tests: dict[str, str]) -> dict[str, Any]:
    found = confined(Path(sys.executable), {"files": files, "path": path, "tests": tests, "wall_seconds": 120})
    if "num_branches" not in found:
        return {"error": found.get("error", "no coverage")}
    return {
        "branches": f"{found['covered_branches']}/{found['num_branches']}",
        "branch_coverage": found["covered_branches"] / max(found["num_branches"], 1),
        "line_coverage": found["covered_lines"] / max(found["num_statements"], 1),
        "pytest": found["said"],
        "error": "",
    }


def confined(python: Path, job: dict[str, Any]) -> dict[str, Any]:
    """The runner's last line, run by that interpreter below bubblewrap."""
    words = confinement(python)
    place = words.index("--chdir")
    words[place:place] = ["--ro-bind", str(RUNNER), str(RUNNER)]
    process = subprocess.run(
        [*words, str(python), str(RUNNER)], input=json.dumps(job), capture_output=True, text=True, check=False
    )
    with contextlib.suppress(ValueError, IndexError):
        return dict(json.loads(process.stdout.strip().splitlines()[-1]))
    return {"error": (process.stderr or process.stdout).strip()[-300:]}


def cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def as_text(rows: list[dict[str, Any]]) -> str:
    lines = [f"{'module':30}{'side':10}{'branches':>12}{'share':>8}{'tests':>7}{'seconds':>9}{'CPU s':>8}"]
    for row in rows:
        if row["error"]:
            lines.append(f"{row['module']:30}{row['side']:10}  {row['error'][:80]}")
            continue
        lines.append(
            f"{row['module']:30}{row['side']:10}{row['branches']:>12}{row['branch_coverage']:>8.1%}"
            f"{row['n_tests']:>7}{row['seconds']:>9}{row['cpu_seconds']!s:>8}  {row['pytest']}"
        )
    for side in ("unriddle", "pynguin"):
        shares = [row.get("branch_coverage", 0.0) for row in rows if row["side"] == side]
        lines.append(f"{side}: mean branch coverage {sum(shares) / max(len(shares), 1):.1%}")
    return "\n".join(lines)


if __name__ == "__main__":
    os.environ.setdefault("PYTHONHASHSEED", "0")
    sys.exit(main())
