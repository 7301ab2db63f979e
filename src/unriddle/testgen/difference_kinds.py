"""Which of the plausible kinds a function really takes: a few inputs of each are run, and its errors teach.

Not covered: guessing (``unriddle.testgen.guess_kinds``).
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice, product
from typing import Any

import numpy as np

from unriddle.contracts import Executor
from unriddle.language.python import definition
from unriddle.outcome import Limits, Status
from unriddle.problem import Parameter, Signature
from unriddle.testgen.difference_observe import Look, observe
from unriddle.testgen.draw import Pool, draw
from unriddle.testgen.guess_kinds import annotation_of, guess_signature, likely_kinds
from unriddle.testgen.kinds import Kind
from unriddle.testgen.small_scope import small_inputs

__all__ = ["Probed", "class_kinds", "probe_kinds"]

_N_COMBINATIONS, _N_EACH = 24, 10
_WRONG_KIND = ("TypeError", "AttributeError")


@dataclass(frozen=True, slots=True)
class Probed:
    """What a first look at the function showed.

    Attributes:
        signature: The parameters, annotated with the kinds that work.
        kinds: What the arguments take.
        good: Inputs on which it returned, of any kinds.
        n_runs: Calls that it took.
        cpu_seconds: CPU seconds of the calls.
    """

    signature: Signature
    kinds: tuple[Kind, ...]
    good: tuple[tuple[Any, ...], ...] = ()
    n_runs: int = 0
    cpu_seconds: float = 0.0

    @property
    def n_required(self) -> int:
        """Arguments that must be given."""
        return sum(1 for p in self.signature.parameters[: len(self.kinds)] if not p.default and p.name[0] not in "*/")


def probe_kinds(
    looks: Sequence[Look],
    source: str,
    *,
    known: Sequence[tuple[Any, ...]],
    executor: Executor,
    limits: Limits,
    rng: np.random.Generator,
    pool: Pool,
    max_runs: int | None = None,
) -> Probed:
    """The signature with the kinds on which the function returns most; run only where several are plausible.

    Args:
        looks: The programs to run; a kind has to suit all of them.
        source: The program whose signature counts.
        known: Inputs that are good.
        executor: Runs the programs.
        limits: Per call.
        rng: Draws inputs.
        pool: Constants to mix in.
        max_runs: At most about so many calls.

    Raises:
        BadProblem: The source cannot be read or has no such function.
    """
    entry = looks[0].entry
    if isinstance(definition(source, entry.partition(".")[0]), ast.ClassDef) and "." not in entry:
        return Probed(*class_kinds(source, entry))
    guesses = likely_kinds(source, entry, known=known)
    head = guess_signature(source, entry, known=known)
    if all(len(kinds) == 1 for kinds in guesses):
        return Probed(head, tuple(kinds[0] for kinds in guesses))
    chosen = sorted(product(*(range(min(3, len(kinds))) for kinds in guesses)), key=lambda ranks: (sum(ranks), ranks))
    n = _N_COMBINATIONS if max_runs is None else min(_N_COMBINATIONS, max(1, max_runs // (_N_EACH * len(looks))))
    combinations = [[kinds[rank] for kinds, rank in zip(guesses, ranks, strict=True)] for ranks in chosen[:n]]
    inputs = [args for kinds in combinations for args in _few(kinds, rng, pool)]
    parts = observe(looks, inputs, executor=executor, limits=replace(limits, max_kills=6))
    scores = np.zeros((len(combinations), _N_EACH))
    for part in parts:
        status = part.status.reshape(len(combinations), _N_EACH)
        wrong = np.array([error.startswith(_WRONG_KIND) for error in part.errors]).reshape(status.shape)
        scores += (status == Status.PASS) + 0.3 * ((status == Status.ERROR) & ~wrong)
    # Equal kinds of success go to the guess that was more plausible.
    best = int(np.argmax(scores.mean(axis=1) - 0.1 * len(parts) * np.arange(len(combinations)) ** 0.5))
    polymorphic = "isinstance(" in source or "type(" in source
    good = polymorphic & np.all([part.status == Status.PASS for part in parts], axis=0)
    return Probed(
        _with_kinds(head, combinations[best]),
        tuple(combinations[best]),
        _telling(inputs, good, [part.counts for part in parts], skip=range(best * _N_EACH, (best + 1) * _N_EACH)),
        len(inputs) * len(parts),
        float(sum(np.nansum(part.cpu_seconds) for part in parts)),
    )


def _few(kinds: Sequence[Kind], rng: np.random.Generator, pool: Pool) -> list[tuple[Any, ...]]:
    small = list(islice(small_inputs(kinds, pool=pool, limit=200), 200))
    made = [small[int(i)] for i in rng.integers(len(small), size=_N_EACH // 2)] if small else []
    while len(made) < _N_EACH:
        made.append(tuple(draw(kind, size=4, rng=rng, pool=pool) for kind in kinds))
    return made


def _telling(
    inputs: Sequence[tuple[Any, ...]], good: Any, counts: Sequence[Any], *, skip: range
) -> tuple[tuple[Any, ...], ...]:
    """Inputs of other kinds that reach a branch which the chosen kinds did not."""
    taken = np.hstack([part > 0 for part in counts])
    seen = taken[list(skip)].any(axis=0)
    kept = []
    for i in np.flatnonzero(good).tolist():
        if i not in skip and (taken[i] & ~seen).any():
            seen = seen | taken[i]
            kept.append(inputs[i])
    return tuple(kept[:5])


def _with_kinds(head: Signature, kinds: Sequence[Kind]) -> Signature:
    """The signature with these kinds for the parameters that take a place."""
    given = iter(kinds)
    parameters = []
    places = True
    for p in head.parameters:
        places = places and not p.name.startswith("*")
        kind = next(given, None) if places and p.name != "/" else None
        parameters.append(p if kind is None else replace(p, annotation=annotation_of(kind)))
    return replace(head, parameters=tuple(parameters))


def class_kinds(source: str, entry: str) -> tuple[Signature, tuple[Kind, ...]]:
    """Parameters of the class and one more, the calls of its methods in turn, each ``(name, *arguments)``.

    Raises:
        BadProblem: The source cannot be read or has no such class.
    """
    node = definition(source, entry)
    functions = [n for n in node.body if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))]
    names = dict.fromkeys(n.name for n in functions if n.name[0] != "_" or n.name in _OPERATORS)
    calls = []
    for name in names:
        method = guess_signature(source, f"{entry}.{name}")
        kinds = [kinds[0] for kinds in likely_kinds(source, f"{entry}.{name}")]
        required = sum(1 for p in method.parameters[: len(kinds)] if not p.default and p.name[0] not in "*/")
        literal = Kind("literal", values=(name,))
        calls += [Kind("row", (literal, *kinds[:n])) for n in sorted({required, len(kinds)})]
    made = any(n.name == "__init__" for n in functions)
    head = guess_signature(source, entry) if made else Signature(entry)
    first = tuple(kinds[0] for kinds in likely_kinds(source, entry)) if made else ()
    every = Kind("list", (Kind("either", tuple(calls)),)) if calls else Kind("literal", values=([],))
    return Signature(entry, (*head.parameters[: len(first)], Parameter("calls", "list"))), (*first, every)


_OPERATORS = ("__len__", "__getitem__", "__contains__", "__call__", "__add__", "__eq__", "__str__", "__repr__")
