"""Written tests filtered by running them on the code they test, stage by stage, with the yield of each.

``parse``: it is a test that can be called and mentions the code. ``run``: it ends by itself, passed or failed.
``pass``: it passes, twice, with the random numbers of the second run elsewhere. ``new``: it is no copy, and programs
that know nothing do not pass it. ``coverage``: it takes a branch of the code that the existing tests do not take.
Everything runs in the sandbox. What passes describes the code as it is, mistakes included: this selects regression
tests.

Not covered: tests that need a framework's fixtures, files or a network; order of hashes is the executor's seed, so give
``again`` an executor with another one to find tests that hang on it.
"""

from __future__ import annotations

import ast
import builtins
import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from unriddle.candidate import Candidate
from unriddle.contracts import Executor
from unriddle.errors import BadInput, shorten
from unriddle.execute.coverage import Covered, cover_code
from unriddle.language.asserts import tests_from_code
from unriddle.language.python import parse, unparse
from unriddle.outcome import Limits, Outcome, Status
from unriddle.problem import CodeTest, Test
from unriddle.testgen.lm_test_files import CannotRun, WrittenTest, runnable, same_text

__all__ = ["LIMITS", "STAGES", "FilterReport", "filter_tests", "select_by_coverage", "stubs"]

STAGES = ("parse", "run", "pass", "new", "coverage")

LIMITS = Limits(cpu_seconds=1.0, wall_seconds=4.0, memory_mb=512, max_kills=1)
"""Per test; each runs in processes of its own, so that one that never ends costs one limit."""

_FALSY = ("None", "0", "''", "[]")
_TRUTHY = ("True", "7", "'a'", "[1]")
_PASSED, _FAILED = "passes", "fails"
_RESEED = "import random as _unriddle_random\n_unriddle_random.seed(987654321)\n"


@dataclass(frozen=True, slots=True)
class FilterReport:
    """What the stages left.

    Attributes:
        tests: ``(m,)`` as given.
        reasons: ``(m,)`` ``stage: why`` of the stage that dropped each test; empty for those kept.
        yields: How many were left after each stage, in its order.
        covered: bool ``(m, b)``: branches inside functions that a test takes; all false where it was not measured.
        base: bool ``(b,)``: branches that loading and the existing tests take.
        coverage_before: Share of the code's branches that loading and the existing tests take; ``None`` without the
            stage ``coverage``.
        coverage_after: The same with the tests kept.
        coverage_human: The same for the tests given as ``human`` together with the existing ones; ``None`` without any.
    """

    tests: tuple[WrittenTest, ...]
    reasons: tuple[str, ...]
    yields: Mapping[str, int]
    covered: npt.NDArray[np.bool_]
    base: npt.NDArray[np.bool_]
    coverage_before: float | None = None
    coverage_after: float | None = None
    coverage_human: float | None = None

    @property
    def kept(self) -> tuple[int, ...]:
        """Places of the tests that every stage left."""
        return tuple(i for i, why in enumerate(self.reasons) if not why)

    def as_dict(self) -> dict[str, Any]:
        """As plain data, without the branches."""
        return {
            "n": len(self.tests),
            "yields": dict(self.yields),
            "dropped": dict(Counter(why for why in self.reasons if why)),
            "kept": [self.tests[i].source for i in self.kept],
            "coverage": {"before": self.coverage_before, "after": self.coverage_after, "human": self.coverage_human},
        }


def filter_tests(
    tests: Sequence[WrittenTest],
    code: str,
    *,
    executor: Executor,
    stages: Sequence[str] = STAGES,
    existing: Sequence[WrittenTest] = (),
    human: Sequence[WrittenTest] = (),
    module: str = "",
    again: Executor | None = None,
    limits: Limits = LIMITS,
) -> FilterReport:
    """What is left of the tests after each stage.

    Args:
        tests: ``(m,)`` as written; nothing of them is trusted.
        code: The code under test, right by definition.
        executor: Where everything runs.
        stages: Some of ``STAGES`` in that order; ``parse`` must be the first.
        existing: Tests that are there already: copies of them are not new, and coverage begins with theirs.
        human: Tests to compare the coverage with.
        module: Name under which tests import the code.
        again: Where the second run is made; the same executor when ``None``.
        limits: Per test.

    Raises:
        BadInput: A stage is unknown or out of order.
        BadProblem: The code cannot be read.
    """
    if not stages or list(stages) != [s for s in STAGES if s in stages] or stages[0] != "parse":
        raise BadInput(f"filter_tests: stages must be some of {STAGES}, in order, 'parse' first; got {shorten(stages)}")
    parse(code, what="the code under test")
    work = _Work(code, executor, again or executor, limits, existing, human, module)
    reasons = [""] * len(tests)
    yields: dict[str, int] = {}
    measured = _Measured(np.zeros((len(tests), 0), np.bool_), np.zeros(0, np.bool_))
    ready = [runnable(test, code, module=module) for test in tests]
    for stage in stages:
        left = [i for i, why in enumerate(reasons) if not why]
        texts = {i: text for i in left if isinstance(text := ready[i], str)}
        if stage == "parse":
            found = {i: one.why for i in left if isinstance(one := ready[i], CannotRun)}
        elif stage == "coverage":
            found, measured = work.cover(texts, len(tests))
        else:
            found = {"run": work.run, "pass": work.twice, "new": work.old}[stage](tests, texts)
        for i, why in found.items():
            reasons[i] = f"{stage}: {why}"
        yields[stage] = reasons.count("")
    kept = [i for i, why in enumerate(reasons) if not why]
    return FilterReport(
        tuple(tests),
        tuple(reasons),
        yields,
        measured.covered,
        measured.base,
        measured.before,
        measured.share(kept),
        measured.human,
    )


