"""Running array programs in this process, by the functions we wrote.

Not covered: limits on time; a program has a bounded number of statements and its arrays keep their sizes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from unriddle.errors import BadInput, BadShape
from unriddle.grammar.array_functions import FUNCTIONS
from unriddle.grammar.array_program import ArrayProgram, abstract_execute

__all__ = ["Compiled", "compile_program", "run_program"]

Array = npt.NDArray[np.float64]
Compiled = Callable[..., tuple[Array, ...]]
"""``(*inputs) -> outputs``, both in the space's order; numbers that are not finite come out as they are."""


def compile_program(program: ArrayProgram, *, live_only: bool = True) -> Compiled:
    """The program as a function of arrays; numpy's warnings are the caller's to silence (``np.errstate``).

    Args:
        program: What to run.
        live_only: Leave out the statements that no output depends on; the outputs are the same.

    Raises:
        BadInput: The program is not valid.
    """
    found = abstract_execute(program)
    if found.fault:
        raise BadInput(f"array program: {found.fault}; only a valid program can be run")
    slots: list[Any] = [None] * len(program.space.inputs)
    places = {name: number for number, (name, _) in enumerate(program.space.inputs)}
    steps: list[tuple[Callable[..., Any], int, tuple[int, ...]]] = []
    for number in found.live if live_only else range(len(program.statements)):
        statement = program.statements[number]
        args = []
        for arg in statement.args:
            if isinstance(arg, str):
                args.append(places[arg])
            else:
                args.append(len(slots))
                slots.append(np.array([float(arg)]))
        places[statement.target] = len(slots)
        steps.append((FUNCTIONS[statement.function].call, len(slots), tuple(args)))
        slots.append(None)
    ends = [places[name] for name, _ in program.space.outputs]
    n_inputs = len(program.space.inputs)

    def run(*inputs: Array) -> tuple[Array, ...]:
        values = slots.copy()
        values[:n_inputs] = inputs
        for call, target, args in steps:
            values[target] = call(*[values[arg] for arg in args])
        return tuple(values[end] for end in ends)

    return run


def run_program(program: ArrayProgram, inputs: Mapping[str, object]) -> dict[str, Array]:
    """The outputs by name for these inputs; a number counts as an array of one.

    >>> from unriddle.grammar.array_program import Statement, program_space
    >>> space = program_space({"x": [1.0, 2.0]}, {"y": [1.0, 2.0]})
    >>> run_program(ArrayProgram(space, (Statement("y", "square", ("x",)),)), {"x": [3.0, 4.0]})["y"].tolist()
    [9.0, 16.0]

    Raises:
        BadInput: The program is not valid, or an input is missing.
        BadShape: An input has another number of axes than the space says.
    """
    missing = [name for name, _ in program.space.inputs if name not in inputs]
    if missing:
        raise BadInput(f"array program: inputs {', '.join(missing)} are missing")
    arrays = [np.atleast_1d(np.asarray(inputs[name], dtype=np.float64)) for name, _ in program.space.inputs]
    for (name, shape), array in zip(program.space.inputs, arrays, strict=True):
        if array.ndim != len(shape):
            raise BadShape(f"array program: input {name} must have {len(shape)} axes like {shape}, got {array.shape}")
    with np.errstate(all="ignore"):
        values = compile_program(program)(*arrays)
    return dict(zip((name for name, _ in program.space.outputs), values, strict=True))
