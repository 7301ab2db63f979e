"""unriddle's search for differences against Pynguin: the same pairs of programs, the same seconds of search.

    python perf/diff_vs_pynguin.py [--data FOLDER] [--pairs 20] [--seconds 10] [--peer PYTHON] [--json FILE]

Pairs are those of ``unriddle lab mokav`` (its reporting half): QuixBugs programs and their bugs, mutants, and recorded
programs of which one passes HumanEval+ and the other does not; ``--pairs`` of QuixBugs and mutants, and as many
recorded ones. Ours: ``find_difference`` with a budget of so many CPU seconds, its own work included. Pynguin (0.48, in
a virtual environment of its own, or that of ``--peer``) writes tests with assertions for the right program in so many
seconds of search (more on the wall clock where the machine is busy, so that it has as many CPU seconds); the time for
assertions and for running the tests comes on top. A pair is told apart when a test that
passes on the right program fails on the wrong one. Pynguin and pytest run the programs themselves, so all of that
runs confined by bubblewrap: no network, a read-only root, small private folders, limits on time and memory.

What the two do is not equal: Pynguin writes a regression suite without knowing the second program, as its users would;
ours is given both. Pynguin needs types for its inputs, which recorded programs have in their annotations and QuixBugs
programs have not.

Results are kept as JSON lines and a later run does only what is missing. Exit code 0 when both sides ran on all pairs,
1 when some run was lost, 2 for bad input.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
import venv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from unriddle.benchmarks.metrics import wilson
from unriddle.budget import Budget
from unriddle.errors import UnriddleError
from unriddle.execute import open_executor
from unriddle.lab._mokav_pairs import Pair, quixbugs_pairs, recorded_pairs
from unriddle.lab.base import Context, data_folder
from unriddle.outcome import Limits
from unriddle.testgen.difference import Difference, find_difference

PEER = "pynguin==0.48.0"
RUNNER = Path(__file__).resolve().parent / "peers" / "pynguin_pair.py"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "unriddle-perf"
LIMITS = Limits(cpu_seconds=0.5, memory_mb=512, max_kills=2)
_MEMORY_KB = 3 << 20


def main() -> int:
    options = parser().parse_args()
    try:
        pairs = the_pairs(options.data, options.pairs, options.seed)
        if shutil.which("bwrap") is None:
            raise ValueError("the program bwrap was not found; install the package bubblewrap (apt install bubblewrap)")
        peer = Path(options.peer) if options.peer else installed_peer()
    except (ValueError, RuntimeError, UnriddleError) as error:
        print(error, file=sys.stderr)
        return 2
    rows = list(measured(pairs, peer, options))
    document = summary(rows, options)
    print(text(document))
    if options.json:
        Path(options.json).write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    return 1 if document["lost"] else 0


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(description="unriddle diff against Pynguin on the same pairs of programs")
    made.add_argument("--data", metavar="FOLDER", help="reference data (default: $UNRIDDLE_DATA or ../shared/data)")
    made.add_argument("--pairs", type=int, default=20, help="pairs of each half (default: %(default)s)")
    made.add_argument("--seconds", type=int, default=10, help="of search, for each side (default: %(default)s)")
    made.add_argument("--seed", type=int, default=0)
    made.add_argument("--peer", metavar="PYTHON", help="interpreter of an environment that has Pynguin")
    made.add_argument("--results", default=str(CACHE / "diff_vs_pynguin.jsonl"), help="kept results")
    made.add_argument("--json", metavar="FILE", help="write one JSON document")
    return made


def the_pairs(data: str | None, n: int, seed: int) -> list[Pair]:
    """``n`` pairs around QuixBugs and ``n`` recorded ones, evenly over the families."""
    context = Context(data=data_folder(data), say=lambda line: print(line, file=sys.stderr))
    some = quixbugs_pairs(context, n_mutants=3, seed=seed)
    recorded = recorded_pairs(context, seed=seed)
    if not some or recorded is None:
        raise ValueError("the pairs need QuixBugs, codet and humanevalplus of the reference data; give --data FOLDER")
    rng = np.random.default_rng(seed)
    return [half[i] for half in (some, recorded) for i in sorted(rng.permutation(len(half))[:n].tolist())]


def installed_peer() -> Path:
    """The interpreter of an environment with Pynguin, made on first use."""
    home = CACHE / PEER.replace("==", "-")
    python = home / "bin" / "python"
    if not python.is_file():
        print(f"installing {PEER} into an environment of its own", file=sys.stderr)
        venv.create(home, with_pip=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", PEER, "pytest"], check=True)
    return python


def measured(pairs: list[Pair], peer: Path, options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """One row for each pair, both sides; kept rows are not run again."""
    kept = Path(options.results)
    kept.parent.mkdir(parents=True, exist_ok=True)
    known = {row["key"]: row for row in map(json.loads, kept.read_text().splitlines())} if kept.is_file() else {}
    with open_executor(workers=2) as executor, kept.open("a", encoding="utf-8") as file:
        for number, pair in enumerate(pairs, 1):
            settings = [pair.first, pair.second, pair.entry, options.seconds, options.seed, RUNNER.read_text()]
            key = hashlib.blake2b(json.dumps(settings).encode(), digest_size=12).hexdigest()
            if key not in known:
                print(f"pair {number} of {len(pairs)}: {pair.name}", file=sys.stderr)
                ours = run_ours(pair, executor, options)
                row = {"key": key, "name": pair.name, "family": pair.family, "unriddle": ours}
                row["pynguin"] = run_pynguin(pair, peer, options)
                file.write(json.dumps(row) + "\n")
                file.flush()
                known[key] = row
            yield known[key]


def run_ours(pair: Pair, executor: Any, options: argparse.Namespace) -> dict[str, Any]:
    began = time.monotonic()
    found = find_difference(
        pair.first,
        pair.second,
        entry=pair.entry,
        executor=executor,
        rng=np.random.default_rng(options.seed),
        budget=Budget(candidates=None, cpu_seconds=options.seconds),
        limits=LIMITS,
    )
    told = isinstance(found, Difference)
    shown = {"category": found.category, "input": repr(found.args)[:200]} if isinstance(found, Difference) else {}
    spent = round(found.log.spent.cpu_seconds, 2)
    return {"told": told, "cpu_seconds": spent, "seconds": round(time.monotonic() - began, 2), **shown}


def run_pynguin(pair: Pair, peer: Path, options: argparse.Namespace) -> dict[str, Any]:
    """What the peer's tests said, confined."""
    wall = 12.0 * options.seconds + 60
    job = {"first": pair.first, "second": pair.second, "seconds": options.seconds, "seed": options.seed,
           "wall_seconds": wall, "folder": "/tmp/pair"}  # fmt: skip
    began = time.monotonic()
    limits = f'ulimit -v {_MEMORY_KB}; ulimit -u 512; ulimit -c 0; exec "$@"'
    command = [*confinement(peer), "/bin/sh", "-c", limits, "sh", str(peer), str(RUNNER)]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        out, error = process.communicate(json.dumps(job), timeout=10 * wall)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return {"told": False, "ended": "lost", "error": "did not end"}
    seconds = round(time.monotonic() - began, 2)
    with contextlib.suppress(ValueError, IndexError):
        row = json.loads(out.strip().splitlines()[-1])
        return {"told": row["n_telling"] > 0, "seconds": seconds, **row}
    return {"told": False, "ended": "lost", "seconds": seconds, "error": (error or out).strip()[-300:]}


