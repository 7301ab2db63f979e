"""Mutations of array programs: insert, delete or modify one statement, again and again until the child is valid.

The outputs are never touched. Statements that no output depends on may come and stay: later mutations can use them.
Not covered: crossover.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from unriddle.errors import BadInput
from unriddle.grammar.array_functions import FUNCTIONS
from unriddle.grammar.array_program import Argument, ArrayProgram, Statement, abstract_execute

__all__ = ["MutationKind", "mutate_program", "random_program"]

MutationKind = Literal["insert", "delete", "modify", "constant"]
"""``constant`` modifies a constant; ``modify`` changes any argument, constants included."""

_BOUND = 1e10
"""Constants stay within this."""
_TRIES = 1000
_CONSTANT, _NEW = 0.25, 0.5
"""Chance that an argument of a new statement is a constant, and that its result goes into a new variable."""


def mutate_program(
    program: ArrayProgram,
    *,
    rng: np.random.Generator,
    kinds: Sequence[MutationKind] = ("insert", "delete", "modify"),
) -> ArrayProgram:
    """A valid program that differs from this one by one mutation, the kinds being equally likely.

    Raises:
        BadInput: No mutation of these kinds gave a valid program in a thousand tries.
    """
    ways = {"insert": _insert, "delete": _delete, "modify": _modify, "constant": _scale}
    for _ in range(_TRIES):
        child = ways[kinds[int(rng.integers(len(kinds)))]](program, rng)
        if child is not None and child != program and not abstract_execute(child).fault:
            return child
    raise BadInput(f"mutate_program: no valid child by {', '.join(kinds)} in {_TRIES} tries; allow other kinds")


def random_program(start: ArrayProgram, *, n_statements: int, rng: np.random.Generator) -> ArrayProgram:
    """A valid program of ``n_statements`` random statements over the space of ``start``.

    Raises:
        BadInput: None was valid in a hundred thousand tries; allow more statements than there are outputs.
    """
    wanted = [name for name, _ in start.space.outputs]
    for _ in range(100 * _TRIES):
        program = start.replaced([])
        for _ in range(n_statements):
            program = _insert(program, rng, target=wanted[int(rng.integers(len(wanted)))] if rng.random() < 0.5 else "")
        if not abstract_execute(program).fault:
            return program
    raise BadInput(f"random_program: no valid program of {n_statements} statements; allow more statements")


def _insert(program: ArrayProgram, rng: np.random.Generator, *, target: str = "") -> ArrayProgram:
    place = int(rng.integers(len(program.statements) + 1))
    before = [name for name, _ in program.space.inputs]
    before += [s.target for s in program.statements[:place] if s.target not in before]
    functions = program.space.functions
    function = functions[int(rng.integers(len(functions)))]
    args = tuple(
        _constant(program, rng) if rng.random() < _CONSTANT else before[int(rng.integers(len(before)))]
        for _ in range(FUNCTIONS[function].arity)
    )
    if not target:
        known = list(dict.fromkeys([*before, *(s.target for s in program.statements)]))
        new = rng.random() < _NEW
        target = _fresh(known) if new else known[int(rng.integers(len(known)))]
    statements = list(program.statements)
    statements.insert(place, Statement(target, function, args))
    return program.replaced(statements)


def _delete(program: ArrayProgram, rng: np.random.Generator) -> ArrayProgram | None:
    if not program.statements:
        return None
    place = int(rng.integers(len(program.statements)))
    return program.replaced([*program.statements[:place], *program.statements[place + 1 :]])


def _modify(program: ArrayProgram, rng: np.random.Generator) -> ArrayProgram | None:
    """Another variable for a variable, another value for a constant; whether shapes fit is seen afterwards."""
    if not program.statements:
        return None
    place = int(rng.integers(len(program.statements)))
    number = int(rng.integers(len(program.statements[place].args)))
    old = program.statements[place].args[number]
    if not isinstance(old, str):
        return _with_argument(program, place, number, _changed(float(old), program, rng))
    before = list(
        dict.fromkeys([*(n for n, _ in program.space.inputs), *(s.target for s in program.statements[:place])])
    )
    return _with_argument(program, place, number, before[int(rng.integers(len(before)))])


def _scale(program: ArrayProgram, rng: np.random.Generator) -> ArrayProgram | None:
    places = [
        (i, j) for i, s in enumerate(program.statements) for j, arg in enumerate(s.args) if not isinstance(arg, str)
    ]
    if not places:
        return None
    place, number = places[int(rng.integers(len(places)))]
    old = program.statements[place].args[number]
    return _with_argument(program, place, number, _changed(float(old), program, rng))


def _with_argument(program: ArrayProgram, place: int, number: int, value: Argument) -> ArrayProgram:
    old = program.statements[place]
    args = (*old.args[:number], value, *old.args[number + 1 :])
    changed = Statement(old.target, old.function, args)
    return program.replaced([*program.statements[:place], changed, *program.statements[place + 1 :]])


def _changed(value: float, program: ArrayProgram, rng: np.random.Generator) -> float:
    if rng.random() < 0.5:
        return _constant(program, rng)
    return float(np.clip(value * 2.0 ** rng.normal(), -_BOUND, _BOUND))


def _constant(program: ArrayProgram, rng: np.random.Generator) -> float:
    constants = program.space.constants
    return float(constants[int(rng.integers(len(constants)))]) if constants else float(rng.normal())


def _fresh(known: Sequence[str]) -> str:
    taken, number = set(known), len(known)
    while f"x{number}" in taken:
        number += 1
    return f"x{number}"
