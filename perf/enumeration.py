"""How fast the enumeration evaluates expressions, and how many SyGuS files it solves next to cvc5.

    python perf/enumeration.py [--seconds 5] [--json]
    python perf/enumeration.py --files FOLDER [--peer PYTHON] [--seconds 10] [--shown 0.5] [--json]

Without ``--files``: expressions per CPU second of one core on four examples each, for texts (a SyGuS grammar of
strings) and for whole numbers, by the bank (numpy columns; texts are numbered once and an operator is called once for
every combination of different arguments of an example) and by the same grammar evaluated plainly, a tuple for each
expression. An expression counts once all its four values are known, whether it turns out to be new or not;
combinations left out as pointless without being evaluated do not count.

With ``--files``: every ``.sl`` file of the folder within ``--seconds`` CPU seconds of a process each, start and
imports included, by ``unriddle solve`` and, with ``--peer`` (a Python that has cvc5), by cvc5's SyGuS solver with
``incremental=false``. Answers of both are checked by our evaluator on all examples, and ours by cvc5 as well. A
process that needs more CPU seconds is ended and counts as not solved; ``after_start`` leaves out starting Python and
the first imports of both. ``--shown 0.5`` gives both the
first half of a file's different examples only and counts on how many of the others their answers are right.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from unriddle.errors import BadInput
from unriddle.grammar.read_grammar import SygusGrammar
from unriddle.grammar.sygus import SygusFunction, SygusTask, read_sygus
from unriddle.grammar.term import Term, literal, substitute
from unriddle.grammar.write import write_sygus
from unriddle.pose.verify import check_script
from unriddle.propose.bank import Bank
from unriddle.propose.sygus import right_on
from unriddle.propose.term_grammar import TermGrammar, term_grammar

TEXTS = ["+106 769-858-438", "+83 973-757-831", "Nancy FreeHafer (x)", "a/b.c,d"]
NUMBERS = [3, -7, 12, 100]
S, N = Term("s"), Term("i")
TEXT_RULES = [
    *(("s", t) for t in (Term("x"), literal(" "), literal("-"), literal("+"))),
    ("s", Term("str.++", (S, S))), ("s", Term("str.replace", (S, S, S))), ("s", Term("str.at", (S, N))),
    ("s", Term("str.substr", (S, N, N))), *(("i", literal(n)) for n in (0, 1, 2)), ("i", Term("+", (N, N))),
    ("i", Term("-", (N, N))), ("i", Term("str.len", (S,))), ("i", Term("str.indexof", (S, S, N))),
]  # fmt: skip
NUMBER_RULES = [
    ("i", Term("x")), ("i", literal(0)), ("i", literal(1)), ("i", literal(2)), ("i", Term("+", (N, N))),
    ("i", Term("-", (N, N))), ("i", Term("*", (N, N))), ("i", Term("div", (N, N))), ("i", Term("mod", (N, N))),
]  # fmt: skip
_START_SECONDS = 1.0  # what is left for starting and for the runners-up
OURS = """
import atexit, sys, time
import unriddle.cli.solve, unriddle.cli.solve_sygus, unriddle.pose.sygus
begun = time.process_time()
atexit.register(lambda: print("\\nafter the start", time.process_time() - begun, file=sys.stderr))
from unriddle.cli.main import main
main()
"""
PEER = """
import atexit, sys, time, cvc5
begun = time.process_time()
atexit.register(lambda: print("\\nafter the start", time.process_time() - begun, file=sys.stderr))
solver = cvc5.Solver(cvc5.TermManager())
for name, value in (("sygus", "true"), ("incremental", "false")):
    solver.setOption(name, value)
parser = cvc5.InputParser(solver)
parser.setFileInput(cvc5.InputLanguage.SYGUS_2_1, sys.argv[1])
while not (command := parser.nextCommand()).isNull():
    print(command.invoke(solver, parser.getSymbolManager()), end="")
"""


CHECK = """
import sys, cvc5
solver = cvc5.Solver(cvc5.TermManager())
solver.setOption("tlimit-per", "20000")
parser = cvc5.InputParser(solver)
parser.setFileInput(cvc5.InputLanguage.SMT_LIB_2_6, sys.argv[1])
while not (command := parser.nextCommand()).isNull():
    print(command.invoke(solver, parser.getSymbolManager()), end="")
