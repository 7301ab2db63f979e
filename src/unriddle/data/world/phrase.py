"""Applying operations and conditions: code, noun, verb and structure grow together.

Not covered: sentences; the level files make them.
"""

from __future__ import annotations

from typing import NamedTuple

from unriddle.data.world.draft import ATOM, Draw, Expr
from unriddle.data.world.ops import Op
from unriddle.data.world.preds import Pred

__all__ = ["ABBREVIATED", "Said", "apply", "holds", "item"]

ABBREVIATED = {
    "int": "i", "str": "s", "list[int]": "l", "list[str]": "w", "dict[str, int]": "d", "char": "c", "bool": "b",
    "list[list[int]]": "r",
}  # fmt: skip


class Said(NamedTuple):
    """How a step is said, with its object left open as ``{o}``: as a command, and as a noun."""

    verb: str
    noun: str

    def do(self, thing: str) -> str:
        """The command with its object."""
        return self.verb.replace("{o}", thing)

    def of(self, thing: str) -> str:
        """The noun with its object."""
        return self.noun.replace("{o}", thing)


def apply(draw: Draw, op: Op, x: Expr, *, new: float = 0.2, strict: bool = False) -> tuple[Expr, Said]:
    """The operation on ``x``, and how that step is said; the noun is empty where none is unambiguous.

    Args:
        draw: The draw.
        op: The operation.
        x: What it is applied to.
        new: How often its number is a further argument.
        strict: Only nouns that end in their object, so that the result can stand inside other nouns.
    """
    values, mark = draw.slots(op.code, new=new)
    code = op.code.format(x=x.within(op.need), **values)
    fit = op.nouns if x.simple and not strict else [noun for noun in op.nouns if noun.endswith("{x}")]
    noun = draw.pick(fit).format(x=x.noun, **values) if fit and x.noun else ""
    said = Said(draw.pick(op.verbs).format(o="{o}", **values), draw.pick(op.nouns).format(x="{o}", **values))
    structure = f"{op.name}:{ABBREVIATED[op.source]}{mark}({x.structure})"
    return Expr(code, op.binding, noun, op.result, structure), said


def holds(draw: Draw, pred: Pred, x: Expr, *, new: float = 0.2) -> tuple[Expr, str]:
    """The condition on ``x`` as an expression, and how it is said in the singular."""
    values, mark = draw.slots(pred.code, new=new)
    says = draw.pick(pred.says).format(**values)
    code = pred.code.format(x=x.within(pred.need), **values)
    structure = f"{pred.name}:{ABBREVIATED[pred.source]}{mark}({x.structure})"
    noun = f"whether {x.noun} {says}" if x.noun else ""
    return Expr(code, pred.binding, noun, "bool", structure), says


def item(name: str, kind: str) -> Expr:
    """A loop variable."""
    return Expr(name, ATOM, name, kind, kind)
