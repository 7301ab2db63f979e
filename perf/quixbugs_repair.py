"""QuixBugs repaired by search: where faults are looked for, how many are repaired, and random mutation beside it.

Run: ``python perf/quixbugs_repair.py --data FOLDER [--half even|odd|all] [--cpu-seconds 120] [--names a,b]``.

The edits were developed with the programs of even place in the sorted list in view, those of odd place are the test.
A repair is plausible when every published test passes, and correct when it also agrees with the published right program
on 1,000 generated inputs on which that one returns (programs on graphs: 300 random ones). Random mutation
has the CPU seconds that the repair took, at least two: single mistakes in random order, then mistakes on mistakes.
One JSON object a line on stdout; the last one sums up.
"""

from __future__ import annotations

import argparse
import difflib
import json
import sys
import time
from typing import Any

import numpy as np

from unriddle.benchmarks.quixbugs import load
from unriddle.candidate import Candidate
from unriddle.execute import open_executor
from unriddle.execute.try_many import try_many
from unriddle.language.mutants import all_mutants
from unriddle.outcome import Limits
from unriddle.pose.repair import repair
from unriddle.pose.repair_rank import further_inputs
from unriddle.problem import CallTest
from unriddle.verdicts import Verdicts

_LISTS = """
import random as _r
def _chain(seed):
    draw = _r.Random(seed)
    nodes = [Node(i) for i in range(draw.randint(1, 7))]
    for a, b in zip(nodes, nodes[1:]):
        a.successor = b
    return draw, nodes
"""
_STRUCTURES = {
    "detect_cycle": _LISTS + """
def check(seed):
    draw, nodes = _chain(seed)
    if draw.random() < 0.5:
        nodes[-1].successor = draw.choice(nodes)
    return detect_cycle(nodes[0])
""",
    "reverse_linked_list": _LISTS + """
def check(seed):
    draw, nodes = _chain(seed)
    node, found = reverse_linked_list(nodes[0]), []
    while node is not None and len(found) < 20:
        found.append(node.value)
        node = node.successor
    return found
""",
    "shortest_path_length": """
import random as _r
def check(seed):
    draw = _r.Random(seed)
    nodes = [Node(i) for i in range(draw.randint(2, 6))]
    lengths = {}
    for a in nodes:
        a.successors = [b for b in nodes if b is not a and draw.random() < 0.45]
        lengths.update({(a, b): draw.randint(1, 9) for b in a.successors})
    return shortest_path_length(lengths, nodes[0], nodes[-1])
""",
    "shortest_paths": """
import random as _r
def check(seed):
    draw = _r.Random(seed)
    n = draw.randint(2, 6)
    edges = {(a, b): draw.randint(1, 9) for a in range(n) for b in range(n) if a != b and draw.random() < 0.5}
    return shortest_paths(0, edges or {(0, 1): 1})
""",
    "topological_ordering": """
import random as _r
def check(seed):
    draw = _r.Random(seed)
    nodes = [Node(i) for i in range(draw.randint(1, 7))]
    for i, a in enumerate(nodes):
        a.outgoing_nodes = [b for b in nodes[i + 1:] if draw.random() < 0.4]
    for b in nodes:
        b.incoming_nodes = [a for a in nodes if b in a.outgoing_nodes]
    draw.shuffle(nodes)
    order = topological_ordering(nodes)
    place = {id(n): k for k, n in enumerate(order)}
    return len(order) == len(nodes) == len(place) and all(
        place[id(a)] < place[id(b)] for a in nodes for b in a.outgoing_nodes)
""",
}  # fmt: skip


def faulty_lines(buggy: str, right: str) -> set[int]:
    """Lines of the wrong program that the right one changes; around an insertion, its two neighbours."""

    def code(text: str) -> list[tuple[int, str]]:
        rows = [(i, line.rstrip()) for i, line in enumerate(text.split('"""')[0].splitlines(), 1)]
        return [row for row in rows if row[1].strip()]

    a, b = code(buggy), code(right)
    found: set[int] = set()
    for op, i, j, _, _ in difflib.SequenceMatcher(None, [t for _, t in a], [t for _, t in b]).get_opcodes():
        if op in ("replace", "delete"):
            found |= {a[k][0] for k in range(i, j)}
        elif op == "insert":
            found |= {a[k][0] for k in (i - 1, i) if 0 <= k < len(a)}
    return found


def agrees(name: str, source: str, task: Any, executor: Any) -> bool | None:
    """Whether a program does what the right one does on inputs that no search saw."""
    reference = task.reference.split('\n"""\n')[0]
    if name in _STRUCTURES:
        tail = "\n" + _STRUCTURES[name]
        tests: list[CallTest] = [CallTest("check", (k,), name=f"i{k}") for k in range(300)]
        pair = [reference + tail, f"{task.problem.context}\n\n{source}\n{tail}"]
    else:
        rng = np.random.default_rng(12345)
        entry, inputs, _ = further_inputs(reference, task.hidden, n=1000, executor=executor, rng=rng)
        tests, pair = [CallTest(entry, args, name=f"i{k}") for k, args in enumerate(inputs)], [reference, source]
    quick = Limits(cpu_seconds=0.2, max_kills=200)
    first = executor.run([Candidate(pair[0])], tests, limits=quick)
    usable = np.flatnonzero(first.value[0] >= 0).tolist()
    second = executor.run([Candidate(pair[1])], [tests[j] for j in usable], limits=Limits(cpu_seconds=2, max_kills=2))
    both = Verdicts.join_rows([first.take(columns=usable), second])
    return bool((both.value[0] == both.value[1]).all()) if usable else None


