"""The functions of array programs, every one written here and guarded: division by 0 gives 0, roots take no negatives.

The last axis is the array; axes before it are a batch, computed side by side. Reductions keep the axis with length 1.
Not covered: matrices, integers, and what comes of numbers that are not finite (whoever runs a program looks for them).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["FUNCTIONS", "ODD", "ArrayFunction", "Shape", "result_shape"]

Array = npt.NDArray[np.float64]
Shape = tuple[int, ...]

_LARGEST = 80.0
"""Exponents beyond this are cut: exp(80) is 5e34, as good as infinite to a training loop."""


@dataclass(frozen=True, slots=True)
class ArrayFunction:
    """One function.

    Attributes:
        name: As it is written.
        arity: How many arguments it takes.
        call: Computes it.
        reduces: The last axis of the result has length 1.
        commutative: Its first two arguments may change places without changing a bit of the result.
        infix: How Python writes it between two arguments; empty for a call.
    """

    name: str
    arity: int
    call: Callable[..., Any]
    reduces: bool = False
    commutative: bool = False
    infix: str = ""


def result_shape(function: ArrayFunction, shapes: tuple[Shape, ...]) -> Shape | None:
    """The shape of the result; ``None`` where the arguments do not fit together.

    >>> result_shape(FUNCTIONS["interp"], ((2, 3), (2, 1), (1,)))
    (2, 3)
    """
    if len(set(shapes)) == 1:
        shape = shapes[0]
    else:
        try:
            shape = np.broadcast_shapes(*shapes)
        except ValueError:
            return None
    return (*shape[:-1], 1) if function.reduces else shape


def _divide(a: Array, b: Array) -> Any:
    return a / np.where(b == 0, np.inf, b)


def _exp(a: Array) -> Any:
    return np.exp(np.minimum(a, _LARGEST))


def _cut(a: Array) -> Any:
    return np.minimum(np.maximum(a, -_LARGEST), _LARGEST)


def _unit(a: Array) -> Any:
    return np.minimum(np.maximum(a, -1.0), 1.0)


def _log(a: Array) -> Any:
    return np.log(np.maximum(a, 1e-300))


def _clip(a: Array, low: Array, high: Array) -> Any:
    return np.minimum(np.maximum(a, low), high)


def _norm(a: Array) -> Any:
    return np.sqrt(np.add.reduce(a * a, axis=-1, keepdims=True))


def _clip_norm(a: Array, longest: Array) -> Any:
    return a * np.minimum(1.0, _divide(np.abs(longest), _norm(a)))


def _mean(a: Array) -> Any:
    return np.add.reduce(a, axis=-1, keepdims=True) / a.shape[-1]


def _table() -> dict[str, ArrayFunction]:
    one: dict[str, Callable[..., Any]] = {
        "copy": lambda a: a, "negative": np.negative, "square": np.square, "abs": np.abs, "sign": np.sign,
        "sqrt": lambda a: np.sqrt(np.maximum(a, 0.0)), "cbrt": np.cbrt, "reciprocal": lambda a: _divide(np.ones(1), a),
        "exp": _exp, "expm1": lambda a: np.expm1(np.minimum(a, _LARGEST)), "log": _log,
        "log1p": lambda a: np.log1p(np.maximum(a, -1.0 + 1e-15)), "sin": np.sin, "cos": np.cos, "tan": np.tan,
        "arcsin": lambda a: np.arcsin(_unit(a)), "arccos": lambda a: np.arccos(_unit(a)), "arctan": np.arctan,
        "sinh": lambda a: np.sinh(_cut(a)), "cosh": lambda a: np.cosh(_cut(a)), "tanh": np.tanh,
        "arcsinh": np.arcsinh, "sigmoid": lambda a: 1.0 / (1.0 + np.exp(-_cut(a))),
        "round": np.round, "floor": np.floor, "normalize": lambda a: _divide(a, _norm(a)),
    }  # fmt: skip
    two: dict[str, Callable[..., Any]] = {
        "subtract": np.subtract, "divide": _divide, "power": lambda a, b: np.power(np.abs(a), b),
        "less": lambda a, b: (a < b) * 1.0, "arctan2": np.arctan2, "clip_norm": _clip_norm,
    }  # fmt: skip
    either: dict[str, Callable[..., Any]] = {
        "add": np.add, "multiply": np.multiply, "maximum": np.maximum, "minimum": np.minimum, "hypot": np.hypot,
    }  # fmt: skip
    three: dict[str, Callable[..., Any]] = {
        "interp": lambda x, y, a: (1.0 - a) * x + a * y, "clip": _clip, "where": lambda c, a, b: np.where(c > 0, a, b),
    }  # fmt: skip
    reductions: dict[str, Callable[..., Any]] = {
        "sum": lambda a: np.add.reduce(a, axis=-1, keepdims=True), "mean": _mean, "norm": _norm,
        "largest": lambda a: np.maximum.reduce(a, axis=-1, keepdims=True),
        "smallest": lambda a: np.minimum.reduce(a, axis=-1, keepdims=True),
    }  # fmt: skip
    infix = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/"}
    made = [ArrayFunction(name, 1, call) for name, call in one.items()]
    made += [ArrayFunction(name, 2, call, infix=infix.get(name, "")) for name, call in two.items()]
    made += [ArrayFunction(n, 2, call, commutative=True, infix=infix.get(n, "")) for n, call in either.items()]
    made += [ArrayFunction(name, 3, call) for name, call in three.items()]
    made += [ArrayFunction(name, 1, call, reduces=True) for name, call in reductions.items()]
    made.append(
        ArrayFunction("dot", 2, lambda a, b: np.add.reduce(a * b, axis=-1, keepdims=True), True, commutative=True)
    )
    return {function.name: function for function in made}


FUNCTIONS: Mapping[str, ArrayFunction] = _table()
"""Every function, by name. ``interp(x, y, a)`` is ``(1 - a) * x + a * y``; ``clip_norm(x, c)`` shortens to length c."""

ODD = frozenset(["arcsin", "arctan", "arcsinh", "sinh", "tanh", "cbrt", "sign"])
"""Functions that keep the sign of their argument, 0 included."""
