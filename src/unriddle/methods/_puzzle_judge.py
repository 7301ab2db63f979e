"""Judging many answers to one puzzle in one sandboxed program, under a budget of ticks instead of seconds.

The program holds the puzzle's own verifier, made afresh for every answer, and returns which answers it accepts: only
``True`` itself counts, and only values of exactly the annotated type are asked about. Answers go in as plain copies, so
a verifier that changes its argument spoils nothing. What a program of unknown origin returns is judged by the executor
as everywhere (``Satisfies``); this is for values that were computed by operators of ours.

Not covered: verifiers that read files or keep state outside themselves.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from unriddle.candidate import Candidate
from unriddle.contracts import Executor
from unriddle.language.python import parse
from unriddle.language.ticks import COUNTER, ERROR, with_ticks
from unriddle.language.typecheck import has_type
from unriddle.outcome import Limits
from unriddle.problem import CallTest, Problem, Satisfies
from unriddle.prompt.puzzle import verifier

__all__ = ["Accepted", "accepted_answers", "first_accepted"]

_LIMITS = Limits(cpu_seconds=20.0, memory_mb=1024, max_kills=100)
_BATCH = 1000

_JUDGE = """
import sys as _sys

_sys.set_int_max_str_digits(0)
_done = [False]


def _own(x):
    return [_own(item) for item in x] if type(x) is list else x


def _judge(answers, first):
    found = []
    for place, answer in enumerate(answers):
        if _done[0]:
            break
        _ticks_left[0] = {n_ticks}
        try:
            accepted = _fresh()(_own(answer)) is True
        except (Exception, OutOfTicks):
            accepted = False
        if accepted:
            found.append((place, {n_ticks} - _ticks_left[0]))
            _done[0] = first
    return found
"""


@dataclass(frozen=True, slots=True)
class Accepted:
    """An answer that the verifier accepts: its place among those asked about, and the ticks that took."""

    place: int
    n_ticks: int


def accepted_answers(
    problem: Problem, answers: Sequence[Any], *, executor: Executor, n_ticks: int = 10_000
) -> list[Accepted]:
    """The answers that solve the puzzle, in their order.

    Args:
        problem: A puzzle.
        answers: Values; those that are not exactly of the annotated type are not accepted.
        executor: Where the verifier runs; already open.
        n_ticks: What it may take for each answer.

    Raises:
        BadProblem: The problem has no verifier, or the annotation is not supported.
    """
    return [
        one
        for _, found in _in_order([(problem, answers)], executor=executor, n_ticks=n_ticks, first=False)
        for one in found
    ]


def first_accepted(
    work: Iterable[tuple[Problem, Sequence[Any]]], *, executor: Executor, n_ticks: int = 10_000
) -> Iterator[tuple[int, Accepted | None]]:
    """``(number of the puzzle, its first answer that is accepted)``, as puzzles are done, in any order.

    ``work`` is read while earlier puzzles are judged. See ``accepted_answers``.
    """
    for number, found in _in_order(work, executor=executor, n_ticks=n_ticks, first=True):
        yield number, found[0] if found else None


def _in_order(
    work: Iterable[tuple[Problem, Sequence[Any]]], *, executor: Executor, n_ticks: int, first: bool
) -> Iterator[tuple[int, list[Accepted]]]:
    kept: dict[int, tuple[Candidate, list[int], Sequence[Any]]] = {}

    def groups() -> Iterator[tuple[list[Candidate], list[CallTest]]]:
        for number, (problem, answers) in enumerate(work):
            expect = verifier(problem)
            fit = [i for i, answer in enumerate(answers) if not expect.type or has_type(answer, expect.type)]
            program = Candidate(judge_program(expect, n_ticks=n_ticks))
            kept[number] = program, fit, answers
            yield [program], [_test(answers, part, first) for part in _parts(fit)]

    for number, verdicts in executor.run_groups(groups(), limits=_LIMITS):
        program, fit, answers = kept.pop(number)
        found: list[Accepted] = []
        for j, part in enumerate(_parts(fit)):
            cell = verdicts[0, j]
            if cell.passed:
                found += [Accepted(part[place], used) for place, used in cell.result]
            else:
                found += _halved(program, answers, part, executor=executor)
            if first and found:
                break
        yield number, found[:1] if first else found


def _parts(fit: Sequence[int]) -> list[Sequence[int]]:
    return [fit[i : i + _BATCH] for i in range(0, len(fit), _BATCH)]


def _test(answers: Sequence[Any], part: Sequence[int], first: bool) -> CallTest:
    return CallTest("_judge", ([answers[i] for i in part], first))


def _halved(program: Candidate, answers: Sequence[Any], part: Sequence[int], *, executor: Executor) -> list[Accepted]:
    """A batch whose process had to be ended, in halves, down to the answers that do it: those are not accepted."""
    found: list[Accepted] = []
    if len(part) <= 1:
        return found
    for half in (part[: len(part) // 2], part[len(part) // 2 :]):
        cell = executor.run([program], [_test(answers, half, False)], limits=_LIMITS)[0, 0]
        if cell.passed:
            found += [Accepted(half[place], used) for place, used in cell.result]
        else:
            found += _halved(program, answers, half, executor=executor)
    return found


def judge_program(expect: Satisfies, *, n_ticks: int) -> str:
    """The program that asks the verifier about many answers.

    The verifier's module becomes the body of a function, so that its defaults are new for every answer; imports of
    ``*`` are not allowed there and stay outside.
    """
    tree = parse(with_ticks(expect.code, n_ticks=n_ticks), what="the verifier")
    counted = [node for node in tree.body if _is_prelude(node)]
    stars = [node for node in tree.body if isinstance(node, ast.ImportFrom) and node.names[0].name == "*"]
    inner: list[ast.stmt] = [node for node in tree.body if node not in counted and node not in stars]
    inner.append(ast.Return(ast.Name(expect.entry, ast.Load())))
    fresh = ast.parse("def _fresh(): pass").body[0]
    assert isinstance(fresh, ast.FunctionDef)
    fresh.body = inner
    module = ast.Module([*stars, *counted, fresh], [])
    return ast.unparse(ast.fix_missing_locations(module)) + _JUDGE.replace("{n_ticks}", str(n_ticks))


def _is_prelude(node: ast.stmt) -> bool:
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        return node.targets[0].id == COUNTER
    return isinstance(node, ast.FunctionDef | ast.ClassDef) and (node.name == ERROR or node.name.startswith("_tick"))