def random_mutation(task: Any, executor: Any, budget: float, rng: np.random.Generator) -> tuple[str | None, int]:
    """The first program that passes every test, and how many were run."""
    source, context = task.problem.meta["buggy"], task.problem.context
    spent, tried, begin = 0.0, 0, time.process_time()
    pool = [m.source for m in all_mutants(source)]
    queue = [pool[i] for i in rng.permutation(len(pool))]
    while spent + time.process_time() - begin < budget:
        while len(queue) < 64 and pool:
            second = [m.source for m in all_mutants(pool[int(rng.integers(len(pool)))])]
            queue += [second[i] for i in rng.permutation(len(second))[:16]]
        batch, queue = queue[:64], queue[64:]
        done = try_many(batch, task.hidden, executor=executor, seconds=0.02, context=context)
        spent, tried = spent + done.cpu_seconds, tried + len(batch)
        for text, passed in zip(batch, done.verdicts.solved(), strict=True):
            if passed:
                return text, tried
    return None, tried


def one(name: str, task: Any, executor: Any, cpu_seconds: float, *, random: bool) -> dict[str, Any]:
    source = task.problem.meta["buggy"]
    report = repair(
        source, task.hidden, executor=executor, rng=np.random.default_rng(0), context=task.problem.context,
        cpu_seconds=cpu_seconds, say=lambda text: print(name, text, file=sys.stderr, flush=True),
    )  # fmt: skip
    wanted = faulty_lines(source, task.reference if not task.problem.context else
                          task.reference[len(task.problem.context.rstrip()):])  # fmt: skip
    ranks = {s.line: s for s in report.baseline.localised.lines}
    hits = [ranks[line] for line in wanted if line in ranks]
    row: dict[str, Any] = {
        "name": name, "lines": len(ranks),
        "rank": min((s.middle for s in hits), default=None), "best_rank": min((s.first for s in hits), default=None),
        "plausible": False, "correct": None, "n_tried": report.n_tried, "n_plausible": len(report.plausible),
        "behaviours": report.ranked.n_classes if report.ranked else 0, "cpu_seconds": round(report.cpu_seconds, 2),
        "rule": report.edit.rule if report.edit else "",
    }  # fmt: skip
    if report.repaired is not None:
        head = f"{task.problem.context}\n\n" if task.problem.context else ""
        verdicts = executor.run([Candidate(head + report.repaired)], task.hidden, limits=Limits(cpu_seconds=10))
        row["plausible"] = bool(verdicts.passed.all())
        row["correct"] = agrees(name, report.repaired, task, executor)
        row["diff"] = [x for x in report.diff().splitlines()[2:] if x[:1] in "+-"]
    if not random:
        return row
    rng = np.random.default_rng(1)
    text, n = random_mutation(task, executor, max(2.0, report.cpu_seconds), rng)
    row["random"] = {"n_tried": n, "plausible": text is not None,
                     "correct": agrees(name, text, task, executor) if text else None}  # fmt: skip
    return row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True)
    parser.add_argument("--half", choices=["even", "odd", "all"], default="all")
    parser.add_argument("--cpu-seconds", type=float, default=120.0)
    parser.add_argument("--names", default="")
    parser.add_argument("--no-random", action="store_true", help="leave out random mutation")
    asked = parser.parse_args()
    tasks = {t.problem.meta["name"]: t for t in load(asked.data).tasks}
    order = sorted(tasks)
    chosen = {"even": order[::2], "odd": order[1::2], "all": order}[asked.half]
    chosen = [name for name in asked.names.split(",") if name] or chosen
    rows = []
    with open_executor() as executor:
        for name in chosen:
            rows.append(one(name, tasks[name], executor, asked.cpu_seconds, random=not asked.no_random))
            print(json.dumps(rows[-1]), flush=True)
    print(json.dumps(summary(rows)))


def summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    ranks = [row["rank"] for row in rows]
    return {
        "n": len(rows),
        "top1": sum(r is not None and r <= 1 for r in ranks), "top5": sum(r is not None and r <= 5 for r in ranks),
        "plausible": sum(row["plausible"] for row in rows), "correct": sum(row["correct"] is True for row in rows),
        "random_plausible": sum(row["random"]["plausible"] for row in rows if "random" in row),
        "random_correct": sum(row["random"]["correct"] is True for row in rows if "random" in row),
        "cpu_seconds": round(sum(row["cpu_seconds"] for row in rows), 1),
    }  # fmt: skip


if __name__ == "__main__":
    main()
