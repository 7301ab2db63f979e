"""What all known inputs have in common, taken as a condition on new ones where nobody wrote a contract.

A reference is no specification: what it does on an input that was never meant says nothing. So facts that hold for
every known input, and that are kinds of conditions people state, are kept: signs of numbers, letters of texts,
emptiness, order, distinctness, equal lengths, numbers that are places or sizes. A guess, and a careful one: with few
known inputs it forbids more than it should. Not covered: conditions between parts of one value.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Domain", "infer_domain"]

Args = tuple[Any, ...]
_Path = tuple[Any, ...]
_ENOUGH = 4
"""Known values from which order, distinctness and emptiness are believed."""
_CLASSES = {
    "lower-case letters": set(string.ascii_lowercase),
    "upper-case letters": set(string.ascii_uppercase),
    "digits": set(string.digits),
}


@dataclass(frozen=True, slots=True)
class Domain:
    """Conditions on inputs.

    Attributes:
        conditions: Each in words, and what says of an input whether it holds.
    """

    conditions: tuple[tuple[str, Callable[[Args], bool]], ...]

    def accepts(self, args: Args) -> bool:
        """Whether all conditions hold."""
        return all(holds(args) for _, holds in self.conditions)

    @property
    def words(self) -> list[str]:
        """The conditions, in words."""
        return [text for text, _ in self.conditions]


def infer_domain(known: Sequence[Args], *, names: Sequence[str] = ()) -> Domain:
    """The conditions that every known input meets; none when fewer than two are known.

    Args:
        known: Inputs known to be good.
        names: The parameters' names, for the words.

    >>> infer_domain([([1, 2], 1), ([3], 0), ([5, 6, 7], 2)], names=["xs", "i"]).words[:2]
    ['i is at least 0', 'items of xs are at least 0']
    """
    if len(known) < 2 or len({len(args) for args in known}) > 1:
        return Domain(())
    width = len(known[0])
    called = [names[i] if i < len(names) else f"argument {i + 1}" for i in range(width)]
    found = [*_numbers(known, called), *_texts(known, called), *_boxes(known, called), *_between(known, called)]
    return Domain(tuple(found))


def _leaves(value: Any, path: _Path) -> Iterator[tuple[_Path, Any]]:
    """Simple values with their place; all items of a container share one."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(key, (*path, "key"))
            yield from _leaves(item, (*path, "value"))
    elif isinstance(value, list | tuple | set | frozenset):
        for item in value:
            yield from _leaves(item, (*path, "item"))
    else:
        yield path, value


def _all_leaves(args: Args) -> Iterator[tuple[_Path, Any]]:
    for i, value in enumerate(args):
        yield from _leaves(value, (i,))


def _by_place(known: Sequence[Args]) -> dict[_Path, list[Any]]:
    found: dict[_Path, list[Any]] = {}
    for args in known:
        for path, value in _all_leaves(args):
            found.setdefault(path, []).append(value)
    return found


def _words(path: _Path, called: Sequence[str]) -> str:
    first, *rest = path
    for part in rest:
        first = f"{part}s of {called[first] if isinstance(first, int) else first}"
    return called[first] if isinstance(first, int) else str(first)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _at(path: _Path, holds: Callable[[Any], bool]) -> Callable[[Args], bool]:
    return lambda args: all(holds(value) for place, value in _all_leaves(args) if place == path)


def _on(i: int, holds: Callable[[Any], bool]) -> Callable[[Args], bool]:
    return lambda args: holds(args[i])


def _on_two(i: int, j: int, holds: Callable[[Any, Any], bool]) -> Callable[[Args], bool]:
    return lambda args: holds(args[i], args[j])


def _at_least(least: int) -> Callable[[Any], bool]:
    return lambda value: not _is_number(value) or value >= least


def _only(allowed: set[str]) -> Callable[[Any], bool]:
    return lambda value: not isinstance(value, str) or set(value) <= allowed


def _of_length(n: int) -> Callable[[Any], bool]:
    return lambda value: len(value) == n


