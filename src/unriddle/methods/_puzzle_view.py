"""What the enumeration sees of a puzzle: the kind of its answer, its constants and arguments, and a bag of features.

Only the verifier is read, never a solution or the prose. Not covered: constants that are computed, and arguments whose
defaults are not plain data of one of the grammar's kinds.
"""

from __future__ import annotations

import ast
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from typing import Any

import numpy as np
import numpy.typing as npt

from unriddle.grammar.typed import Leaf
from unriddle.language import python
from unriddle.methods._puzzle_operators import KINDS
from unriddle.problem import Problem
from unriddle.prompt.puzzle import verifier

__all__ = ["FEATURES", "PuzzleView", "kind_of", "view"]

_SMALL = frozenset(["0", "1", "2", "10", "''", "' '"])
"""Literals the grammar has rules for."""

_NAMES = {
    "node": "For While If Assert Return AugAssign Assign ListComp SetComp DictComp GeneratorExp IfExp Lambda Subscript "
    "Slice Compare BoolOp UnaryOp List Set Dict Tuple JoinedStr Starred Try FunctionDef",
    "operator": "Add Sub Mult Div FloorDiv Mod Pow LShift RShift BitAnd BitOr BitXor Eq NotEq Lt LtE Gt GtE In NotIn "
    "Is And Or Not USub",
    "call": "len sum min max abs sorted reversed range zip str int list set dict tuple chr ord round any all enumerate "
    "float bool map divmod pow",
    "method": "join split count index replace startswith endswith append union upper lower isdigit isalpha strip pop "
    "insert find items values keys add",
    "constant": "int str float bool NoneType",
    "argument": " ".join(KINDS),
    "answer": " ".join(KINDS),
}
FEATURES = tuple(f"{group} {name}" for group, text in _NAMES.items() for name in text.split())
"""Names of the features, in their order."""


@dataclass(frozen=True, slots=True)
class PuzzleView:
    """A puzzle as the enumeration sees it.

    Attributes:
        id: The puzzle's name.
        kind: Kind of its answer; empty when the grammar does not have it.
        leaves: Arguments first, then constants, each once.
        header: Parameters of the answer's function, as written in its ``def`` line.
        bag: ``(f,)`` how often each of ``FEATURES`` occurs, as ``log(1 + count)``.
        tokens: The verifier's tokens.
    """

    id: str
    kind: str
    leaves: tuple[Leaf, ...]
    header: str
    bag: npt.NDArray[np.float64]
    tokens: tuple[str, ...]

    def program(self, expression: str, *, name: str = "sol") -> str:
        """The program that returns an expression over the puzzle's arguments."""
        return f"def {name}({self.header}):\n    return {expression}\n"


def view(problem: Problem) -> PuzzleView:
    """The puzzle as the enumeration sees it.

    Raises:
        BadProblem: The problem has no verifier.
    """
    expect = verifier(problem)
    node = python.definition(expect.code, expect.entry, what=f"the verifier of {problem.id}")
    assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    kind = expect.type.replace(" ", "").replace("List", "list")
    arguments = dict(_arguments(node))
    leaves = [Leaf(name, kind_of(value), value) for name, value in arguments.items() if kind_of(value)]
    seen = set(_SMALL)
    for text, value in _constants(node):
        if text not in seen and kind_of(value):
            seen.add(text)
            leaves.append(Leaf(text, kind_of(value), value))
    others = [a.arg for a in [*node.args.posonlyargs, *node.args.args][1:]]
    defaults = [ast.unparse(default) for default in node.args.defaults[-len(others) :]] if others else []
    header = ", ".join(f"{name}={text}" for name, text in zip(others, defaults, strict=True))
    bag = _bag(node, kind, [leaf.kind for leaf in leaves if leaf.text in arguments])
    known = kind if kind in KINDS else ""
    return PuzzleView(problem.id, known, tuple(leaves), header, bag, tuple(_tokens(expect.code)))


def kind_of(value: Any) -> str:
    """The grammar's kind of a value; empty when it has none (an empty list could be of many)."""
    if type(value) in (int, float, bool, str):
        return type(value).__name__
    if type(value) is list and value:
        kinds = {kind_of(item) for item in value if item != []}
        if len(kinds) == 1 and (inner := kinds.pop()) and f"list[{inner}]" in KINDS:
            return f"list[{inner}]"
    return ""


def _arguments(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[tuple[str, Any]]:
    names = [a.arg for a in [*node.args.posonlyargs, *node.args.args]]
    for name, default in zip(names[len(names) - len(node.args.defaults) :], node.args.defaults, strict=True):
        try:
            yield name, ast.literal_eval(default)
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            continue


def _constants(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[tuple[str, Any]]:
    """Numbers, texts and lists that are written in the verifier, outermost first; not its docstring."""
    body = node.body[1:] if ast.get_docstring(node, clean=False) is not None else node.body
    waiting: list[ast.AST] = [*reversed(body), *reversed(node.args.defaults)]
    while waiting:
        at = waiting.pop()
        literal = isinstance(at, ast.Constant | ast.List) or (
            isinstance(at, ast.UnaryOp) and isinstance(at.op, ast.USub) and isinstance(at.operand, ast.Constant)
        )
        if literal and isinstance(at, ast.expr):
            try:
                value = ast.literal_eval(at)
                yield (hex(value) if type(value) is int and value.bit_length() > 10_000 else repr(value)), value
            except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
                pass
        if not isinstance(at, ast.UnaryOp) or not literal:
            waiting += reversed(list(ast.iter_child_nodes(at)))


def _bag(node: ast.FunctionDef | ast.AsyncFunctionDef, kind: str, arguments: list[str]) -> npt.NDArray[np.float64]:
    place = {name: i for i, name in enumerate(FEATURES)}
    counts = np.zeros(len(FEATURES))
    names = [f"answer {kind}", *(f"argument {a}" for a in arguments)]
    for at in ast.walk(node):
        names.append(f"node {type(at).__name__}")
        names.append(f"operator {type(at).__name__}")
        if isinstance(at, ast.Constant):
            names.append(f"constant {type(at.value).__name__}")
        elif isinstance(at, ast.Call) and isinstance(at.func, ast.Name):
            names.append(f"call {at.func.id}")
        elif isinstance(at, ast.Attribute):
            names.append(f"method {at.attr}")
    for name in names:
        if name in place:
            counts[place[name]] += 1
    return np.asarray(np.log1p(counts), dtype=np.float64)


def _tokens(code: str) -> Iterator[str]:
    """The tokens of the verifier, without the lines that import."""
    lines = [line for line in code.splitlines(keepends=True) if not line.startswith(("import ", "from "))]
    try:
        for token in tokenize.generate_tokens(StringIO("".join(lines)).readline):
            if token.type in (tokenize.NAME, tokenize.OP, tokenize.NUMBER, tokenize.STRING):
                yield token.string[:20]
    except (tokenize.TokenError, IndentationError):
        return
