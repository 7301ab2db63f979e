"""Whether changed programs act like the original on generated inputs: equivalence as far as running can tell.

Every function at the top of the module that both define is called. Not covered: methods (a mutant inside a class is
never called alike), and functions whose arguments cannot be guessed.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

import numpy as np

from unriddle.candidate import Candidate
from unriddle.contracts import Executor
from unriddle.errors import BadProblem
from unriddle.execute.coverage import cover_calls
from unriddle.language.python import parse
from unriddle.language.values import key
from unriddle.outcome import Limits, Status
from unriddle.problem import CallTest
from unriddle.testgen.guess_kinds import guess_signature
from unriddle.testgen.guided import Args, GuidedInputs

__all__ = ["alike"]

_LIMITS = Limits(cpu_seconds=0.3, max_kills=2)


def alike(source: str, changed: Sequence[str], *, n: int, executor: Executor, rng: np.random.Generator) -> list[bool]:
    """For each changed program, whether it gave the same results (values or kinds of exceptions) everywhere.

    False also where nothing could be compared: the change lies outside the functions that can be called.

    Args:
        source: The original.
        changed: Programs that differ from it in a few places.
        n: Inputs for each function.
        executor: Runs everything.
        rng: Draws the inputs.

    Raises:
        BadProblem: The original cannot be read.
    """
    same = [False] * len(changed)
    for entry in _functions(source):
        places = [i for i, text in enumerate(changed) if _differs_in(source, text, entry)]
        if not places:
            continue
        inputs, results = _run(source, entry, n, executor, rng)
        if not inputs:
            continue
        tests = [CallTest(entry, args) for args in inputs]
        verdicts = executor.run([Candidate(changed[i]) for i in places], tests, limits=_LIMITS)
        for row, i in enumerate(places):
            same[i] = all(
                _result(verdicts.values[number] if number >= 0 else None, verdicts[row, j].error) == results[j]
                for j, number in enumerate(verdicts.value[row].tolist())
            )
    return same


def _functions(source: str) -> list[str]:
    return [node.name for node in parse(source).body if isinstance(node, ast.FunctionDef)]


def _differs_in(source: str, changed: str, entry: str) -> bool:
    """Whether the difference lies in that function (or in one that it may call)."""
    try:
        one, two = ({n.name: ast.dump(n) for n in ast.walk(parse(t)) if isinstance(n, ast.FunctionDef)}
                    for t in (source, changed))  # fmt: skip
    except BadProblem:
        return False
    return one.get(entry) != two.get(entry)


def _run(
    source: str, entry: str, n: int, executor: Executor, rng: np.random.Generator
) -> tuple[list[Args], list[tuple[bytes | None, str]]]:
    guide = GuidedInputs(guess_signature(source, entry), (), rng, sources=[source], only_returning=False)
    inputs: list[Args] = []
    results: list[tuple[bytes | None, str]] = []
    while len(inputs) < n:
        asked = guide.ask(min(100, n - len(inputs)))
        if not asked:
            break
        for _, covered in cover_calls([(source, entry, asked)], executor=executor, limits=_LIMITS):
            guide.tell(asked, [covered])
            for args, status, value, error in zip(asked, covered.status, covered.values, covered.errors, strict=True):
                if status in (Status.PASS, Status.ERROR):
                    inputs.append(args)
                    results.append(_result(value, error))
        if guide.n_asked >= 3 * n:
            break
    return inputs, results


def _result(value: bytes | None, error: str) -> tuple[bytes | None, str]:
    """The value's key, or the kind of the exception."""
    return (key(value) or value, "") if value is not None else (None, error.partition(":")[0])