@dataclass(frozen=True, slots=True)
class _Measured:
    """Branches by test, and which of all branches count and are taken already."""

    covered: npt.NDArray[np.bool_]
    base: npt.NDArray[np.bool_]
    before: float | None = None
    human: float | None = None

    def share(self, rows: Sequence[int]) -> float | None:
        """Coverage of the base and these tests."""
        return None if self.before is None else _share(self.base | self.covered[list(rows)].any(axis=0))


def _share(taken: npt.NDArray[np.bool_]) -> float:
    return float(taken.mean()) if taken.size else 1.0


@dataclass(slots=True)
class _Work:
    """One code file and what its tests run on; each method gives the tests that a stage drops, with the reason."""

    code: str
    executor: Executor
    again: Executor
    limits: Limits
    existing: Sequence[WrittenTest]
    human: Sequence[WrittenTest]
    module: str
    first: dict[int, str] | None = None

    def run(self, tests: Sequence[WrittenTest], texts: Mapping[int, str]) -> dict[int, str]:
        return {i: end for i, end in self._first(texts).items() if end not in (_PASSED, _FAILED)}

    def twice(self, tests: Sequence[WrittenTest], texts: Mapping[int, str]) -> dict[int, str]:
        first = self._first(texts)
        second = self._ends(texts, [f"{self.code}\n\n{_RESEED}"], self.again, prelude=_RESEED)[0]
        found = {i: end for i, end in first.items() if end != _PASSED}
        return found | {i: "flaky" for i in texts if first[i] == _PASSED and second[i] != _PASSED}

    def old(self, tests: Sequence[WrittenTest], texts: Mapping[int, str]) -> dict[int, str]:
        seen = {same_text(test) for test in self.existing}
        found = {}
        for i in texts:
            text = same_text(tests[i])
            if text in seen:
                found[i] = "a copy"
            seen.add(text)
        fresh = {i: text for i, text in texts.items() if i not in found}
        rows = self._ends(fresh, stubs(self.code), self.executor, together=True)
        passed = [{i for i, end in row.items() if end == _PASSED} for row in rows]
        false, true = set().union(*passed[: len(_FALSY)]), set().union(*passed[len(_FALSY) :])
        return found | dict.fromkeys(sorted(false & true), "vacuous")

    def cover(self, texts: Mapping[int, str], m: int) -> tuple[dict[int, str], _Measured]:
        known = [self._texts(group) for group in (self.existing, self.human)]
        pieces = [*texts.values(), *known[0], *known[1]]
        ((_, found),) = cover_code([(self.code + _loaded(pieces), pieces)], executor=self.executor, limits=self.limits)
        taken, loading = _inside(found)
        n, n_known = len(texts), len(texts) + len(known[0])
        base = loading | taken[n:n_known].any(axis=0)
        covered = np.zeros((m, len(base)), np.bool_)
        covered[list(texts)] = taken[:n]
        human = _share(base | taken[n_known:].any(axis=0)) if self.human else None
        none = {i: "takes no new branch" for i in texts if not (covered[i] & ~base).any()}
        return none, _Measured(covered, base, _share(base), human)

    def _texts(self, tests: Sequence[WrittenTest]) -> list[str]:
        ready = (runnable(test, self.code, module=self.module) for test in tests)
        return [text for text in ready if isinstance(text, str)]

    def _first(self, texts: Mapping[int, str]) -> dict[int, str]:
        """How the first run of each test ended; made once."""
        if self.first is None:
            self.first = self._ends(texts, [self.code], self.executor)[0]
        return {i: self.first[i] for i in texts}

    def _ends(
        self,
        texts: Mapping[int, str],
        programs: Sequence[str],
        executor: Executor,
        *,
        prelude: str = "",
        together: bool = False,
    ) -> list[dict[int, str]]:
        """How each test ended on each program: passed, failed, or what else happened.

        ``together`` is faster: call tests share a process, which programs that keep no state allow.
        """
        own = [n for n in parse(self.code).body if isinstance(n, ast.FunctionDef | ast.ClassDef)]
        classes = tuple(n.name for n in own if isinstance(n, ast.ClassDef))
        hidden = tuple(n.name for n in own if hasattr(builtins, n.name))
        made = [(i, _as_test(text, prelude, classes, hidden)) for i, text in texts.items()]
        size = max(1, len(made)) if together else 1
        limits = dataclasses.replace(self.limits, max_kills=len(made) + 1)
        # One group a test: one that never ends must not use up the kills of the others.
        parts = [made[at : at + size] for at in range(0, len(made), size)]
        jobs = [(number, part) for number in range(len(programs)) for part in parts]
        groups = [([Candidate(programs[number])], [test for _, test in part]) for number, part in jobs]
        out: list[dict[int, str]] = [{} for _ in programs]
        for at, verdicts in executor.run_groups(groups, limits=limits):
            number, part = jobs[at]
            out[number] |= {i: _end(test, verdicts[0, j]) for j, (i, test) in enumerate(part)}
        return out