def _numbers(known: Sequence[Args], called: Sequence[str]) -> Iterator[tuple[str, Callable[[Args], bool]]]:
    for path, values in _by_place(known).items():
        numbers = [value for value in values if _is_number(value)]
        if not numbers or len(numbers) < len(values):
            continue
        low = min(numbers)
        whole = all(isinstance(value, int) for value in numbers)
        least = 1 if low >= 1 and whole else 0 if low >= 0 else None
        verb = "are" if len(path) > 1 else "is"
        if least is not None:
            yield (
                f"{_words(path, called)} {verb} at least {least}",
                _at(path, _at_least(least)),
            )
        if all(value != value or abs(value) <= 1e9 for value in numbers):
            yield (
                f"{_words(path, called)} {verb} at most 10**9 in size",
                _at(path, lambda v: not _is_number(v) or abs(v) <= 1e9),
            )


def _texts(known: Sequence[Args], called: Sequence[str]) -> Iterator[tuple[str, Callable[[Args], bool]]]:
    for path, values in _by_place(known).items():
        texts = [value for value in values if isinstance(value, str)]
        letters = set("".join(texts))
        if not letters or len(texts) < len(values):
            continue
        used = [name for name, members in _CLASSES.items() if letters & members]
        marks = letters - set().union(*_CLASSES.values())
        allowed = marks.union(*(_CLASSES[name] for name in used))
        if "digits" in used and letters & _CLASSES["digits"] <= {"0", "1"} and len(letters & _CLASSES["digits"]) > 1:
            allowed -= set("23456789")
        seen = ", ".join([*used, *(repr(mark) for mark in sorted(marks))])
        words = f"{_words(path, called)} {'have' if len(path) > 1 else 'has'} only {seen}"
        yield words, _at(path, _only(allowed))
        if len(texts) >= _ENOUGH and all(texts):
            yield f"{_words(path, called)} not empty", _at(path, lambda v: not isinstance(v, str) or bool(v))


def _boxes(known: Sequence[Args], called: Sequence[str]) -> Iterator[tuple[str, Callable[[Args], bool]]]:
    for i, name in enumerate(called):
        boxes = [args[i] for args in known if isinstance(args[i], list | tuple)]
        if len(boxes) < len(known) or len(boxes) < _ENOUGH:
            continue
        if all(boxes):
            yield f"{name} is not empty", _on(i, bool)
        long = [box for box in boxes if len(box) > 1]
        if len(long) >= _ENOUGH and all(map(_is_sorted, long)):
            yield f"{name} is in ascending order", _on(i, _is_sorted)
        if len(long) >= _ENOUGH and all(map(_is_distinct, long)):
            yield f"items of {name} differ", _on(i, _is_distinct)
        sizes = {len(box) for box in boxes}
        if len(sizes) == 1 and isinstance(boxes[0], tuple):
            yield f"{name} has {len(boxes[0])} items", _on(i, _of_length(len(boxes[0])))


def _is_sorted(box: Any) -> bool:
    try:
        return list(box) == sorted(box)
    except TypeError:
        return False


def _is_distinct(box: Any) -> bool:
    shown = [repr(item) for item in box]
    return len(set(shown)) == len(shown)


def _between(known: Sequence[Args], called: Sequence[str]) -> Iterator[tuple[str, Callable[[Args], bool]]]:
    """Equal lengths; whole numbers that never exceed a length."""
    if len(known) < _ENOUGH:
        return
    sized = [i for i in range(len(called)) if all(isinstance(args[i], list | tuple | str) for args in known)]
    for a, i in enumerate(sized):
        for j in sized[a + 1 :]:
            lengths = [(len(args[i]), len(args[j])) for args in known]
            if all(x == y for x, y in lengths) and len(set(lengths)) > 1:
                yield f"{called[i]} is as long as {called[j]}", _on_two(i, j, lambda a, b: len(a) == len(b))
    for i in range(len(called)):
        if not all(isinstance(args[i], int) and not isinstance(args[i], bool) for args in known):
            continue
        for j in sized:
            if all(0 <= args[i] <= len(args[j]) for args in known) and len({args[i] for args in known}) > 1:
                yield (
                    f"{called[i]} is not larger than the length of {called[j]}",
                    _on_two(i, j, lambda a, b: 0 <= a <= len(b)),
                )