"""


def main() -> int:
    parser = argparse.ArgumentParser(description="speed of the enumeration, and SyGuS files next to cvc5")
    parser.add_argument("--seconds", type=float, help="CPU seconds per measurement or file (5, or 10 with --files)")
    parser.add_argument("--files", type=Path, help="a folder of .sl files")
    parser.add_argument("--peer", help="a Python that has cvc5")
    parser.add_argument("--shown", type=float, default=1.0, help="share of the examples that is shown")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    made = _files(asked) if asked.files else _rates(asked.seconds or 5.0)
    print(json.dumps(made, indent=2) if asked.json else "\n".join(f"{key}: {value}" for key, value in made.items()))
    return 0


def _grammar(rules: list[tuple[str, Term]], sorts: dict[str, str], variable: str) -> TermGrammar:
    start = next(iter(sorts))
    function = SygusFunction("f", (("x", variable),), sorts[start], SygusGrammar(start, sorts, tuple(rules)))
    return term_grammar(SygusTask("ALL", (function,)), function, examples=())


def _rates(seconds: float) -> dict[str, float]:
    made: dict[str, float] = {}
    for name, rules, sorts, variable, column in (
        ("text", TEXT_RULES, {"s": "String", "i": "Int"}, "String", TEXTS),
        ("number", NUMBER_RULES, {"i": "Int"}, "Int", NUMBERS),
    ):
        grammar = _grammar(rules, sorts, variable)
        made[f"{name}_per_second"] = _bank_rate(grammar, column, seconds)
        made[f"{name}_plain_per_second"] = _plain_rate(grammar, column, seconds)
        made[f"{name}_ratio"] = round(made[f"{name}_per_second"] / made[f"{name}_plain_per_second"], 1)
    return made


def _bank_rate(grammar: TermGrammar, column: list[object], seconds: float) -> float:
    bank = Bank(grammar.operators, grammar.columns({"x": column}), grammar.codecs(), n_rows=len(column))
    begun = time.process_time()

    def over() -> bool:
        return time.process_time() - begun > seconds

    for cost in range(1, 30):
        for _ in bank.level(cost, max_tried=10**9, stop=over, chunk=1 << 16):
            pass
        if over():
            break
    return round(bank.n_tried / (time.process_time() - begun))


def _plain_rate(grammar: TermGrammar, column: list[object], seconds: float) -> float:
    """The same grammar, one expression at a time: a tuple of values, a set of those seen."""
    levels: dict[tuple[str, int], list[tuple[object, ...]]] = {}
    seen: set[tuple[str, tuple[object, ...]]] = set()
    n_tried, begun = 0, time.process_time()
    for leaf in grammar.columns({"x": column}):
        levels.setdefault((leaf.type, 1), []).append(leaf.column)
    for cost in range(2, 30):
        for operator in grammar.operators:
            for costs in itertools.product(range(1, cost), repeat=len(operator.takes)):
                if sum(costs) != cost - 1:
                    continue
                lists = [levels.get(key, []) for key in zip(operator.takes, costs, strict=True)]
                for args in itertools.product(*lists):
                    n_tried += 1
                    try:
                        values = tuple([operator.function(*row) for row in zip(*args, strict=True)])
                    except ZeroDivisionError:
                        continue
                    if (operator.gives, values) not in seen:
                        seen.add((operator.gives, values))
                        levels.setdefault((operator.gives, cost), []).append(values)
                    if n_tried % 1000 == 0 and time.process_time() - begun > seconds:
                        return round(n_tried / (time.process_time() - begun))
    return round(n_tried / (time.process_time() - begun))


def _files(asked: argparse.Namespace) -> dict[str, Any]:
    seconds = asked.seconds or 10.0
    rows: list[dict[str, Any]] = []
    for path in sorted(asked.files.glob("*.sl")):
        task = read_sygus(path.read_text(), path=str(path))
        n_shown = max(1, int(len(task.examples) * asked.shown))
        row: dict[str, Any] = {"file": path.stem, "examples": n_shown}
        with tempfile.TemporaryDirectory() as folder:
            shown = _part(task, n_shown)
            file = Path(folder) / path.name
            file.write_text(_standard(write_sygus(shown)))
            ours = [sys.executable, "-c", OURS, "solve", str(file), "--json", "--no-check",
                    "--cpu-seconds", str(seconds - _START_SECONDS)]  # fmt: skip
            row["unriddle"], body = _judged(task, n_shown, *_run(ours, seconds, folder), key="sygus")
            if asked.peer:
                theirs = [asked.peer, "-c", PEER, str(file)]
                row["cvc5"], _ = _judged(task, n_shown, *_run(theirs, seconds, folder), key="")
            if asked.peer and body is not None:
                file.write_text(check_script(shown, body))
                row["unriddle"]["cvc5_says"] = _run([asked.peer, "-c", CHECK, str(file)], 60, folder)[0].strip()
        rows.append(row)
        print(row, file=sys.stderr, flush=True)
    return {**_summary(rows), "files": rows}


def _part(task: SygusTask, n_shown: int) -> SygusTask:
    return SygusTask(task.logic, task.functions, task.variables, task.definitions, task.definition_sorts,
                     task.examples[:n_shown])  # fmt: skip


def _standard(text: str) -> str:
    return text.replace("(int.to.str ", "(str.from_int ").replace("(str.to.int ", "(str.to_int ")


def _run(command: list[str], seconds: float, folder: str) -> tuple[str, float, float | None]:
    """Standard output, CPU seconds of a process that may use so many, and those after its imports if it ended."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (int(seconds + 0.999), int(seconds + 2)))

    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, text=True, preexec_fn=limit, cwd=folder, env=dict(os.environ))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    said = done.stderr.rpartition("after the start")[2].strip() if "after the start" in done.stderr else ""
    seconds_used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return done.stdout, seconds_used, round(float(said), 3) if said else None


