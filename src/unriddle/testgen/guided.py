"""Inputs steered by what they cover: those that show something new are kept and changed further.

``ask`` gives inputs, ``tell`` takes what running them covered; running is the caller's, so that the inputs of many
programs share an executor. New is: a branch taken, a branch taken more often than ever (in steps of a factor of two),
a kind of ending, or a combination of branches over all programs that run the same inputs. Not covered: deciding when
to stop, and inputs that have to meet a condition between parameters (give ``accepts``, or let the program raise).
"""

from __future__ import annotations

import math
import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from unriddle.errors import BadInput, BadShape
from unriddle.execute.coverage import Covered
from unriddle.language.values import encode
from unriddle.outcome import Status
from unriddle.problem import Signature
from unriddle.testgen.draw import Pool, boundary, draw
from unriddle.testgen.inputs import argument_kinds, harvest
from unriddle.testgen.kinds import Kind
from unriddle.testgen.mutate import mutate
from unriddle.testgen.quick_random import QuickRandom

__all__ = ["Args", "GuidedInputs"]

Args = tuple[Any, ...]

_TRIES, _FEWER_TRIES = 30, 5
"""Draws for each wanted input before it is taken that there are no more; fewer where there were few before."""
_ENDED = (Status.TIMEOUT, Status.MEMORY)
_SLOW, _SLOWER = 0.002, 20.0
"""A run is slow from so many CPU seconds on, and from so many times the usual ones; behind the first ten, inputs at
least as large are asked no more."""
_ENOUGH_SLOW = 10
_STRICT = 0.5
"""Share of refused inputs from which only small changes of good inputs are tried, for the most part."""
_MOST_GOOD = 2000
"""Inputs on which the first program returned that are remembered."""
_STEPS = np.array([0, *(int(n).bit_length() for n in range(1, 256))], dtype=np.uint8)
"""Counts in steps of a factor of two."""


@dataclass(slots=True)
class _Seed:
    args: Args
    places: npt.NDArray[np.int64]
    rarity: int = 1
    n_chosen: int = 0


