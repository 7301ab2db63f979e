"""Problem: what is asked, and the visible tests that say what is wanted.

A ``Problem`` carries visible tests only. Hidden tests belong to a Benchmark and never reach a proposer.
Not covered: problems over several files; a problem is one program with one entry point.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from unriddle.errors import BadProblem, shorten

__all__ = [
    "CallTest",
    "CodeTest",
    "Equality",
    "Expectation",
    "Parameter",
    "Problem",
    "Raises",
    "Returns",
    "Satisfies",
    "Signature",
    "Test",
]


@dataclass(frozen=True, slots=True)
class Equality:
    """How a returned value is compared with the expected one. The judge applies it, outside the sandbox.

    Args:
        kind: ``exact``: Python's ``==`` on plain data, except that NaN equals NaN. ``close``: numbers anywhere in
            the value may differ by ``atol + rtol * abs(expected)``. ``unordered``: two sequences with the same
            elements in any order. ``set``: two collections with the same distinct elements. ``truth``: only the
            truth value counts.
        atol: Absolute tolerance of ``close`` (also used by ``unordered`` when it is not 0).
        rtol: Relative tolerance, against the expected value.
        same_type: The value must have the expected value's type at every level (``True`` is not ``1``).
        arrays: A numpy array, an iterator, a deque or a range equals a list or tuple of the same elements.
    """

    kind: Literal["exact", "close", "unordered", "set", "truth"] = "exact"
    atol: float = 0.0
    rtol: float = 0.0
    same_type: bool = False
    arrays: bool = False


@dataclass(frozen=True, slots=True)
class Returns:
    """The call returns this value, under this equality."""

    value: Any
    equality: Equality = field(default_factory=Equality)


@dataclass(frozen=True, slots=True)
class Raises:
    """The call raises this built-in exception or a subclass of it."""

    exception: str = "Exception"


@dataclass(frozen=True, slots=True)
class Satisfies:
    """The returned value satisfies a predicate, which runs in the driver process on a copy of the value.

    Args:
        code: Source of the predicate (trusted: it comes with the problem).
        entry: Name of the predicate in ``code``; it must return exactly ``True`` for a PASS.
        args: Further arguments after the value.
        type: Annotation the value must have exactly (``List[int]``: no bool, no tuple); empty for any.
    """

    code: str
    entry: str = "sat"
    args: tuple[Any, ...] = ()
    type: str = ""


Expectation = Returns | Raises | Satisfies


@dataclass(frozen=True, slots=True)
class CallTest:
    """One call of the candidate's entry point.

    Args:
        entry: Name of the function (or class) to call.
        args: Positional arguments, plain data.
        kwargs: Keyword arguments, plain data.
        expect: What must come back; ``None`` records the value and passes whenever the call returns.
        name: Label of the column; unique within a list of tests when given.
        isolated: Run in a process of its own, so that no state of an earlier test is seen.
        source: How the test reads for a person (``assert f(1) == 2``); may be empty.
    """

    entry: str
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    expect: Expectation | None = None
    name: str = ""
    isolated: bool = False
    source: str = ""


@dataclass(frozen=True, slots=True)
class CodeTest:
    """Test code that is not a single call. It runs in a driver process; the candidate is a remote proxy there.

    The code passes when it runs to its end. ``candidate`` and the entry's own name are bound to the candidate's
    entry point; every other global name that ``code`` uses and neither ``prelude`` nor ``code`` defines is looked
    up in the candidate's module.

    Args:
        code: Python source of the test.
        entry: Name of the candidate's entry point.
        prelude: Trusted source run in the driver before ``code`` (helpers that the problem itself provides).
        classes: Names of candidate classes under test. What they make forwards operators (``==``, ``<``, ``len`` …)
            to the candidate; every other object of the candidate refuses them, so that it cannot lie about itself.
        name: Label of the column.
        source: How the test reads for a person; defaults to ``code``.
    """

    code: str
    entry: str = ""
    prelude: str = ""
    classes: tuple[str, ...] = ()
    name: str = ""
    source: str = ""


Test = CallTest | CodeTest


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: its name, its annotation and its default, both as source text (empty where absent)."""

    name: str
    annotation: str = ""
    default: str = ""


@dataclass(frozen=True, slots=True)
class Signature:
    """Name, parameters and return annotation of the entry point."""

    name: str
    parameters: tuple[Parameter, ...] = ()
    returns: str = ""

    def header(self) -> str:
        """The ``def`` line.

        >>> Signature("f", (Parameter("x", "int"), Parameter("k", "", "2")), "int").header()
        'def f(x: int, k=2) -> int:'
        """
        parts = []
        for p in self.parameters:
            text = f"{p.name}: {p.annotation}" if p.annotation else p.name
            if p.default:
                text += f" = {p.default}" if p.annotation else f"={p.default}"
            parts.append(text)
        returns = f" -> {self.returns}" if self.returns else ""
        return f"def {self.name}({', '.join(parts)}){returns}:"


@dataclass(frozen=True, slots=True)
class Problem:
    """What a proposer is asked to solve.

    Args:
        id: Name of the problem, unique within its benchmark (``HumanEval/23``).
        statement: What is wanted, in words; may be empty for puzzles and tables.
        signature: The entry point the program must define.
        stub: Source text to be completed: imports, helpers, the ``def`` line and its docstring.
        tests: Visible tests, ``(m,)``.
        kind: ``function`` (write the function), ``puzzle`` (find a value the verifier accepts) or ``table``
            (fill a column from examples).
        context: Trusted code of the problem that every program may use and that is put before it.
        language: The language of the programs wanted.
        meta: Anything else, as plain data: source file, verifier, constants.

    Raises:
        BadProblem: There is no id or no entry point name, or two tests share a name.
    """

    id: str
    statement: str
    signature: Signature
    stub: str = ""
    tests: tuple[Test, ...] = ()
    kind: Literal["function", "puzzle", "table"] = "function"
    context: str = ""
    language: str = "python"
    meta: Mapping[str, Any] = field(default_factory=dict, hash=False, compare=False)

    def __post_init__(self) -> None:
        if not self.id:
            raise BadProblem("Problem: id is empty; give every problem a name, for example its file name")
        if not self.signature.name.isidentifier():
            raise BadProblem(
                f"Problem {self.id}: the entry point must be a Python name, got {shorten(self.signature.name)}"
            )
        names = [test.name for test in self.tests if test.name]
        for name in names:
            if names.count(name) > 1:
                raise BadProblem(f"Problem {self.id}: two tests are named {name!r}; names must differ")

    @property
    def entry(self) -> str:
        """Name of the entry point."""
        return self.signature.name