def _judged(
    task: SygusTask, n_shown: int, output: str, cpu_seconds: float, after_start: float | None, *, key: str
) -> tuple[dict[str, Any], Term | None]:
    """What is reported of an answer, and its body, right or not."""
    text = (json.loads(output).get(key) or "") if key and output.strip() else output[output.find("(define-fun") :]
    if "(define-fun" not in text:
        return {"solved": False, "cpu_seconds": round(cpu_seconds, 2)}, None
    text = text if key else text.strip().removesuffix(")")
    answer = text.replace(f"(define-fun {task.functions[0].name} ", "(define-fun answer ", 1)
    whole = f"{write_definitions(task)}{answer}\n(synth-fun other ((x Int)) Int)\n(check-synth)"
    try:
        names, body = read_sygus(whole, path="<answer>").definitions["answer"]
    except BadInput as error:
        return {"solved": False, "cpu_seconds": round(cpu_seconds, 2), "unreadable": str(error)}, None
    own = (Term(name) for name, _ in task.functions[0].parameters)
    body = substitute(body, dict(zip(names, own, strict=True)))
    right = right_on(task, body, task.examples)
    return {"solved": all(right[:n_shown]), "cpu_seconds": round(cpu_seconds, 3), "after_start": after_start,
            "unseen": [sum(right[n_shown:]), len(right) - n_shown], "size": body.size}, body  # fmt: skip


def write_definitions(task: SygusTask) -> str:
    """The functions the file defines, as text."""
    return "".join(line + "\n" for line in write_sygus(task).splitlines() if line.startswith("(define-fun"))


def _median(values: list[float]) -> float | None:
    return statistics.median(values) if values else None


def _summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    made: dict[str, Any] = {"n_files": len(rows)}
    both = [row for row in rows if all(row.get(who, {}).get("solved") for who in ("unriddle", "cvc5"))]
    for who in ("unriddle", "cvc5"):
        solved = [row[who] for row in rows if row.get(who, {}).get("solved")]
        if not any(who in row for row in rows):
            continue
        made[f"{who}_solved"] = len(solved)
        made[f"{who}_median_cpu_seconds"] = _median([r["cpu_seconds"] for r in solved])
        made[f"{who}_median_cpu_seconds_both"] = _median([row[who]["cpu_seconds"] for row in both])
        made[f"{who}_median_after_start_both"] = _median([row[who]["after_start"] or 0.0 for row in both])
        unseen = [r["unseen"] for r in solved if r["unseen"][1]]
        made[f"{who}_right_on_all_unseen"] = f"{sum(a == b for a, b in unseen)} of {len(unseen)}"
    says = [row["unriddle"]["cvc5_says"] for row in rows if "cvc5_says" in row["unriddle"]]
    made["unriddle_answers_cvc5_finds_right"] = f"{says.count('unsat')} of {len(says)}"
    return made


if __name__ == "__main__":
    sys.exit(main())
