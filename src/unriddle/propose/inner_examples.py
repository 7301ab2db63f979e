"""Inner examples deduced from outer ones: what a function of an element must give if the goal is map, filter or scan.

Lists of equal lengths go together, as by ``zip``: the function may look at an element of each, at the index and at the
inputs. The goal's own elements are then the inner values (map), whether an element stays is one (filter), and from one
element of the goal to the next a scan's function is seen at work.
Not covered: goals that join what several elements give, and functions that see earlier results but the last.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from unriddle.propose.expression import ERRORS, Expression, evaluate, variable
from unriddle.propose.lambdas import constants, orders, scalars
from unriddle.propose.list_operators import BOOLS, LISTS, Names

__all__ = ["Inner", "filters", "mapped", "maps", "scans", "sorts"]

_MAX_ROWS = 60
_TERNARY_NEEDS = 1


@dataclass(frozen=True, slots=True)
class Inner:
    """What a search for inner functions works with.

    Attributes:
        inputs: A column ``(m,)`` for each input; lists are tuples.
        names: Of bound variables.
        also: More constants.
        stop: Whether time is up.
        max_tried: Expressions per search.
        depth: Tests one after the other in a case distinction; 0 for none.
    """

    inputs: Mapping[str, Sequence[Any]]
    names: Names
    also: Sequence[int]
    stop: Callable[[], bool]
    max_tried: int
    depth: int = 0

    def fits(self, rows: list[tuple[dict[str, Any], Any]]) -> Iterator[Expression]:
        """Functions of the rows' variables that give the rows' values; each row with its example's inputs.

        Rows with the same variables must agree; a few that differ are searched on, and all decide.
        """
        known: dict[tuple[Any, ...], Any] = {}
        for values, result in rows:
            if known.setdefault(tuple(values.values()), result) != result:
                return
        if not known:
            return
        keys = _spread(list(known), known)
        variables = list(rows[0][0])
        leaves = []
        for place, name in enumerate(variables):
            column = [key[place] for key in keys]
            leaves.append(variable(name, column, LISTS if isinstance(column[0], tuple) else "int"))
        leaves += constants(len(keys), self.also)
        goal = [known[key] for key in keys]
        for made in scalars(leaves, goal, stop=self.stop, max_tried=self.max_tried, depth=self.depth):
            if _holds(made, variables, known):
                yield made


def _spread(keys: list[tuple[Any, ...]], known: Mapping[tuple[Any, ...], Any]) -> list[tuple[Any, ...]]:
    """A few rows from all examples, rare results kept."""
    if len(keys) <= _MAX_ROWS:
        return keys
    by_result: dict[Any, list[tuple[Any, ...]]] = {}
    for key in keys:
        by_result.setdefault(known[key], []).append(key)
    rare = [key for group in by_result.values() if len(group) <= 2 for key in group][: _MAX_ROWS // 3]
    step = len(keys) / (_MAX_ROWS - len(rare))
    chosen = [keys[int(i * step)] for i in range(_MAX_ROWS - len(rare))]
    return list(dict.fromkeys([*rare, *chosen]))


def _holds(made: Expression, variables: Sequence[str], known: Mapping[tuple[Any, ...], Any]) -> bool:
    try:
        return all(evaluate(made, dict(zip(variables, key, strict=True))) == value for key, value in known.items())
    except ERRORS:
        return False


def _rows(inner: Inner, lists: Sequence[Expression]) -> list[list[dict[str, Any]]]:
    """For each example, for each index: the variables' values."""
    made: list[list[dict[str, Any]]] = []
    for example in range(len(lists[0].column)):
        outer = {name: column[example] for name, column in inner.inputs.items()}
        per_index = []
        for i, elements in enumerate(zip(*(xs.column[example] for xs in lists), strict=True)):
            bound = dict(zip(inner.names.elements, elements, strict=False))
            per_index.append({**bound, inner.names.index: i, **outer})
        made.append(per_index)
    return made