def _end(test: Test, outcome: Outcome) -> str:
    """A test that stumbles over a name or a type of its own did not run, one whose assertion is false did."""
    stumbled = isinstance(test, CodeTest) and not outcome.error.startswith("AssertionError")
    if outcome.status is Status.FAIL:
        return Status.ERROR.name if stumbled else _FAILED
    return _PASSED if outcome.passed else outcome.status.name


def _as_test(text: str, prelude: str, classes: tuple[str, ...], hidden: tuple[str, ...]) -> Test:
    """A single assert on one call becomes a call test, whose expected value the program never sees.

    A name of the program that is a built-in function's too must be named to a code test; it can name one.
    """
    tree = parse(text)
    node = tree.body[0]
    if len(tree.body) == 1 and isinstance(node, ast.Assert):
        called = [n.func.id for n in ast.walk(node) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)]
        for entry in called:
            tests = tests_from_code(text, entry)
            if len(tests) == 1 and not isinstance(tests[0], CodeTest):
                return tests[0]
    used = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
    entry = next((name for name in hidden if name in used), "")
    return CodeTest(text, entry, prelude, classes)


def _loaded(pieces: Sequence[str]) -> str:
    """Imports to stand behind the code: what the pieces import must be there before they run."""
    kinds = (ast.Import, ast.ImportFrom)
    nodes = [node for piece in pieces for node in ast.walk(parse(piece)) if isinstance(node, kinds)]
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module and not node.level}
    return "".join(f"\ntry:\n    import {name}\nexcept ImportError:\n    pass\n" for name in sorted(names))


def _inside(found: Covered) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """``(m, b)`` taken and ``(b,)`` taken while loading, of the branches inside functions."""
    inside = np.array([bool(branch.function) for branch in found.branches], np.bool_)
    return found.taken[:, inside], (found.loading > 0)[inside]


def stubs(code: str) -> list[str]:
    """The code with every function returning one constant, false ones first: programs that know nothing."""
    made = []
    for value in (*_FALSY, *_TRUTHY):
        tree = parse(code)
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name != "__init__":
                node.body = ast.parse(f"def f():\n    return {value}").body[0].body  # type: ignore[attr-defined]
        made.append(unparse(tree))
    return made


def select_by_coverage(report: FilterReport, budget: int) -> list[int]:
    """At most ``budget`` places of kept tests, each the one that adds most branches to those before it.

    Ties go to the likelier test, then to the earlier one; so do the last places, when nothing is added any more.

    Raises:
        BadInput: The budget is negative, or the coverage was not measured.
    """
    if budget < 0:
        raise BadInput(f"select_by_coverage: budget must be 0 or more tests, got {budget}")
    if report.coverage_before is None:
        raise BadInput("select_by_coverage: the coverage was not measured; filter with the stage 'coverage'")
    left, taken = list(report.kept), report.base.copy()
    chosen: list[int] = []

    def worth(i: int) -> tuple[int, float]:
        logprob = report.tests[i].logprob
        return int((report.covered[i] & ~taken).sum()), -np.inf if logprob is None else logprob

    while left and len(chosen) < budget:
        best = max(left, key=worth)  # the first of equals
        left.remove(best)
        chosen.append(best)
        taken |= report.covered[best]
    return chosen
