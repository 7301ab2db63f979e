import ast
import inspect
import textwrap

import pytest

from unriddle.errors import BadProblem
from unriddle.language.branches import COUNTS, count_branches

PROGRAM = '''
"""Module."""
from __future__ import annotations
import math

class Box:
    """Box."""
    def __init__(self, x: int) -> None:
        self.__x = x
    def get(self):
        return self.__x

def f(xs, k=3):
    """Doc."""
    out = [x if x > k else -x for x in xs if x and x != 7]
    for x in out:
        if x == 5:
            break
    else:
        out.append(0)
    while len(out) > 4:
        out.pop()
    try:
        out.append(10 // k)
    except ZeroDivisionError:
        out.append(None)
    match k:
        case 0:
            out.append("zero")
        case int() if k > 10:
            out.append("big")
        case _:
            pass
    return list(map(lambda v: v or Box(1).get(), out))
'''


def load(source):
    names = {}
    exec(compile(source, "p.py", "exec", dont_inherit=True), names)
    return names


def counted_run(source, call):
    """The result, and the branches that one call takes."""
    program = count_branches(source)
    names = load(program.source)
    counts = names[COUNTS]
    counts[:] = [0] * len(counts)
    value = eval(call, names)
    return value, {(b.line, b.kind, b.taken): n for b, n in zip(program.branches, counts, strict=True) if n}


@pytest.mark.parametrize("args", ["[1, 2, 5, 9]", "[], 0", "[0, 7, 1, 1, 1, 1, 1, 1], 11", "[5], -1"])
def test_counting_changes_no_result(args):
    value, _ = counted_run(PROGRAM, f"f({args})")
    assert value == eval(f"f({args})", load(PROGRAM))


def test_each_way_of_a_branch_is_counted_as_often_as_it_is_taken():
    source = "def f(xs):\n    n = 0\n    for x in xs:\n        if x > 0 and x < 9:\n            n += 1\n    return n\n"
    _, taken = counted_run(source, "f([1, 10, -1, 2])")
    assert taken == {
        (1, "function", True): 1,
        (3, "for", True): 4,
        (3, "for", False): 1,
        (4, "if", True): 2,
        (4, "if", False): 2,
        (4, "operand", True): 3,
    }


def test_a_loop_left_by_break_is_not_run_to_its_end():
    source = "def f(xs):\n    for x in xs:\n        if x:\n            break\n"
    assert (2, "for", False) not in counted_run(source, "f([1])")[1]
    assert (2, "for", False) in counted_run(source, "f([0])")[1]


def test_handlers_cases_lambdas_and_comprehension_conditions_are_branches():
    _, taken = counted_run(PROGRAM, "f([1, 8], 0)")
    kinds = {kind for _, kind, _ in taken}
    assert {"handler", "case", "comprehension", "conditional", "function"} <= kinds
    assert "handler" not in {kind for _, kind, _ in counted_run(PROGRAM, "f([1, 8], 1)")[1]}


def test_names_tell_the_function():
    assert {b.function for b in count_branches(PROGRAM).branches} >= {"f", "Box.get", "Box.__init__"}


@pytest.mark.parametrize("module", ["textwrap", "heapq", "bisect", "fnmatch", "shlex", "colorsys"])
def test_modules_of_the_library_behave_the_same(module):
    source = inspect.getsource(__import__(module))
    names = load(count_branches(source).source)
    if module == "textwrap":
        text = "the quick brown fox " * 9
        assert names["wrap"](text, 17) == textwrap.wrap(text, 17)
    assert set(names) >= {n.name for n in ast.parse(source).body if isinstance(n, ast.FunctionDef)}


def test_bad_source_is_refused():
    with pytest.raises(BadProblem):
        count_branches("def f(:")


def test_counters_of_a_generator_and_a_coroutine():
    source = "def g(n):\n    while n:\n        yield n\n        n -= 1\nasync def h():\n    return 1\n"
    value, taken = counted_run(source, "list(g(3))")
    assert value == [3, 2, 1]
    assert taken[(2, "while", True)] == 3