def maps(inner: Inner, lists: Sequence[Expression], goal: Sequence[tuple[Any, ...]]) -> Iterator[Expression]:
    """The goal as a function of the elements of lists of its length.

    Args:
        inner: What to work with.
        lists: At most four, each as long as the goal on every example, the most plausible first.
        goal: ``(m,)`` lists of whole numbers or of truth values.
    """
    rows = [(values, result) for per_index, wanted in zip(_rows(inner, lists), goal, strict=True)
            for values, result in zip(per_index, wanted, strict=True)]  # fmt: skip
    for body in inner.fits(rows):
        if body.source in inner.names.elements:
            continue  # the list itself
        head, cost = _bound(inner.names, lists, body)
        box = BOOLS if isinstance(rows[0][1], bool) else LISTS
        yield Expression(f"[{body.source} {head}]", box, tuple(map(tuple, goal)), body.cost + cost)


def mapped(
    inner: Inner, bodies: Sequence[Expression], lists: Sequence[Expression], goal: Sequence[tuple[Any, ...]]
) -> Iterator[Expression]:
    """The goal as one of the functions known, on each element of one of many lists; the wrong ones are soon ruled out.

    Args:
        inner: What to work with.
        bodies: Leaves whose columns hold functions of an element.
        lists: Each as long as the goal.
        goal: ``(m,)`` lists.
    """
    box = BOOLS if any(isinstance(value, bool) for values in goal for value in values) else LISTS
    for xs in lists:
        for body in bodies:
            if inner.stop():
                return
            calls = zip(body.column, xs.column, goal, strict=True)
            try:
                if all(f(x) == y for f, elements, wanted in calls for x, y in zip(elements, wanted, strict=True)):
                    source = f"[{body.source} for {inner.names.elements[0]} in {xs.source}]"
                    yield Expression(source, box, tuple(map(tuple, goal)), body.cost + xs.cost + 1)
            except ERRORS:
                continue


def _bound(names: Names, lists: Sequence[Expression], body: Expression, also: Sequence[str] = ()) -> tuple[str, int]:
    """``for x, y in zip(xs, ys)`` with what the body uses, and what it costs."""
    used = _variables(body) | set(also)
    pairs = [(name, xs) for name, xs in zip(names.elements, lists, strict=False) if name in used]
    pairs = pairs or [(names.elements[0], lists[0])]
    shown = ", ".join(name for name, _ in pairs)
    source = pairs[0][1].source if len(pairs) == 1 else f"zip({', '.join(xs.source for _, xs in pairs)})"
    cost = 1 + sum(xs.cost for _, xs in pairs)
    if names.index not in used:
        return f"for {shown} in {source}", cost
    if len(pairs) > 1:
        shown = f"({shown})"
    if not set(names.elements) & used:
        return f"for {names.index} in range(len({pairs[0][1].source}))", cost + 1
    return f"for {names.index}, {shown} in enumerate({source})", cost + 1


def _variables(body: Expression) -> set[str]:
    if body.operator is None:
        return set() if body.constant else {body.source}
    return set().union(*map(_variables, body.args))


def filters(inner: Inner, lists: Sequence[Expression], goal: Sequence[tuple[int, ...]]) -> Iterator[Expression]:
    """The goal as those elements of the first list on which a test holds; the other lists are as long as it.

    An element stays if the goal has to have it: where that is open, the row is left out and decided by the result.
    """
    rows: list[tuple[dict[str, Any], Any]] = []
    for per_index, xs, wanted in zip(_rows(inner, lists), lists[0].column, goal, strict=True):
        stays = _stays(xs, wanted)
        if stays is None:
            return
        rows += [(values, stay) for values, stay in zip(per_index, stays, strict=True) if stay is not None]
    if len({stay for _, stay in rows}) < 2:
        return
    first = inner.names.elements[0]
    for test in inner.fits(rows):
        kept = [_kept(test, per_index, first) for per_index in _rows(inner, lists)]
        if kept == [list(wanted) for wanted in goal]:
            head, cost = _bound(inner.names, lists, test, (first,))
            source = test.source if test.precedence >= _TERNARY_NEEDS else f"({test.source})"
            yield Expression(f"[{first} {head} if {source}]", LISTS, tuple(map(tuple, goal)), test.cost + cost)


