"""Hypothesis strategies for the arguments of a function: from annotations, known inputs and constants of its source.

For property tests of your own, with Hypothesis' shrinking: ``given(arguments_of(source, "f"))``. Not covered: objects
of the program's own classes, and conditions between parameters.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from unriddle.errors import MissingExtra
from unriddle.testgen.draw import Pool
from unriddle.testgen.guess_kinds import likely_kinds
from unriddle.testgen.inputs import harvest
from unriddle.testgen.kinds import Kind

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["arguments_of", "strategy_of"]

_MAX_SIZE = 12


def arguments_of(
    source: str, entry: str, *, known: Sequence[tuple[Any, ...]] = (), max_size: int = _MAX_SIZE
) -> SearchStrategy[tuple[Any, ...]]:
    """A strategy for the argument tuples of a function.

    Args:
        source: The program.
        entry: Its function; a class or ``Class.method`` as well, without ``self``.
        known: Argument tuples that are good.
        max_size: Most items of a container.

    Raises:
        BadProblem: The source cannot be read or has no such function.
        MissingExtra: Hypothesis is not installed.
    """
    st = _hypothesis()
    pool = harvest([source])
    kinds = likely_kinds(source, entry, known=known)
    made: SearchStrategy[tuple[Any, ...]] = st.tuples(
        *(strategy_of(guesses[0], pool=pool, max_size=max_size) for guesses in kinds)
    )
    return made


def strategy_of(kind: Kind, *, pool: Pool | None = None, max_size: int = _MAX_SIZE) -> SearchStrategy[Any]:
    """A strategy for the values of a kind.

    Args:
        kind: What to make.
        pool: Literals to mix in, by kind name.
        max_size: Most items of a container.

    Raises:
        MissingExtra: Hypothesis is not installed.
    """
    st = _hypothesis()
    plain = _plain(kind, pool or {}, max_size)
    literals = [value for value in (pool or {}).get(kind.name, ()) if type(value).__name__ == kind.name]
    both: SearchStrategy[Any] = plain | st.sampled_from(literals) if literals else plain
    return both


def _plain(kind: Kind, pool: Pool, size: int) -> SearchStrategy[Any]:
    st = _hypothesis()
    inside = [strategy_of(inner, pool=pool, max_size=size) for inner in kind.inside]
    simple = {
        "int": lambda: st.integers(-1000, 1000) | st.integers(),
        "float": lambda: st.floats(allow_nan=False, allow_infinity=False),
        "bool": st.booleans,
        "str": lambda: st.text(max_size=size),
        "bytes": lambda: st.binary(max_size=size),
        "complex": lambda: st.complex_numbers(allow_nan=False, allow_infinity=False),
        "none": st.none,
        "literal": lambda: st.sampled_from(kind.values),
        "either": lambda: st.one_of(inside),
        "row": lambda: st.tuples(*inside),
        "list": lambda: st.lists(*inside, max_size=size),
        "deque": lambda: st.lists(*inside, max_size=size).map(_deque),
        "tuple": lambda: st.lists(*inside, max_size=size).map(tuple),
        "set": lambda: st.sets(_hashable(kind.inside[0], pool, size), max_size=size),
        "frozenset": lambda: st.frozensets(_hashable(kind.inside[0], pool, size), max_size=size),
        "dict": lambda: st.dictionaries(_hashable(kind.inside[0], pool, size), inside[1], max_size=size),
    }
    anything = (
        st.none() | st.booleans() | st.integers() | st.text(max_size=size) | st.lists(st.integers(), max_size=size)
    )
    made: SearchStrategy[Any] = simple[kind.name]() if kind.name in simple else anything
    return made


def _hashable(kind: Kind, pool: Pool, size: int) -> SearchStrategy[Any]:
    from unriddle.testgen.draw import hashable

    return strategy_of(kind, pool=pool, max_size=size).map(hashable)


def _deque(items: list[Any]) -> Any:
    from collections import deque

    return deque(items)


def _hypothesis() -> Any:
    try:
        from hypothesis import strategies
    except ImportError as error:
        raise MissingExtra("strategies for property tests", "unriddle[testgen]") from error
    return strategies
