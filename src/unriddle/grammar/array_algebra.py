"""The expressions behind an array program's outputs, each once, simplified by algebra as they are made.

A rule may change a result in the last digits, or where numbers overflow, underflow or are not finite; nowhere else.
Not covered: rules across reductions, common factors in sums.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from unriddle.errors import BadInput
from unriddle.grammar.array_functions import FUNCTIONS, ODD, Shape, result_shape

__all__ = ["Dag", "Node"]


@dataclass(frozen=True, slots=True)
class Node:
    """An input (``head`` is its name, no arguments), a constant (``value``), or a call of ``head`` on earlier nodes."""

    head: str
    args: tuple[int, ...]
    value: float | None
    shape: Shape

    @property
    def is_input(self) -> bool:
        """Neither a constant nor a call."""
        return not self.args and self.value is None


class Dag:
    """Nodes by number; equal expressions have one number.

    Args:
        simplify: Apply the rules to what is made.
    """

    def __init__(self, *, simplify: bool = True) -> None:
        self.nodes: list[Node] = []
        self._numbers: dict[Node, int] = {}
        self._rules = _RULES if simplify else ()

    def input(self, name: str, shape: Shape) -> int:
        """The number of an input."""
        return self._number(Node(name, (), None, shape))

    def constant(self, value: float) -> int:
        """The number of a constant."""
        return self._number(Node("", (), float(value), (1,)))

    def call(self, head: str, *args: int) -> int:
        """The number of the simplest known expression that equals this call.

        Raises:
            BadInput: The shapes of the arguments do not fit together.
        """
        shape = result_shape(FUNCTIONS[head], tuple(self.nodes[arg].shape for arg in args))
        if shape is None:
            raise BadInput(f"{head}: the shapes {[self.nodes[arg].shape for arg in args]} do not fit together")
        if FUNCTIONS[head].commutative:
            args = tuple(sorted(args, key=lambda arg: (self.nodes[arg].value is not None, arg)))
        for rule in self._rules:
            found = rule(self, head, args)
            if found is not None and self.nodes[found].shape == shape:
                return found
        return self._number(Node(head, args, None, shape))

    def value(self, number: int) -> float | None:
        """The value of a constant; ``None`` for anything else."""
        return self.nodes[number].value

    def calls(self, head: str, number: int) -> tuple[int, ...] | None:
        """The arguments, if the node is a call of ``head``."""
        node = self.nodes[number]
        return node.args if node.args and node.head == head else None

    def below(self, roots: tuple[int, ...]) -> list[int]:
        """The nodes that the roots are made of, arguments before what is made of them."""
        order, seen = list[int](), set[int]()
        stack = [(root, False) for root in reversed(roots)]
        while stack:
            number, ready = stack.pop()
            if ready:
                order.append(number)
            elif number not in seen:
                seen.add(number)
                stack.append((number, True))
                stack += [(arg, False) for arg in reversed(self.nodes[number].args) if arg not in seen]
        return order

    def _number(self, node: Node) -> int:
        if node not in self._numbers:
            self._numbers[node] = len(self.nodes)
            self.nodes.append(node)
        return self._numbers[node]


_Rule = Callable[[Dag, str, tuple[int, ...]], int | None]


def _fold(dag: Dag, head: str, args: tuple[int, ...]) -> int | None:
    values = [value for arg in args if (value := dag.value(arg)) is not None]
    if len(values) < len(args):
        return None
    with np.errstate(all="ignore"):
        value = float(FUNCTIONS[head].call(*(np.array([v]) for v in values))[0])
    return dag.constant(value) if np.isfinite(value) else None


def _identity(dag: Dag, head: str, args: tuple[int, ...]) -> int | None:
    last = dag.value(args[-1])
    if head == "copy" or (head, last) in (("add", 0.0), ("subtract", 0.0), ("multiply", 1.0), ("divide", 1.0)):
        return args[0]
    if head in ("maximum", "minimum") and args[0] == args[1]:
        return args[0]
    if head == "abs" and dag.nodes[args[0]].head in ("abs", "square", "sqrt", "norm") and dag.nodes[args[0]].args:
        return args[0]
    return None


def _powers(dag: Dag, head: str, args: tuple[int, ...]) -> int | None:
    """Squares, roots, and a number over its own size, which is its sign."""
    if head == "multiply" and args[0] == args[1]:
        return dag.call("square", args[0])
    if head == "sqrt" and (inner := dag.calls("square", args[0])):
        return dag.call("abs", inner[0])
    if head == "square" and (inner := dag.calls("abs", args[0])):
        return dag.call("square", inner[0])
    if head in ("sqrt", "abs", "square") and (factor := _factor(dag, args[0])):
        if head == "sqrt" and factor[1] < 0:
            return None
        outside = {"sqrt": abs(factor[1]) ** 0.5, "abs": abs(factor[1]), "square": factor[1] ** 2}[head]
        return dag.call("multiply", dag.call(head, factor[0]), dag.constant(outside))
    if head == "divide" and (factor := _factor(dag, args[1])) and factor[1]:
        return dag.call("multiply", dag.call("divide", args[0], factor[0]), dag.constant(1.0 / factor[1]))
    if head == "divide" and dag.calls("abs", args[1]) == (args[0],):
        return dag.call("sign", args[0])
    if head == "divide" and dag.calls("abs", args[0]) == (args[1],):
        return dag.call("sign", args[1])
    if head == "negative":
        inner = dag.calls("negative", args[0])
        return inner[0] if inner else dag.call("multiply", args[0], dag.constant(-1.0))
    return None


def _factors(dag: Dag, head: str, args: tuple[int, ...]) -> int | None:
    """Constant factors go outwards and are multiplied together."""
    if head == "divide" and (value := dag.value(args[1])):
        return dag.call("multiply", args[0], dag.constant(1.0 / value))
    if head == "divide" and (factor := _factor(dag, args[0])):
        return dag.call("multiply", dag.call("divide", factor[0], args[1]), dag.constant(factor[1]))
    if head != "multiply":
        return None
    for one, other in (args, args[::-1]):
        factor = _factor(dag, one)
        if factor is None:
            continue
        value = dag.value(other)
        if value is not None:
            return dag.call("multiply", factor[0], dag.constant(factor[1] * value))
        return dag.call("multiply", dag.call("multiply", factor[0], other), dag.constant(factor[1]))
    return None


def _factor(dag: Dag, number: int) -> tuple[int, float] | None:
    """What the node is a constant multiple of, and the constant."""
    inner = dag.calls("multiply", number)
    value = dag.value(inner[1]) if inner else None
    return (inner[0], value) if inner and value is not None else None


def _interpolations(dag: Dag, head: str, args: tuple[int, ...]) -> int | None:
    """interp(x, interp(x, y, a), b) is interp(x, y, a·b)."""
    if head != "interp":
        return None
    weight = dag.value(args[2])
    if args[0] == args[1] or weight == 0.0:
        return args[0]
    if weight == 1.0:
        return args[1]
    if weight is not None and 0.0 in (dag.value(args[0]), dag.value(args[1])):
        kept, share = (args[0], 1.0 - weight) if dag.value(args[1]) == 0.0 else (args[1], weight)
        return dag.call("multiply", kept, dag.constant(share))
    inner = dag.calls("interp", args[1])
    if weight is None or inner is None or inner[0] != args[0] or dag.value(inner[2]) is None:
        return None
    product = weight * (dag.value(inner[2]) or 0.0)
    return dag.call("interp", args[0], inner[1], dag.constant(product))


def _signs(dag: Dag, head: str, args: tuple[int, ...]) -> int | None:
    """What keeps the sign can go from inside ``sign``, and bounds of 1 and more from around it."""
    if head == "clip" and dag.calls("sign", args[0]):
        low, high = dag.value(args[1]), dag.value(args[2])
        return args[0] if low is not None and high is not None and low <= -1 and high >= 1 else None
    if head != "sign":
        return None
    node = dag.nodes[args[0]]
    if node.args and node.head in ODD:
        return dag.call("sign", node.args[0])
    factor = _factor(dag, args[0])
    if factor and factor[1]:
        sign = dag.call("sign", factor[0])
        return sign if factor[1] > 0 else dag.call("multiply", sign, dag.constant(-1.0))
    if inner := dag.calls("clip", args[0]):
        low, high = dag.value(inner[1]), dag.value(inner[2])
        return dag.call("sign", inner[0]) if low is not None and high is not None and low < 0 < high else None
    if inner := dag.calls("divide", args[0]):
        return dag.call("sign", inner[0]) if _positive(dag, inner[1]) else None
    if inner := dag.calls("multiply", args[0]):
        for one, other in itertools.permutations(inner):
            if _positive(dag, other):
                return dag.call("sign", one)
    return None


def _positive(dag: Dag, number: int) -> bool:
    """More than 0 whatever the inputs are."""
    value = dag.value(number)
    return (
        value > 0 if value is not None else bool(dag.nodes[number].args) and dag.nodes[number].head in ("cosh", "exp")
    )


_RULES: tuple[_Rule, ...] = (_fold, _identity, _powers, _factors, _interpolations, _signs)