@dataclass(slots=True)
class GuidedInputs:
    """A source of inputs for one function, steered by coverage.

    Args:
        signature: The function's parameters.
        known: Inputs that are known to be good; they are asked first, and changed later.
        rng: Where randomness comes from; equal states and equal coverage give equal inputs.
        sources: Programs whose constants are mixed in.
        pool: Constants to mix in instead of those of the sources.
        kinds: What the arguments take, instead of what signature and known inputs say.
        accepts: Which inputs are allowed; all when ``None``.
        max_size: Containers drawn anew hold at most that many items.
        largest: Numbers that are parameters themselves are drawn up to about this size; where inputs are known, none
            is larger than a hundred times that and a thousand times the largest known number.
        special_floats: Infinities and NaN may be drawn.
        only_returning: Inputs on which the first program does not return are never changed further.
        wide: Other sorts of numbers and of empty values are tried as well; for programs that refuse what they must.

    Raises:
        BadInput: A known input has more arguments than the function takes.
    """

    signature: Signature
    known: Sequence[Args]
    rng: np.random.Generator
    sources: Sequence[str] = ()
    pool: Pool | None = None
    kinds: tuple[Kind, ...] | None = None
    accepts: Callable[[Args], bool] | None = None
    max_size: int = 12
    largest: float = 1e4
    special_floats: bool = False
    only_returning: bool = True
    wide: bool = False
    _kinds: tuple[Kind, ...] = field(init=False)
    _told: tuple[Kind, ...] = field(init=False)
    _pool: Pool = field(init=False)
    _seen: set[bytes] = field(init=False, default_factory=set)
    _fixed: Iterator[Args] = field(init=False)
    _seeds: list[_Seed] = field(init=False, default_factory=list)
    _best: npt.NDArray[np.uint8] | None = field(init=False, default=None)
    _endings: set[tuple[Any, ...]] = field(init=False, default_factory=set)
    _times: npt.NDArray[np.int64] | None = field(init=False, default=None)
    _cap: float = field(init=False)
    _n_slow: int = field(init=False, default=0)
    _usual: float | None = field(init=False, default=None)
    _tries: int = field(init=False, default=_TRIES)
    _strict: bool = field(init=False, default=False)
    _good: list[Args] = field(init=False, default_factory=list)
    _heavy: list[tuple[float, int]] = field(init=False, default_factory=list)
    n_asked: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self.rng = QuickRandom(self.rng)
        self._kinds = argument_kinds(self.signature, self.known) if self.kinds is None else self.kinds
        self._told = self._kinds if self.kinds is not None else _as_told(self.signature, self._kinds)
        if self.wide:
            self._told = tuple(widen(kind) for kind in self._told)
        self._pool = harvest(self.sources) if self.pool is None else self.pool
        self._cap = max(100 * self.largest, 1000 * max((_weight(args)[0] for args in self.known), default=math.inf))
        self._fixed = self._first()

    @property
    def seeds(self) -> list[Args]:
        """The inputs that showed something new, in order of discovery."""
        return [seed.args for seed in self._seeds]

    def ask(self, k: int) -> list[Args]:
        """At most ``k`` inputs that were never asked before; fewer when there seem to be no more."""
        found: list[Args] = []
        for _ in range(self._tries * k + 200):
            if len(found) == k:
                break
            args = next(self._fixed, None)
            if args is None:
                args = self._new()
            mark = encode(args)
            if mark in self._seen:
                continue
            self._seen.add(mark)
            if self._is_heavy(args):
                continue
            if self.accepts is None or self.accepts(args):
                found.append(args)
        self._tries = _TRIES if 2 * len(found) >= k else _FEWER_TRIES
        self.n_asked += len(found)
        return found

    def tell(self, inputs: Sequence[Args], covered: Sequence[Covered]) -> list[bool]:
        """Which of the inputs showed something new; those are changed further from now on.

        Args:
            inputs: What was run, ``(m,)``.
            covered: What it covered in each program, ``m`` rows each; the same programs at every call.

        Raises:
            BadInput: No program.
            BadShape: The coverage is not of these inputs, or not of the programs of earlier calls.
        """
        if not covered:
            raise BadInput("GuidedInputs.tell: give the coverage of at least one program")
        steps = np.hstack([_STEPS[part.counts] for part in covered])
        if self._best is None or self._times is None:
            self._best, self._times = np.zeros(steps.shape[1], np.uint8), np.zeros(steps.shape[1], np.int64)
        if len(steps) != len(inputs) or steps.shape[1] != len(self._best):
            raise BadShape(
                f"GuidedInputs.tell: coverage must have shape ({len(inputs)}, {len(self._best)}), got {steps.shape}"
            )
        refused = np.mean(covered[0].status == Status.ERROR) if len(inputs) else 0.0
        self._strict = self.only_returning and bool(refused > _STRICT)
        new = []
        slow = self._slow_runs(covered[0].cpu_seconds)
        for i, args in enumerate(inputs):
            endings = tuple((int(part.status[i]), part.errors[i].partition(":")[0]) for part in covered)
            mark = (endings, (steps[i] > 0).tobytes())
            higher = bool((steps[i] > self._best).any())
            interesting = higher or mark not in self._endings
            self._endings.add(mark)
            np.maximum(self._best, steps[i], out=self._best)
            self._times += steps[i] > 0
            self._n_slow += bool(slow[i])
            if endings[0][0] in _ENDED or (slow[i] and self._n_slow > _ENOUGH_SLOW):
                self._heavy.append(_weight(args))
            usable = not self.only_returning or covered[0].status[i] == Status.PASS
            if usable and len(self._good) < _MOST_GOOD:
                self._good.append(args)
            if interesting and usable:
                self._seeds.append(_Seed(args, np.flatnonzero(steps[i])))
            new.append(interesting)
        for seed in self._seeds:
            seed.rarity = int(self._times[seed.places].min()) if len(seed.places) else 1
        return new

    def _slow_runs(self, seconds: npt.NDArray[np.float32]) -> npt.NDArray[np.bool_]:
        """``(m,)`` which runs took much longer than the first program usually does."""
        known = seconds[~np.isnan(seconds)]
        if self._usual is None and len(known):
            self._usual = float(np.median(known))
        return np.asarray(seconds > max(_SLOW, _SLOWER * (self._usual or 0.0)), dtype=np.bool_)

    def _is_heavy(self, args: Args) -> bool:
        """Whether a number is far larger than any known one, or an input with no larger number and no more items kept
        the first program busy for too long.
        """
        largest, n_items = _weight(args)
        return largest > self._cap or any(largest >= number and n_items >= n for number, n in self._heavy)

    def _first(self) -> Iterator[Args]:
        """The known inputs; then boundary values, all parameters at once and one at a time."""
        yield from self.known
        edges = [boundary(kind, special=self.special_floats, far=False) or [None] for kind in self._kinds]
        for i in range(max((len(e) for e in edges), default=1)):
            yield tuple(e[i % len(e)] for e in edges)
        base = self.known[0] if self.known else tuple(e[min(1, len(e) - 1)] for e in edges)
        for i, values in enumerate(edges[: len(base)]):
            more = _other_empty(self._kinds[i]) if self.wide and i < len(self._kinds) else ()
            for value in (*values, *more):
                yield (*base[:i], value, *base[i + 1 :])

    def _new(self) -> Args:
        if self._seeds and self.rng.random() < (0.95 if self._strict else 0.75):
            if self._strict and self.rng.random() < 0.5:
                return self._changed(self._good[self.rng.integers(len(self._good))])
            return self._changed(self._pick().args)
        if self.known and not self._seeds:
            return self._changed(self.known[int(self.rng.integers(len(self.known)))])
        size = int(self.rng.integers(1, self.max_size + 1))
        return tuple(
            draw(
                kind,
                size=self._reach() if kind.name in ("int", "float") else size,
                rng=self.rng,
                pool=self._pool,
                special=self.special_floats,
            )
            for kind in (self._kinds if self.rng.random() < 0.7 else self._told)
        )

    def _reach(self) -> int:
        """Sizes of numbers: as many small ones as large ones, up to ``largest``."""
        return int(math.exp(self.rng.uniform(0, math.log(max(self.max_size, self.largest / 10)))))

    def _pick(self) -> _Seed:
        """A seed; of a few drawn, the one that takes the rarest branch and was chosen least."""
        few = [self._seeds[self.rng.integers(len(self._seeds))] for _ in range(3)]
        seed = min(few, key=lambda s: s.rarity * (1 + s.n_chosen))
        seed.n_chosen += 1
        return seed

    def _changed(self, args: Args) -> Args:
        if self._seeds and len(args) > 1 and self.rng.random() < 0.15:
            other = self._seeds[int(self.rng.integers(len(self._seeds)))].args
            if len(other) == len(args):
                place = int(self.rng.integers(len(args)))
                args = (*args[:place], other[place], *args[place + 1 :])
        n_changes = self.rng.integers(1, 5) if not self._strict or self.rng.random() < 0.2 else 1
        for _ in range(n_changes):
            if args:
                place = int(self.rng.integers(len(args)))
                kinds = self._kinds if self.rng.random() < 0.8 else self._told
                kind = kinds[place] if place < len(kinds) else None
                value = mutate(args[place], rng=self.rng, pool=self._pool, kind=kind)
                args = (*args[:place], value, *args[place + 1 :])
        return args