def _kept(test: Expression, per_index: Sequence[Mapping[str, Any]], first: str) -> list[Any]:
    try:
        return [values[first] for values in per_index if evaluate(test, values)]
    except ERRORS:
        return []


def _stays(xs: Sequence[int], wanted: Sequence[int]) -> list[bool | None] | None:
    """For each element whether it must stay; ``None`` where it may or may not, and at all if the goal is no part.

    >>> _stays([1, 2, 1], [1]), _stays([1, 2], [2]), _stays([1], [3])
    ([None, False, None], [False, True], None)
    """
    early, at = [], 0
    for i, x in enumerate(xs):
        if at < len(wanted) and x == wanted[at]:
            early.append(i)
            at += 1
    if at < len(wanted):
        return None
    late, at = [], len(wanted) - 1
    for i in range(len(xs) - 1, -1, -1):
        if at >= 0 and xs[i] == wanted[at]:
            late.append(i)
            at -= 1
    values = set(wanted)
    counts = {x: (list(xs).count(x), list(wanted).count(x)) for x in values}
    fixed = {i for i, j in zip(early, reversed(late), strict=True) if i == j}
    return [False if x not in values else True if i in fixed or counts[x][0] == counts[x][1] else None
            for i, x in enumerate(xs)]  # fmt: skip


def scans(inner: Inner, xs: Expression, goal: Sequence[tuple[int, ...]]) -> Iterator[Expression]:
    """The goal as what a fold over the list comes to after each element; the first element is the first total.

    Args:
        inner: What to work with.
        xs: As long as the goal.
        goal: ``(m,)`` lists.
    """
    total, first = inner.names.total, inner.names.elements[0]
    rows: list[tuple[dict[str, Any], Any]] = []
    for example, (elements, wanted) in enumerate(zip(xs.column, goal, strict=True)):
        if elements[:1] != tuple(wanted[:1]):
            return
        outer = {name: column[example] for name, column in inner.inputs.items()}
        steps = zip(wanted, elements[1:], wanted[1:], strict=False)
        rows += [({total: before, first: x, **outer}, after) for before, x, after in steps]
    if len(rows) < 2:
        return
    for body in inner.fits(rows):
        source = f"list(accumulate({xs.source}, lambda {total}, {first}: {body.source}))"
        yield Expression(source, LISTS, tuple(map(tuple, goal)), body.cost + xs.cost + 2)


def sorts(inner: Inner, xs: Expression, goal: Sequence[tuple[int, ...]]) -> Iterator[Expression]:
    """The goal as the list in the order of what a function says of its elements.

    Args:
        inner: What to work with.
        xs: As long as the goal.
        goal: ``(m,)`` lists.
    """
    columns = [tuple(column) for column in xs.column]
    if any(sorted(a) != sorted(b) for a, b in zip(columns, goal, strict=True)):
        return
    first, before, after = inner.names.elements[0], [], []
    values: dict[str, list[Any]] = {first: [], **{name: [] for name in inner.inputs}}
    for example, wanted in enumerate(goal):
        for place, x in enumerate(wanted):
            if place and x != wanted[place - 1]:
                before.append(len(values[first]) - 1)
                after.append(len(values[first]))
            values[first].append(x)
            for name, column in inner.inputs.items():
                values[name].append(column[example])
    if not before:
        return
    leaves = [
        variable(name, column, LISTS if isinstance(column[0], tuple) else "int") for name, column in values.items()
    ]
    leaves += constants(len(values[first]), inner.also)
    for key in itertools.islice(orders(leaves, before, after, stop=inner.stop, max_tried=inner.max_tried), 10):
        made = [_sorted(key, first, column, inner.inputs, e) for e, column in enumerate(columns)]
        if made == [list(wanted) for wanted in goal]:
            source = f"sorted({xs.source}, key=lambda {first}: {key.source})"
            yield Expression(source, LISTS, tuple(map(tuple, goal)), key.cost + xs.cost + 1)


def _sorted(
    key: Expression, first: str, xs: Sequence[int], inputs: Mapping[str, Sequence[Any]], example: int
) -> list[int]:
    outer = {name: column[example] for name, column in inputs.items()}
    return sorted(xs, key=lambda x: int(evaluate(key, {first: x, **outer})))
