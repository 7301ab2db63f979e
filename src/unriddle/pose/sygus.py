"""SyGuS files as problems, and their answers: SyGuS text and Python, with the runners-up and where they would differ.

An answer to examples counts as solved only when the independent evaluator finds it right on every one and cvc5 or z3,
where it is installed, does not find it wrong on one. An answer to other constraints is one that cvc5 or z3 proves.
Not covered: several functions at once; they are named.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from unriddle.errors import Unsupported
from unriddle.grammar.formula import formula
from unriddle.grammar.python import python_function, python_value
from unriddle.grammar.solvers import installed
from unriddle.grammar.sygus import SygusTask, read_sygus
from unriddle.grammar.term import Term, show, show_value
from unriddle.grammar.write import definition
from unriddle.pose.distinguish import Difference, near_differences
from unriddle.pose.files import read_text
from unriddle.pose.verify import checked_by_solver, verifier
from unriddle.propose.sygus import SygusSearch, right_on, solve_sygus

__all__ = ["RunnerUp", "SygusAnswer", "answer_sygus", "read_sygus_file"]

_N_SHOWN = 3


@dataclass(frozen=True, slots=True)
class RunnerUp:
    """Another program that fits every example.

    Attributes:
        body: The program.
        sygus: It as SyGuS text.
        differs: Where it and the answer differ, if such an input was found.
    """

    body: Term
    sygus: str
    differs: Difference | None


@dataclass(frozen=True, slots=True)
class SygusAnswer:
    """What was found for a SyGuS file.

    Attributes:
        problem: Name of the problem.
        task: The file.
        body: The answer; ``None`` when the task is not solved.
        sygus: It as SyGuS text; empty when there is none.
        python: It as Python; empty when there is none or it has no Python form.
        n_passed: Examples the answer is right on; all of them when it is solved.
        runners_up: Other programs that fit, each differing from the answer where an input shows it.
        search: What the search cost.
        checked: Whether cvc5 or z3 finds the answer right, too; ``None`` where there is none or it could not tell.
        proved: It satisfies every constraint for all inputs, as cvc5 or z3 finds.
        why: What the confidence rests on, or why there is no answer.
        formula: The answer as a spreadsheet formula, the parameters in A1, B1, …; empty when there is none.
        no_formula: Why there is none.
    """

    problem: str
    task: SygusTask
    body: Term | None
    sygus: str
    python: str
    n_passed: int
    runners_up: tuple[RunnerUp, ...]
    search: SygusSearch
    why: str
    checked: bool | None = None
    proved: bool = False
    formula: str = ""
    no_formula: str = ""

    @property
    def solved(self) -> bool:
        """Whether there is an answer."""
        return self.body is not None

    @property
    def confidence(self) -> float:
        """By the rule of succession; 1 when the answer is proved, 0 when there is none."""
        n = len(self.task.examples)
        if self.proved:
            return 1.0
        return (n + 1) / (n + 2) if self.solved else 0.0

    def as_dict(self) -> dict[str, Any]:
        """The ``solve --json`` document, with the SyGuS text besides."""
        n = len(self.task.examples)
        return {
            "schema": 1,
            "problem": self.problem,
            "solved": self.solved,
            "program": self.python or None,
            "language": "python" if self.python else None,
            "sygus": self.sygus or None,
            "formula": self.formula or None,
            "tests": {"passed": self.n_passed, "known": n},
            "confidence": self.confidence,
            "checked": self.checked,
            "proved": self.proved,
            "why": self.why,
            "spent": {
                "candidates": len(self.search.bodies),
                "tokens": 0,
                "runs": len(self.search.bodies) * n,
                "cpu_seconds": round(self.search.cpu_seconds, 3),
                "seconds": round(self.search.cpu_seconds, 3),
            },
            "interrupted": False,
            "isolation": "trusted grammar, in process",
            "runners_up": [runner_up.sygus for runner_up in self.runners_up],
            "differ": [_difference_dict(runner_up.differs) for runner_up in self.runners_up],
        }


def read_sygus_file(path: Path) -> SygusTask:
    """The task in a ``.sl`` file.

    Raises:
        BadProblem: It cannot be read; line and column are given.
        Unsupported: Its logic or one of its commands is not covered.
    """
    return read_sygus(read_text(path), path=str(path))


def answer_sygus(task: SygusTask, *, problem: str, cpu_seconds: float = 10.0, check: bool = True) -> SygusAnswer:
    """The smallest program found for the task, as SyGuS text and Python, and the runners-up.

    Args:
        task: One function and examples.
        problem: A name for it.
        cpu_seconds: When to give up.
        check: Whether cvc5 or z3, where installed, checks an answer to examples, too.

    Raises:
        Unsupported: There are several functions, or constraints that are too large.
        BadInput: There are no constraints.
        MissingExtra: There are constraints that are no examples, and neither cvc5 nor z3 is installed.
    """
    if task.constraints:
        return _answer_general(task, problem, cpu_seconds)
    search = solve_sygus(task, cpu_seconds=cpu_seconds, n_bodies=1 + 3 * _N_SHOWN)
    n = len(task.examples)
    if not search.bodies:
        why = f"No program was found within {cpu_seconds:g} CPU seconds."
        if search.exhausted:
            why = f"No program was found; after {search.cpu_seconds:.2f} CPU seconds there was nothing more to try."
        return SygusAnswer(problem, task, None, "", "", 0, (), search, why)
    body, *others = search.bodies
    agrees = checked_by_solver(task, body) if check and installed() else None
    if agrees is False:
        why = f"{installed()} finds {show(body)} wrong on an example; please report this file, one of us is in error."
        return SygusAnswer(problem, task, None, "", "", 0, (), search, why, agrees)
    function = task.functions[0]
    differs = near_differences(task, body, others)
    runners_up = [RunnerUp(o, definition(function, o), d) for o, d in zip(others, differs, strict=True)]
    runners_up = sorted(runners_up, key=lambda runner_up: runner_up.differs is None)[:_N_SHOWN]
    agreed = f", and {installed()} agrees" if agrees else ""
    why = (
        f"It has the value wanted on all {n} examples{agreed}; by the rule of succession, (m + 1) / (m + 2), it has it "
        f"on another of the same kind with chance {(n + 1) / (n + 2):.2f}. Nothing is known of other inputs."
    )
    passed = sum(right_on(task, body, task.examples))
    return SygusAnswer(problem, task, body, definition(function, body), _python(task, body), passed, tuple(runners_up),
                       search, why, agrees, False, *_formula(task, body))  # fmt: skip


def _answer_general(task: SygusTask, problem: str, cpu_seconds: float) -> SygusAnswer:
    if len(task.functions) != 1:
        names = ", ".join(function.name for function in task.functions)
        where = f"{task.functions[1].where}: " if task.functions[1].where else ""
        raise Unsupported(f"{where}several functions ({names}) at once are not supported; pose them one by one")
    from unriddle.propose.cegis import solve_general
    from unriddle.propose.relational import called_in_several_ways, solve_relational

    solve = solve_relational if called_in_several_ways(task) else solve_general
    found = solve(task, verifier(task, seconds=cpu_seconds), cpu_seconds=cpu_seconds)
    body = found.body
    search = SygusSearch([body] if body else [], found.cpu_seconds, len(found.points) + 1)
    if body is None:
        return SygusAnswer(problem, task, None, "", "", 0, (), search, found.why)
    passed = sum(right_on(task, body, task.examples))
    return SygusAnswer(problem, task, body, definition(task.functions[0], body), _python(task, body), passed, (),
                       search, found.why, True, True, *_formula(task, body))  # fmt: skip


def _formula(task: SygusTask, body: Term) -> tuple[str, str]:
    """The body as a spreadsheet formula, or why it has none."""
    parameters = task.functions[0].parameters
    cells = {name: f"{chr(ord('A') + i)}1" for i, (name, _) in enumerate(parameters[:26])}
    if len(cells) < len(parameters):
        return "", "no formula: there are more than 26 parameters"
    try:
        return formula(body, cells, sorts=dict(parameters), definitions=task.definitions), ""
    except Unsupported as error:
        return "", str(error)


def _python(task: SygusTask, body: Term) -> str:
    """The body as Python; empty when it has no Python form or one that is nested too deeply for Python's parser."""
    try:
        source = python_function(task, body)
        ast.parse(source)
    except (Unsupported, SyntaxError, RecursionError, MemoryError):
        return ""
    return source


def _difference_dict(found: Difference | None) -> dict[str, Any] | None:
    if found is None:
        return None
    args, first, second = found
    shown = [None if value is None else python_value(value) for value in (first, second)]
    return {"args": [python_value(arg) for arg in args], "answer": shown[0], "runner_up": shown[1]}


def show_difference(task: SygusTask, found: Difference) -> str:
    """One line: the call and the two values."""
    args, *values = found
    call = f"({task.functions[0].name} {' '.join(map(show_value, args))})"
    shown = ["no value" if value is None else show_value(value) for value in values]
    return f"{call} is {shown[0]} by the answer and {shown[1]} by the runner-up"