def widen(kind: Kind) -> Kind:
    """The kind with other sorts of numbers wherever it has numbers."""
    if kind.name == "int":
        return Kind("either", (kind, Kind("float"), Kind("bool")))
    if kind.name == "float":
        return Kind("either", (kind, Kind("int")))
    return Kind(kind.name, tuple(widen(inner) for inner in kind.inside), kind.values) if kind.inside else kind


def _other_empty(kind: Kind) -> tuple[Any, ...]:
    """Empty values of other types than a parameter of texts or containers takes."""
    empty = {"list": [], "str": "", "tuple": (), "dict": {}}
    return tuple(value for name, value in empty.items() if name != kind.name) if kind.name in empty else ()


def _as_told(signature: Signature, kinds: tuple[Kind, ...]) -> tuple[Kind, ...]:
    """The kinds, wider where an annotation says in so many words that anything may come."""
    told = argument_kinds(signature, [])
    said = [re.search(r"\b(Any|object)\b", parameter.annotation) for parameter in signature.parameters]
    if not len(told) == len(kinds) == len(said):
        return kinds
    return tuple(wide if anything else narrow for narrow, wide, anything in zip(kinds, told, said, strict=True))


def _weight(args: Args) -> tuple[float, int]:
    """The largest number inside, and how many items and letters there are."""
    largest, n, stack = 0.0, 0, list(args)
    while stack:
        value = stack.pop()
        if isinstance(value, int | float):
            largest = max(largest, abs(value))
        elif isinstance(value, str | bytes):
            n += len(value)
        elif isinstance(value, dict):
            n += len(value)
            stack += [*value.keys(), *value.values()]
        elif isinstance(value, list | tuple | set | frozenset | deque):
            n += len(value)
            stack += value
    return largest, n
