"""Array programs: lists of assignments ``variable = function(arguments)``, and what can be known of one without data.

Abstract execution runs a program on shapes and on hashes: it finds the type of every variable, a key that is equal only
for programs that compute the same, and the statements the outputs depend on. Not covered: algebra in the key beyond
the order of commutative arguments (``unriddle.grammar.array_simplify`` has more), branches and loops.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from unriddle.errors import BadInput, shorten
from unriddle.grammar.array_functions import FUNCTIONS, Shape, result_shape

__all__ = ["Abstract", "Argument", "ArrayProgram", "ProgramSpace", "Statement", "abstract_execute", "program_space"]

Argument = str | float
"""A variable's name or a constant."""


@dataclass(frozen=True, slots=True)
class ProgramSpace:
    """Which programs there are.

    Attributes:
        inputs: Name and shape of each input, in order.
        outputs: Name and shape of each output, in order. One that bears the name of an input is handed from one call to
            the next, as a state.
        functions: Names of the functions that new statements may use.
        constants: Values of new constants; drawn from N(0, 1) when empty.
        name: Of the function, in its source.
        max_statements: Longer programs are not valid.
    """

    inputs: tuple[tuple[str, Shape], ...]
    outputs: tuple[tuple[str, Shape], ...]
    functions: tuple[str, ...] = tuple(name for name in FUNCTIONS if name != "copy")
    constants: tuple[float, ...] = ()
    name: str = "program"
    max_statements: int = 60

    def __post_init__(self) -> None:
        names = [name for name, _ in self.inputs]
        for name in [*names, *(name for name, _ in self.outputs)]:
            if not name.isidentifier() or name in FUNCTIONS:
                raise BadInput(f"ProgramSpace: {shorten(name)} cannot be a variable; give a name no function has")
        if len(set(names)) < len(names) or not self.outputs:
            raise BadInput(f"ProgramSpace: input names must differ and there must be an output, got {names}")
        unknown = sorted(set(self.functions) - set(FUNCTIONS))
        if unknown or not self.functions:
            raise BadInput(f"ProgramSpace: expected names of functions, got {shorten(unknown)}; see FUNCTIONS")
        if any(len(shape) < 1 for _, shape in (*self.inputs, *self.outputs)):
            raise BadInput("ProgramSpace: every shape needs at least one axis; a number has shape (1,)")


def program_space(
    inputs: Mapping[str, object], outputs: Mapping[str, object], *, name: str = "program", max_statements: int = 60
) -> ProgramSpace:
    """A space typed by examples: arrays, or numbers, which count as arrays of one.

    >>> program_space({"g": np.zeros((2, 3)), "rate": 0.1}, {"step": np.zeros((2, 3))}).inputs
    (('g', (2, 3)), ('rate', (1,)))

    Raises:
        BadInput: A name is no variable's name, or there is no output.
    """
    shapes = [
        tuple((key, np.shape(np.atleast_1d(np.asarray(value)))) for key, value in part.items())
        for part in (inputs, outputs)
    ]
    return ProgramSpace(shapes[0], shapes[1], name=name, max_statements=max_statements)


@dataclass(frozen=True, slots=True)
class Statement:
    """``target = function(args)``."""

    target: str
    function: str
    args: tuple[Argument, ...]


@dataclass(frozen=True, slots=True)
class ArrayProgram:
    """A program of a space: its statements, in order. It may be invalid; ``abstract_execute`` tells."""

    space: ProgramSpace
    statements: tuple[Statement, ...] = ()

    def replaced(self, statements: Sequence[Statement]) -> ArrayProgram:
        """The same space with other statements."""
        return ArrayProgram(self.space, tuple(statements))


@dataclass(frozen=True, slots=True)
class Abstract:
    """What abstract execution found.

    Attributes:
        types: Shape of each variable at the end.
        key: Equal keys mean equal outputs; empty when the program is not valid.
        live: Numbers of the statements that an output depends on, ascending.
        fault: Why the program is not valid; empty when it is.
    """

    types: Mapping[str, Shape]
    key: str
    live: tuple[int, ...]
    fault: str = ""


@dataclass(slots=True)
class _State:
    types: dict[str, Shape] = field(default_factory=dict)
    hashes: dict[str, bytes] = field(default_factory=dict)


def abstract_execute(program: ArrayProgram) -> Abstract:
    """Types, semantic key and live statements, without running anything.

    >>> space = program_space({"x": 1.0}, {"y": 1.0})
    >>> one = ArrayProgram(space, (Statement("y", "add", ("x", 2.0)), Statement("z", "sin", ("x",))))
    >>> two = ArrayProgram(space, (Statement("y", "add", (2.0, "x")),))
    >>> abstract_execute(one).key == abstract_execute(two).key, abstract_execute(one).live
    (True, (0,))
    """
    space, state = program.space, _State()
    if len(program.statements) > space.max_statements:
        return Abstract({}, "", (), f"more than {space.max_statements} statements")
    for number, (name, shape) in enumerate(space.inputs):
        state.types[name], state.hashes[name] = shape, _digest(b"input", str(number).encode())
    for number, statement in enumerate(program.statements):
        fault = _assign(statement, state)
        if fault:
            return Abstract(state.types, "", (), f"statement {number}: {fault}")
    for name, shape in space.outputs:
        if state.types.get(name) != shape:
            return Abstract(state.types, "", (), f"output {name} must have shape {shape}, got {state.types.get(name)}")
    key = _digest(b"outputs", *(state.hashes[name] for name, _ in space.outputs)).hex()
    return Abstract(state.types, key, _live(program))


def _assign(statement: Statement, state: _State) -> str:
    """Carry out one statement on shapes and hashes; what is wrong with it, or nothing."""
    function = FUNCTIONS.get(statement.function)
    if function is None or len(statement.args) != function.arity:
        return f"no function {statement.function} of {len(statement.args)} arguments"
    shapes: list[Shape] = []
    hashes: list[bytes] = []
    for arg in statement.args:
        if not isinstance(arg, str):
            shapes.append((1,))
            hashes.append(_digest(b"constant", repr(arg).encode()))
        elif arg in state.types:
            shapes.append(state.types[arg])
            hashes.append(state.hashes[arg])
        else:
            return f"{arg} has no value yet"
    shape = result_shape(function, tuple(shapes))
    if shape is None:
        return f"shapes {shapes} do not fit together"
    if function.commutative:
        hashes.sort()
    state.types[statement.target] = shape
    state.hashes[statement.target] = (
        hashes[0] if statement.function == "copy" else _digest(statement.function.encode(), *hashes)
    )
    return ""


def _digest(*parts: bytes) -> bytes:
    """Every part but the first has a length that the first decides, so joining them loses nothing."""
    return hashlib.blake2b(b"|".join(parts), digest_size=16).digest()


def _live(program: ArrayProgram) -> tuple[int, ...]:
    needed = {name for name, _ in program.space.outputs}
    live = []
    for number in range(len(program.statements) - 1, -1, -1):
        statement = program.statements[number]
        if statement.target in needed:
            live.append(number)
            needed.discard(statement.target)
            needed.update(arg for arg in statement.args if isinstance(arg, str))
    return tuple(reversed(live))
