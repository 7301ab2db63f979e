"""Which inputs tell a reference's mutants from it, and what else a choice of inputs looks at.

Every mutant meets the first few hundred inputs; those that few of them notice meet all. Not covered: choosing
(``unriddle.methods.evalplus``).
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from unriddle.candidate import Candidate
from unriddle.contracts import Executor
from unriddle.execute.coverage import Covered
from unriddle.language.values import decode
from unriddle.outcome import Limits, Status
from unriddle.problem import CallTest, Equality, Returns
from unriddle.testgen.guided import Args
from unriddle.testgen.validated import Reference

__all__ = ["KillJob", "branch_steps", "contract_lines", "kill_matrices"]

_Bools = npt.NDArray[np.bool_]

_FIRST = 300
"""Inputs that every mutant meets."""
_FEW = 5
"""A mutant noticed by fewer of the first inputs meets the others as well."""
_LIMITS = Limits(cpu_seconds=0.3, max_kills=1)
_NEAR = Equality("close", atol=1e-6, rtol=1e-7)


@dataclass(frozen=True, slots=True)
class KillJob:
    """One reference: its entry point, ``(k,)`` mutants, ``(m,)`` inputs and the encoded values it returns on them."""

    entry: str
    mutants: tuple[str, ...]
    inputs: tuple[Args, ...]
    values: tuple[bytes, ...]


def kill_matrices(jobs: Sequence[KillJob], *, executor: Executor) -> list[_Bools]:
    """``(m, k)`` for each job: the input shows another behaviour of the mutant than of the reference."""
    found = [np.zeros((len(job.inputs), len(job.mutants)), dtype=np.bool_) for job in jobs]
    tests = [_tests(job) for job in jobs]
    first = [(i, list(range(len(job.mutants))), range(min(_FIRST, len(job.inputs)))) for i, job in enumerate(jobs)]
    _fill(first, jobs, tests, found, executor)
    more = []
    for i, job in enumerate(jobs):
        few = np.flatnonzero(found[i].sum(axis=0) < _FEW).tolist()
        more.append((i, few, range(_FIRST, len(job.inputs))))
    _fill(more, jobs, tests, found, executor)
    return found


def _fill(
    parts: Sequence[tuple[int, list[int], range]],
    jobs: Sequence[KillJob],
    tests: Sequence[Sequence[CallTest]],
    found: Sequence[_Bools],
    executor: Executor,
) -> None:
    todo = [part for part in parts if part[1] and len(part[2])]
    groups = (
        ([Candidate(jobs[i].mutants[k]) for k in mutants], [tests[i][j] for j in rows]) for i, mutants, rows in todo
    )
    for number, verdicts in executor.run_groups(groups, limits=_LIMITS):
        i, mutants, rows = todo[number]
        noticed = verdicts.known & (verdicts.status != Status.PASS)
        found[i][np.ix_(list(rows), mutants)] = noticed.T


def _tests(job: KillJob) -> list[CallTest]:
    made = []
    for args, data in zip(job.inputs, job.values, strict=True):
        value = decode(data)
        near = isinstance(value, float) or (isinstance(value, list | tuple) and any(type(v) is float for v in value))
        made.append(CallTest(job.entry, args, expect=Returns(value, _NEAR if near else Equality())))
    return made


def branch_steps(covered: Covered) -> _Bools:
    """``(m, 3 b)``: a branch is taken, taken twice or more, taken five times or more."""
    return np.hstack([covered.counts >= least for least in (1, 2, 5)])


def contract_lines(reference: Reference) -> set[int]:
    """Lines of the asserts with which the entry point begins; empty when it states no contract."""
    for node in ast.walk(ast.parse(reference.source)):
        if isinstance(node, ast.FunctionDef) and node.name == reference.entry:
            lines: set[int] = set()
            for statement in node.body:
                if isinstance(statement, ast.Assert):
                    lines |= set(range(statement.lineno, (statement.end_lineno or statement.lineno) + 1))
                elif not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)):
                    break
            return lines
    return set()