def confinement(peer: Path) -> list[str]:
    """bubblewrap: nothing but the system, the interpreter and the peer can be seen, nothing can be kept or reached."""
    words = ["bwrap", "--die-with-parent", "--new-session", "--unshare-all", "--cap-drop", "ALL", "--clearenv"]
    words += ["--setenv", "PATH", "/usr/bin:/bin", "--setenv", "HOME", "/tmp", "--setenv", "LANG", "C.UTF-8"]
    words += ["--proc", "/proc", "--dev", "/dev", "--size", str(256 << 20), "--tmpfs", "/tmp"]
    base = subprocess.run(
        [str(peer), "-c", "import sys; print(sys.base_prefix)"], capture_output=True, text=True, check=True
    ).stdout.strip()
    home = peer.absolute().parent.parent
    for path in dict.fromkeys(["/usr", "/bin", "/lib", "/lib64", "/etc/ld.so.cache", base, str(home), str(RUNNER)]):
        if os.path.islink(path):
            words += ["--symlink", os.readlink(path), path]
        elif os.path.exists(path):
            words += ["--ro-bind", path, path]
    return [*words, "--chdir", "/tmp"]


def summary(rows: list[dict[str, Any]], options: argparse.Namespace) -> dict[str, Any]:
    """Shares by family with intervals, and the runs that were lost."""
    families = {"all": rows} | {f: [r for r in rows if r["family"] == f] for f in sorted({r["family"] for r in rows})}
    shares: dict[str, Any] = {}
    for name, group in families.items():
        shares[name] = {"n": len(group)}
        for side in ("unriddle", "pynguin"):
            told = sum(row[side]["told"] for row in group)
            low, high = wilson(told, len(group))
            shares[name][side] = {"told": told, "share": told / len(group), "low": low, "high": high}
    lost = [row["name"] for row in rows if row["pynguin"].get("ended") == "lost"]
    without = sum(row["pynguin"].get("ended") == "no tests" for row in rows)
    cpu = {side: [row[side].get("cpu_seconds") for row in rows if row[side].get("cpu_seconds")] for side in
           ("unriddle", "pynguin")}  # fmt: skip
    medians = {side: float(np.median(values)) if values else None for side, values in cpu.items()}
    return {"schema": 1, "seconds": options.seconds, "seed": options.seed, "peer": PEER, "families": shares,
            "lost": lost, "pynguin_without_tests": without, "median_cpu_seconds": medians, "pairs": rows}  # fmt: skip


def text(document: dict[str, Any]) -> str:
    """The table for people."""
    lines = [f"{'pairs':<12}{'n':>5}{'unriddle':>22}{'Pynguin':>22}"]
    for name, row in document["families"].items():
        cells = [f"{row[s]['share']:.2f} [{row[s]['low']:.2f}, {row[s]['high']:.2f}]" for s in ("unriddle", "pynguin")]
        lines.append(f"{name:<12}{row['n']:>5}{cells[0]:>22}{cells[1]:>22}")
    medians = document["median_cpu_seconds"]
    lines.append(f"median CPU seconds: unriddle {medians['unriddle']}, Pynguin {medians['pynguin']}")
    lines.append(f"Pynguin wrote no tests for {document['pynguin_without_tests']} pairs; lost: {len(document['lost'])}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
