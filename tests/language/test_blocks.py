"""Basic blocks against hand-drawn graphs; that real runs follow them is tested in ``tests/execute/trace``."""

from __future__ import annotations

import pytest

from unriddle.errors import BadProblem
from unriddle.language.blocks import EXIT, Scope, basic_blocks


def scope(source: str, name: str = "f") -> Scope:
    return next(found for found in basic_blocks(source) if found.name == name)


def drawn(source: str) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    return [(block.lines, block.successors) for block in scope(source).blocks]


def test_a_branch_inside_a_loop() -> None:
    source = "def f(n):\n  s = 0\n  for i in range(n):\n    if i % 2:\n      s += i\n    s += 1\n  return s\n"
    assert drawn(source) == [
        ((2,), (1,)), ((3,), (2, 5)), ((4,), (3, 4)), ((5,), (4,)), ((6,), (1,)), ((7,), (EXIT,)),
    ]  # fmt: skip
    blocks = scope(source).blocks
    assert [(block.decides, block.body) for block in blocks] == [(0, -1), (3, 2), (4, -1), (0, -1), (0, -1), (0, -1)]


def test_else_of_a_loop_runs_only_without_break() -> None:
    source = "def f(n):\n  while n:\n    if n == 3:\n      break\n    n -= 1\n  else:\n    n = 9\n  return n\n"
    assert drawn(source) == [
        ((2,), (1, 4)), ((3,), (2, 3)), ((4,), (5,)), ((5,), (0,)), ((7,), (5,)), ((8,), (EXIT,)),
    ]  # fmt: skip


def test_every_way_out_leads_through_finally() -> None:
    source = "def f(n):\n  for i in n:\n    try:\n      return i\n    finally:\n      i = 0\n  return 1\n"
    body, last = scope(source).blocks[2], scope(source).blocks[3]
    assert (body.lines, body.successors, body.raises) == ((4,), (3,), (3,))
    assert (last.lines, last.successors) == ((6,), (EXIT,))  # nothing falls through: the body always returns


def test_exceptions_lead_to_handlers_in_order() -> None:
    source = (
        "def f(x):\n  try:\n    x()\n  except KeyError:\n    return 1\n  except ValueError:\n    x = 2\n  return x\n"
    )
    blocks = scope(source).blocks
    assert (blocks[1].lines, blocks[1].raises) == ((3,), (2,))
    assert (blocks[2].lines, blocks[2].successors) == ((4,), (3, 4))
    assert (blocks[4].lines, blocks[4].successors) == ((6,), (EXIT, 5))


def test_a_with_line_runs_again_when_its_body_is_left() -> None:
    assert drawn("def f(x):\n  with x:\n    y = 1\n  return y\n")[:2] == [((2,), (-1, 1, 2)), ((3,), (0,))]


def test_a_case_that_takes_everything_has_no_way_past() -> None:
    source = "def f(x):\n  match x:\n    case 1:\n      return 1\n    case _:\n      return 2\n"
    assert drawn(source) == [((2,), (1,)), ((3,), (2, 3)), ((4,), (EXIT,)), ((5,), (4,)), ((6,), (EXIT,))]


def test_statements_over_several_lines_and_several_on_one() -> None:
    source = "def f(x):\n  y = [a\n       for a in x\n       if a]\n  if y: return y\n  z = 1; return z\n"
    assert drawn(source) == [((2, 3, 4, 5), (EXIT, 1)), ((6,), (EXIT,))]


def test_scopes_have_the_names_and_lines_of_their_code_objects() -> None:
    source = "import a\n@a.b\ndef f():\n  class C:\n    def m(self):\n      return lambda: 1\n"
    got = [(found.name, found.line) for found in basic_blocks(source)]
    assert got == [("<module>", 1), ("f", 2), ("f.<locals>.C", 4), ("f.<locals>.C.m", 5)]
    assert scope(source, "<module>").blocks[0].lines == (1, 2, 3)
    assert scope(source, "f.<locals>.C").short_name == "C"
    assert [scope(source).block_at(line) for line in (4, 6)] == [0, -1]


def test_what_is_not_python_is_refused_with_its_line() -> None:
    with pytest.raises(BadProblem, match="line 2"):
        basic_blocks("x = 1\ndef f(:\n")
