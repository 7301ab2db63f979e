"""The plan of a group: everything about the tests that is the same for every candidate, worked out once.

Expected values stay here, in the judge's process; only arguments are encoded for the sandbox.
"""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from unriddle.errors import BadProblem, shorten
from unriddle.language.encode import encode_trusted
from unriddle.language.typecheck import check_annotation
from unriddle.language.values import Fields, Items, Large, Opaque, decode, encode, key
from unriddle.problem import CallTest, CodeTest, Equality, Returns, Satisfies, Test

__all__ = ["Call", "Plan", "make_plan", "test_names"]


@dataclass(frozen=True)
class Call:
    """One call test, ready to send: column, encoded arguments, encoded expected value (empty where none)."""

    column: int
    test: CallTest
    args: bytes
    kwargs: bytes
    expected: bytes

    @cached_property
    def expected_value(self) -> Any:
        """The expected value as plain data, read when it is first needed: most results have its very bytes."""
        return decode(self.expected) if self.expected else None


@dataclass(frozen=True, slots=True)
class Plan:
    """The tests of a group by how they run.

    Attributes:
        names: ``(m,)`` column names.
        shared: Calls that run one after another in one process.
        alone: Calls that each want a process of their own.
        code: Code tests, by column.
        heavy: A test holds numpy values, so the candidate's process must have numpy.
    """

    names: tuple[str, ...]
    shared: tuple[Call, ...]
    alone: tuple[Call, ...]
    code: tuple[tuple[int, CodeTest], ...]
    heavy: bool


def test_names(tests: Sequence[Test]) -> tuple[str, ...]:
    """Column names: the tests' own, or ``t0``, ``t1`` … by position."""
    return tuple(test.name or f"t{j}" for j, test in enumerate(tests))


def make_plan(tests: Sequence[Test]) -> Plan:
    """The plan of these tests.

    Raises:
        BadProblem: A test holds a value that is not plain data, or an annotation that is not supported.
    """
    calls = [_call(j, test) for j, test in enumerate(tests) if isinstance(test, CallTest)]
    return Plan(
        names=test_names(tests),
        shared=tuple(call for call in calls if not call.test.isolated),
        alone=tuple(call for call in calls if call.test.isolated),
        code=tuple((j, _parsed(j, test)) for j, test in enumerate(tests) if isinstance(test, CodeTest)),
        heavy=any(_is_heavy(call) for call in calls),
    )


def _call(column: int, test: CallTest) -> Call:
    where = f"test {column} ({test.name or test.source or test.entry})"
    args = _plain(tuple(test.args), where, "args")
    kwargs = _plain(dict(test.kwargs), where, "kwargs") if test.kwargs else _NO_KWARGS
    expected = b""
    if isinstance(test.expect, Returns):
        expected = encode(test.expect.value)
        if (b"O" in expected or b"S" in expected) and key(expected) is None:  # their tags: what equals nothing
            raise BadProblem(f"{where}: the expected value must be plain data, got {shorten(test.expect.value)}")
        if type(test.expect.value) is Large and test.expect.equality != Equality():
            raise BadProblem(
                f"{where}: of the expected value only a digest is known, which can be compared exactly but not as "
                f"{test.expect.equality}; use Equality() or give the value itself"
            )
    elif isinstance(test.expect, Satisfies) and test.expect.type:
        check_annotation(test.expect.type)
    return Call(column, test, args, kwargs, expected)


_NO_KWARGS = encode_trusted({})


def _plain(value: Any, where: str, what: str) -> bytes:
    """Encoded arguments. What would arrive as something else (an iterator, a record of a class) is refused."""
    data = encode_trusted(value)
    if data[:1] == b"G":
        strange = [item for item in _flat([decode(data[1:])]) if isinstance(item, Fields | Items | Opaque)]
        if strange:
            raise BadProblem(
                f"{where}: {what} must be plain data that a program can be given (see unriddle.language.values), got "
                f"{shorten(value)}; write such a test as a CodeTest"
            )
    return data


def _parsed(column: int, test: CodeTest) -> CodeTest:
    for what, text in (("code", test.code), ("prelude", test.prelude)):
        try:
            ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            where = f"test {column} ({test.name or test.entry})"
            raise BadProblem(f"{where}: its {what} is not Python: {error}") from error
    return test


def _is_heavy(call: Call) -> bool:
    """Whether decoding the arguments needs numpy."""
    return any(data[:1] == b"G" and (b"A" in data or b"a" in data) for data in (call.args, call.kwargs)) and any(
        type(item).__module__ == "numpy" for item in _flat([*call.test.args, *call.test.kwargs.values()])
    )


def _flat(values: Sequence[Any]) -> list[Any]:
    """The values inside lists, tuples, sets, dicts and deques, those themselves left out."""
    found, stack = [], list(values)
    while stack:
        item = stack.pop()
        if isinstance(item, list | tuple | set | frozenset | deque):
            stack.extend(item)
        elif isinstance(item, dict):
            stack.extend([*item.keys(), *item.values()])
        else:
            found.append(item)
    return found
