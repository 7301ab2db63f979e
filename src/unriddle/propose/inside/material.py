"""What a search builds answers from: values the verifier writes down, computes without the answer, or compares it with.

Not covered: values that depend on the answer in more than one run.
"""

from __future__ import annotations

import ast
import itertools
import random
from collections.abc import Iterator
from typing import Any

from unriddle.propose.inside.check import Puzzle, Slow
from unriddle.propose.inside.grade import Stop
from unriddle.propose.inside.kinds import Kind

__all__ = ["Material"]

MAX_VALUES = 600
MAX_LENGTH = 60_000


class Material:
    """Values harvested from a puzzle, by what they are good for.

    Attributes:
        names: The verifier's globals, defaults and those locals that do not depend on the answer.
        values: Every harvested value, nearest to the verifier's own words first.
    """

    def __init__(self, puzzle: Puzzle) -> None:
        self.puzzle = puzzle
        self.names = dict(puzzle.plain.__globals__)
        self.names.update(puzzle.defaults)
        starts = puzzle.kind.simplest()[:6] + self._sized(puzzle.kind)
        self._add_locals(starts)
        self.values: list[Any] = []
        self._known: set[Any] = set()
        for value in puzzle.defaults.values():
            self._keep(value)
        for value in self._closed():
            self._keep(value)
        for start in starts:
            for pair in puzzle.compared(start):
                for value in pair:
                    self._keep(value)
        for value in list(self.values):
            if isinstance(value, (list, tuple, dict)):
                for item in itertools.islice(value, 60):
                    self._keep(item)
        scalars = [v for v in self.values if not isinstance(v, (list, tuple, dict))]
        flat = [*scalars, *_flat(self.values)]
        self.ints: list[int] = list(dict.fromkeys(v for v in flat if type(v) is int))
        self.floats: list[float] = list(dict.fromkeys(float(v) for v in flat if _is_number(v)))
        self.texts: list[str] = list(dict.fromkeys(v for v in flat if type(v) is str))
        self.lengths = self._lengths()
        self.outer, self.inner = self._arities()

    def _sized(self, kind: Kind) -> Any:
        """Lists of a length that is unpacked somewhere."""
        outer, inner = self._arities()
        if not kind.listed:
            return []
        item = kind.item.simplest()[1] if not kind.item.listed else (kind.item.item.simplest()[:1] * (inner or 2))
        return [[item] * n for n in outer] + ([[item, item]] if inner else [])

    def _add_locals(self, starts: Any) -> None:
        seen = [self.puzzle.locals_after(start) for start in starts]
        for name in {name for one in seen for name in one}:
            values = [one[name] for one in seen if name in one]
            if name not in self.names and all(_same(values[0], value) for value in values):
                self.names[name] = values[0]

    def _keep(self, value: Any) -> None:
        if isinstance(value, (set, frozenset, range, zip, map)) and not isinstance(value, (zip, map)):
            value = list(value) if len(value) <= MAX_LENGTH else None
        if not isinstance(value, (bool, int, float, str, list, tuple, dict)) or len(self.values) >= MAX_VALUES:
            return
        if hasattr(value, "__len__") and len(value) > MAX_LENGTH:
            return
        key = (type(value).__name__, repr(value)[:300] if not isinstance(value, int) else value)
        if key not in self._known:
            self._known.add(key)
            self.values.append(value)

    def _closed(self) -> Iterator[Any]:
        """Values of the verifier's expressions that do not need the answer."""
        for node in ast.walk(self.puzzle.node):
            if isinstance(node, ast.expr) and self.is_closed(node):
                value = self.value_of(node)
                if value is not None:
                    yield value

    def is_closed(self, node: Any) -> bool:
        """Whether the expression can be computed from what is known."""
        if not isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
            return False
        used: set[str] = set()
        bound: set[str] = set()
        for part in ast.walk(node):
            if isinstance(part, ast.Name):
                (used if isinstance(part.ctx, ast.Load) else bound).add(part.id)
            if isinstance(part, (ast.Lambda, ast.Await, ast.Yield, ast.NamedExpr, ast.Starred)):
                return False
        free = used - bound
        builtin = self.names["__builtins__"]
        known = builtin if isinstance(builtin, dict) else vars(builtin)
        return self.puzzle.answer not in used and all(name in self.names or name in known for name in free)

    def value_of(self, node: Any) -> Any:
        """The expression's value; ``None`` where it has none."""
        code = compile(ast.fix_missing_locations(ast.Expression(node)), "closed", "eval")
        return self.puzzle.run(lambda _: eval(code, self.names), None)

    def _lengths(self) -> list[int]:
        found = [v for v in self.ints if 0 <= v <= MAX_LENGTH]
        found += [len(v) for v in self.values if isinstance(v, (str, list, tuple, dict))]
        near = [v + d for v in dict.fromkeys(found) for d in (0, 1, -1) if v + d >= 0]
        return list(dict.fromkeys(near))[:60] or [1, 2, 3]

    def _arities(self) -> tuple[list[int], int]:
        """Numbers of parts that the answer, and its items, are unpacked into."""
        outer, inner, name = [], 0, self.puzzle.answer
        for node in ast.walk(self.puzzle.node):
            if isinstance(node, (ast.For, ast.comprehension)):
                target, source = node.target, node.iter
            elif isinstance(node, ast.Assign):
                target, source = node.targets[0], node.value
            else:
                continue
            if not isinstance(target, (ast.Tuple, ast.List)):
                continue
            if isinstance(source, ast.Name) and source.id == name:
                if isinstance(node, ast.Assign):
                    outer.append(len(target.elts))
                else:
                    inner = inner or len(target.elts)
            elif isinstance(source, ast.Subscript) and isinstance(source.value, ast.Name) and source.value.id == name:
                inner = inner or len(target.elts)
        return outer, inner

    def domain(self, kind: Kind, rng: random.Random, limit: int = 400) -> list[Any]:
        """Items of a kind that may be worth using, one of several plausible sets by chance."""
        if kind.name == "int":
            return self._int_domain(rng, limit)
        if kind.name == "float":
            return [*self.floats[:50], 0.0, 1.0, 0.5, -1.0]
        if kind.name == "bool":
            return [False, True]
        if kind.name == "str":
            return self._text_domain(rng, limit)
        if kind.name == "list":
            given = [v for v in map(kind.cast, self.values) if v is not None and 0 < len(v) <= 12]
            if given and rng.random() < 0.3:
                return given[:limit]
            return self._tuples(kind, rng, limit)
        return kind.simplest()

    def _int_domain(self, rng: random.Random, limit: int) -> list[Any]:
        given = [v for v in self.ints if abs(v) < 10**9]
        sizes = sorted({*(v for v in given if 2 <= v <= 1000), *(n for n in self.lengths if 2 <= n <= 1000), 10})
        which = rng.random()
        if which < 0.25:
            return (given or [0, 1])[:limit]
        if which < 0.35:
            return list(range(-5, 21))
        size = rng.choice(sizes[:8] if rng.random() < 0.7 else sizes)
        if which < 0.6:
            return list(range(size))
        if which < 0.7:
            return list(range(-size, size + 1))[:limit]
        if which < 0.85:
            return list(range(size + 1))[1:]
        return list(dict.fromkeys([*range(min(size, limit // 2)), *given[:limit]]))

    def _text_domain(self, rng: random.Random, limit: int) -> list[Any]:
        texts = [t for t in self.texts if len(t) <= 40]
        which = rng.random()
        if which < 0.3 and texts:
            return texts[:limit]
        if which < 0.7 and self.texts:
            return list(dict.fromkeys(s for t in sorted(self.texts, key=len) for s in _parts(t, 400)))[:limit]
        return list(self.alphabet())

    def alphabet(self) -> list[str]:
        """Characters that occur, then other common ones."""
        mine = dict.fromkeys("".join(t[:200] for t in self.texts[:60]))
        return list(dict.fromkeys([*mine, *"ab01 "]))

    def _tuples(self, kind: Kind, rng: random.Random, limit: int) -> list[Any]:
        """Lists of one width over a small base: all of them, or a random part and those of one item."""
        width = self.inner
        if not width:
            widths = [len(v) for v in self.values if isinstance(v, (list, tuple)) and 0 < len(v) <= 6]
            width = rng.choice([*widths, *(v for v in self.ints[:20] if 0 < v <= 8)] or [2])
        if kind.item.listed:
            base = self._tuples(kind.item, rng, 40)
        elif kind.item.name == "int":
            sizes = [v for v in self.ints[:40] if 2 <= v <= 20] or [4]
            base = list(range(rng.choice(sizes))) if rng.random() < 0.7 else self.ints[:20] or [0, 1]
        else:
            base = self.domain(kind.item, rng, 20)
        limit = max(limit, 3000)
        if len(base) ** width <= limit:
            return [list(item) for item in itertools.product(base, repeat=width)]
        made = [[rng.choice(base) for _ in range(width)] for _ in range(limit // 2)]
        return made + [[item] * width for item in base]


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and abs(value) < 1e300


def _flat(values: Any) -> Iterator[Any]:
    for value in values:
        if isinstance(value, (list, tuple)):
            yield from _flat(value[:500])
        elif isinstance(value, dict):
            yield from _flat(list(value)[:100])
            yield from _flat(list(value.values())[:100])
        else:
            yield value


def _parts(text: str, limit: int) -> Any:
    n = len(text)
    return itertools.islice((text[i : i + k] for k in range(1, n + 1) for i in range(n - k + 1)), limit)


def _same(a: Any, b: Any) -> bool:
    try:
        return type(a) is type(b) and bool(a == b)
    except (Exception, Stop, Slow):
        return False
