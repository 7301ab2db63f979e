"""Random values of a type and random changes to them, by named moves whose success is counted."""

from __future__ import annotations

import random
from typing import Any

from unriddle.propose.inside.kinds import Kind
from unriddle.propose.inside.material import Material

__all__ = ["Mutator"]

MAX_BITS = 200


class Mutator:
    """Makes and changes values of one type out of harvested material."""

    def __init__(self, kind: Kind, material: Material, rng: random.Random) -> None:
        self.kind, self.material, self.rng = kind, material, rng
        self.rewards: dict[str, float] = {}
        self.alphabet = material.alphabet()
        self.renew()

    def renew(self) -> None:
        """Draw another domain of items."""
        kind = self.kind
        self.domain = self.material.domain(kind.item, self.rng) if kind.listed else []
        if self.rng.random() < 0.3:
            self.alphabet = self.material.alphabet() + list("abcdefghijklmnopqrstuvwxyz0123456789")
        elif self.rng.random() < 0.7:
            self.alphabet = self.material.alphabet()

    def starts(self) -> Any:
        """Values of every plausible length."""
        rng, material = self.rng, self.material
        lengths = [n for n in (material.outer or material.lengths) if n <= 1200]
        if self.kind.name == "str":
            return [rng.choice(self.alphabet) * n for n in lengths]
        if not self.kind.listed or not self.domain:
            return []
        made = [[self._copy(rng.choice(self.domain)) for _ in range(n)] for n in lengths[:30]]
        return made + [[self._copy(rng.choice(self.domain))] * n for n in lengths[:30]]

    def _copy(self, item: Any) -> Any:
        return list(item) if type(item) is list else item

    def fresh(self) -> Any:
        """A random value."""
        self.renew()
        return self.random(self.kind)

    def random(self, kind: Kind) -> Any:
        """A random value of a type."""
        rng, material = self.rng, self.material
        if kind.name == "int":
            if material.ints and rng.random() < 0.5:
                return rng.choice(material.ints)
            return rng.randrange(-10, 10) if rng.random() < 0.4 else rng.randrange(10 ** rng.randrange(1, 13))
        if kind.name == "float":
            if material.floats and rng.random() < 0.5:
                return rng.choice(material.floats)
            return rng.uniform(-1, 1) * 10 ** rng.randrange(4)
        if kind.name == "bool":
            return rng.random() < 0.5
        if kind.name == "str":
            if material.texts and rng.random() < 0.4:
                return rng.choice(material.texts)
            n = rng.choice(material.lengths) if rng.random() < 0.5 else rng.randrange(12)
            return "".join(rng.choice(self.alphabet) for _ in range(min(n, 1500)))
        if kind.listed:
            n = self._length()
            domain = self.domain if kind is self.kind else material.domain(kind.item, rng)
            if domain and n <= len(domain) and rng.random() < 0.4:
                return [self._copy(item) for item in rng.sample(domain, n)]
            return [self._copy(rng.choice(domain)) for _ in range(n)] if domain else []
        return rng.choice(kind.simplest())

    def _length(self) -> int:
        rng, material = self.rng, self.material
        if material.outer:
            return rng.choice(material.outer)
        if rng.random() < 0.6:
            small = [n for n in material.lengths if n <= 60] or [3]
            return rng.choice(small)
        return rng.randrange(1, 12)

    def reward(self, move: str) -> None:
        """A move that led to a better value."""
        self.rewards[move] = self.rewards.get(move, 1.0) * 0.995 + 1.0

    def _pick(self, moves: list[str]) -> Any:
        rng = self.rng
        if rng.random() < 0.35:
            return rng.choice(moves)
        weights = [min(self.rewards.get(move, 1.0), 40.0) for move in moves]
        return rng.choices(moves, weights)[0]

    def change(self, value: Any) -> Any:
        """A changed copy of the value, and the name of the move."""
        kind = self.kind.name
        if kind == "int":
            move = self._pick(_INT)
            return self._int(value, move), move
        if kind == "float":
            move = self._pick(_FLOAT)
            return self._float(value, move), move
        if kind == "str":
            move = self._pick(_STR)
            return self._str(value, move), move
        if kind == "list":
            move = self._pick(_LIST if not self.material.outer else _FIXED)
            return self._list(value, move), move
        return self.random(self.kind), "random"

    def _int(self, value: int, move: str) -> int:
        rng = self.rng
        if move == "step":
            return value + rng.choice((-1, 1))
        if move == "hop":
            return value + rng.randrange(-20, 21)
        if move == "power":
            power = rng.randrange(min(20, 4 + value.bit_length()))
            return value + rng.choice((-1, 1)) * int(rng.choice((2, 10)) ** power)
        if move == "scale":
            larger = [value * 2, value * 10] if value.bit_length() < MAX_BITS else []
            return rng.choice([*larger, value // 2, value // 10, -value])
        if move == "known" and self.material.ints:
            other: int = rng.choice(self.material.ints)
            return rng.choice(
                (value + other, value - other, other, value * other if value.bit_length() < MAX_BITS else value)
            )
        digits = list(str(abs(value)))
        i = rng.randrange(len(digits))
        what = rng.random()
        if what < 0.6:
            digits[i] = rng.choice("0123456789")
        elif what < 0.8:
            digits.insert(i, rng.choice("0123456789"))
        else:
            digits[i], digits[-1] = digits[-1], digits[i]
        made = int("".join(digits))
        return -made if value < 0 else made

    def _float(self, value: float, move: str) -> float:
        rng = self.rng
        if move == "step":
            return value + rng.choice((-1, 1)) * float(10.0 ** rng.randrange(-12, 3))
        if move == "noise":
            return value + rng.gauss(0, 1) * float(10.0 ** rng.uniform(-10, 1))
        if move == "round":
            return round(value, rng.randrange(6))
        if move == "scale":
            return value * rng.choice((2, 0.5, -1, 10, 0.1))
        if self.material.floats:
            other = rng.choice(self.material.floats)
            return float(rng.choice((other, value + other, value - other)))
        return rng.uniform(-1, 1)

    def _str(self, value: str, move: str) -> str:
        rng, n = self.rng, len(value)
        i = rng.randrange(n + 1)
        if move == "insert" or n == 0:
            return value[:i] + rng.choice(self.alphabet) + value[i:]
        i = rng.randrange(n)
        if move == "replace":
            return value[:i] + rng.choice(self.alphabet) + value[i + 1 :]
        if move == "delete":
            return value[:i] + value[i + 1 :]
        if move == "swap":
            j = rng.randrange(n)
            made = list(value)
            made[i], made[j] = made[j], made[i]
            return "".join(made)
        if move == "near":
            return value[:i] + chr(max(1, ord(value[i]) + rng.choice((-1, 1)))) + value[i + 1 :]
        if move == "piece" and self.material.texts:
            text = rng.choice(self.material.texts)[:200]
            if rng.random() < 0.5 and text:
                j = rng.randrange(len(text))
                text = text[j : j + 1 + rng.randrange(len(text))]
            text = text[::-1] if rng.random() < 0.2 else text
            return value[:i] + text + value[i + (len(text) if rng.random() < 0.3 else 0) :]
        if move == "cut":
            j = rng.randrange(n)
            return value[: min(i, j)] + value[max(i, j) :]
        if move == "resize":
            k = rng.choice(self.material.lengths)
            return (value * (k // n + 1))[:k] if k <= 5000 else value
        return value[::-1] if rng.random() < 0.2 else value[i:] + value[:i]

    def _list(self, value: Any, move: str) -> Any:
        rng, n = self.rng, len(value)
        made = [self._copy(item) for item in value]
        if n == 0 or move in ("append", "prepend"):
            return [*made, self._item(made)] if move != "prepend" else [self._item(made), *made]
        i = rng.randrange(n)
        if move == "insert":
            made.insert(i, self._item(made))
        elif move == "replace":
            made[i] = self._item(made)
        elif move == "delete":
            del made[i]
        elif move == "pop":
            made.pop()
        elif move == "swap":
            j = rng.randrange(n)
            made[i], made[j] = made[j], made[i]
        elif move == "move":
            item = made.pop(i)
            made.insert(rng.randrange(n), item)
        elif move == "nudge":
            made[i] = self._nudge(made[i])
        elif move == "trade":
            j = rng.randrange(n)
            if type(made[i]) is int and type(made[j]) is int:
                step = rng.choice((1, -1, 2, rng.randrange(1, 50)))
                made[i] += step
                made[j] -= step
        elif move == "twist":
            j = rng.randrange(n)
            i, j = min(i, j), max(i, j) + 1
            made[i:j] = made[i:j][::-1] if rng.random() < 0.6 else made[i + 1 : j] + made[i : i + 1]
        elif move == "resize":
            k = min(self._length(), 1500)
            made = made[:k] if k <= n else made + [self._item(made) for _ in range(k - n)]
        elif move == "double":
            made[i:i] = [self._copy(item) for item in made[i : i + 1 + rng.randrange(3)]]
        elif move == "two":
            made[i] = self._item(made)
            made[rng.randrange(n)] = self._item(made)
        return made

    def _item(self, made: Any) -> Any:
        rng = self.rng
        if self.domain and rng.random() < 0.9:
            return self._copy(rng.choice(self.domain))
        if made and rng.random() < 0.5:
            return self._nudge(rng.choice(made))
        return self.random(self.kind.item)

    def _nudge(self, item: Any) -> Any:
        rng = self.rng
        if type(item) is int:
            return self._int(item, rng.choice(_INT))
        if type(item) is float:
            return self._float(item, rng.choice(_FLOAT))
        if type(item) is bool:
            return not item
        if type(item) is str:
            return self._str(item, rng.choice(_STR))
        if type(item) is list and item:
            made = [self._copy(part) for part in item]
            i = rng.randrange(len(made))
            if type(made[i]) is int and rng.random() < 0.7:
                made[i] += rng.choice((-1, 1))
            elif type(made[i]) is int and self.material.ints and rng.random() < 0.5:
                made[i] = rng.choice(self.material.ints)
            elif rng.random() < 0.3:
                j = rng.randrange(len(made))
                made[i], made[j] = made[j], made[i]
            else:
                made[i] = self._nudge(made[i])
            return made
        return item

    def cross(self, a: Any, b: Any) -> Any:
        """A value with parts of both."""
        rng = self.rng
        if self.kind.name in ("str", "list") and a and b:
            i = rng.randrange(len(a) + 1)
            j = i if rng.random() < 0.6 else rng.randrange(len(b) + 1)
            made = a[:i] + b[j:]
            return [self._copy(item) for item in made] if self.kind.listed else made
        if self.kind.name in ("int", "float"):
            return rng.choice((a + b, a - b, type(a)((a + b) / 2) if abs(a) + abs(b) < 1e15 else a))
        return a


_INT = ["step", "hop", "power", "scale", "known", "digit"]
_FLOAT = ["step", "noise", "round", "scale", "known"]
_STR = ["insert", "replace", "delete", "swap", "near", "piece", "cut", "resize", "turn"]
_LIST = [
    "append", "insert", "replace", "delete", "pop", "swap", "move", "nudge", "trade", "twist", "resize", "double",
    "two", "prepend",
]  # fmt: skip
_FIXED = ["replace", "swap", "nudge", "trade", "twist", "two"]
