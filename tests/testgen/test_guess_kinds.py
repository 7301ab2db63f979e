"""Kinds of parameters, guessed from how they are used."""

import pytest

from unriddle.errors import BadProblem
from unriddle.testgen.guess_kinds import annotation_of, example_calls, guess_signature, likely_kinds
from unriddle.testgen.kinds import Kind, kind_of_annotation


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ("return q.lower()", "str"),
        ("return q % 2", "int"),
        ("q.append(1)", "list[int]"),
        ("return q[0].split(), q.sort()", "list[str]"),
        ("return [a + b for a, b in q]", "list[tuple[int, int]]"),
        ("for key, value in q.items():\n        key.strip(), value + 1", "dict[str, int]"),
        ("return q['name']", "dict[str, int]"),
        ("q[0] = 3", "list[int]"),
        ("return q[0][1] * 2", "list[list[int]]"),
        ("other = q\n    return other.split()", "str"),
        ("return ','.join(q)", "list[str]"),
        ("return [0] * q", "int"),
        ("return [0 for _ in range(q)]", "int"),
        ("return sum(q) / 2.5", "list[int]"),
    ],
)
def test_usage_tells_the_kind(body: str, wanted: str) -> None:
    assert guess_signature(f"def f(q):\n    {body}\n", "f").parameters[0].annotation == wanted


def test_annotations_examples_and_defaults_are_believed() -> None:
    source = "def f(a: str, b, c=1.5):\n    '''\n    >>> f('x', [('a', 2)])\n    3\n    '''\n    return a\n"
    assert [p.annotation for p in guess_signature(source, "f").parameters] == ["str", "list[tuple[str, int]]", "float"]


def test_vague_annotations_are_narrowed() -> None:
    assert likely_kinds("def f(q: list):\n    return [w.lower() for w in q]", "f")[0][0] == Kind("list", (Kind("str"),))


def test_methods_and_classes_are_read_without_self() -> None:
    source = (
        "class C:\n    def __init__(self, n):\n        self.n = n\n    def add(self, s):\n        return s.strip()\n"
    )
    assert guess_signature(source, "C.add").header() == "def add(s: str):"
    assert guess_signature(source, "C").header() == "def C(n: int):"
    with pytest.raises(BadProblem, match="expected a method 'sub'"):
        guess_signature(source, "C.sub")


def test_examples_are_literal_calls_outside_the_function() -> None:
    source = "def f(x):\n    return f(0) if x else 1\nassert f(1) == 2\nprint(f(y), f(2))\n"
    assert example_calls(source, "f") == [(1,), (2,)]


def test_annotations_can_be_read_back() -> None:
    for text in ("int", "list[str]", "dict[str, int | None]", "tuple[int, ...]", "tuple[int, str]", "set[float]"):
        kind = kind_of_annotation(text)
        assert kind_of_annotation(annotation_of(kind)) == kind
