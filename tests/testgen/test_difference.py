"""Differences between two programs: found, named, made small; and what is not called one."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from unriddle.budget import Budget
from unriddle.contracts import Executor
from unriddle.errors import BadInput, BadProblem
from unriddle.execute import open_executor
from unriddle.outcome import Limits
from unriddle.testgen.difference import Difference, NoDifference, find_difference
from unriddle.testgen.difference_entries import affected_entries, difference_pool

SHORT = Budget(candidates=None, runs=1500, seconds=4)


@pytest.fixture(scope="module")
def executor() -> Iterator[Executor]:
    with open_executor(workers=2) as one:
        yield one


def _find(p: str, q: str, executor: Executor, **more: Any) -> Difference | NoDifference:
    """Endless calls are ended early: what is tested is what they are called."""
    more = {"limits": Limits(cpu_seconds=0.3, memory_mb=512, max_kills=1), **more}
    return find_difference(p, q, executor=executor, rng=np.random.default_rng(0), **{"budget": SHORT, **more})


def _differs(p: str, q: str, executor: Executor, **more: Any) -> Difference:
    found = _find(p, q, executor, **more)
    assert isinstance(found, Difference), found.why
    return found


def _agrees(p: str, q: str, executor: Executor, **more: Any) -> NoDifference:
    found = _find(p, q, executor, **more)
    assert isinstance(found, NoDifference), found.args
    return found


def test_the_smallest_input_is_found_without_annotations(executor: Executor) -> None:
    p = "def f(words):\n    return [w.upper() for w in words if len(w) > 1]\n"
    found = _differs(p, p.replace("> 1", ">= 1"), executor)
    assert len(found.args[0]) == 1
    assert len(found.args[0][0]) == 1
    assert (found.category, found.valid) == ("value", True)


def test_a_constant_of_one_program_is_tried(executor: Executor) -> None:
    p = "def f(s: str, n: int):\n    return s.upper()\n"
    found = _differs(p, p.replace("s.upper()", "s.upper() if n != 1234 else s"), executor)
    assert found.args[1] == 1234


def test_items_of_generators_are_compared(executor: Executor) -> None:
    p = "def f(n: int):\n    yield from range(n)\n"
    found = _differs(p, "def f(n: int):\n    for i in range(n):\n        if i != 3:\n            yield i\n", executor)
    assert found.args == (4,)
    endless = "def f(n: int):\n    while True:\n        yield n\n"
    assert _agrees(endless, endless.replace("yield n", "yield n + 0"), executor).log.n_inputs > 50


def test_methods_are_called_in_turn(executor: Executor) -> None:
    p = (
        "class Box:\n    def __init__(self):\n        self.all = []\n"
        "    def put(self, x):\n        self.all.append(x + 0)\n"
        "    def size(self):\n        return len(self.all)\n"
    )
    q = p.replace("self.all.append(x + 0)", "self.all = (self.all + [x])[:2]")
    found = _differs(p, q, executor)
    assert [turn[0] for turn in found.args[0]] == ["put", "put", "put", "size"]


@pytest.mark.parametrize(
    ("p", "q", "category"),
    [
        ("def f(a):\n    return sorted(a)\n", "def f(a):\n    a.sort()\n    return a\n", "arguments"),
        ("def f(a: int):\n    print(a)\n", "def f(a: int):\n    print(a + 0.5)\n", "printed"),
        ("def f(a: int):\n    return 1\n", "def f(a: int):\n    return a // a\n", "second raises"),
        ("def f(a: int):\n    return a // a * 0\n", "def f(a: int):\n    return 0\n", "first raises"),
        ("def f(a: bool):\n    return 1\n", "def f(a: bool):\n    while a:\n        pass\n    return 1\n",
         "second does not end"),
        ("import sys\ndef f(a: bool):\n    return a and sys.exit(1)\n", "def f(a: bool):\n    return False\n",
         "first raises"),
    ],
)  # fmt: skip
def test_what_a_caller_can_see_has_a_category(p: str, q: str, category: str, executor: Executor) -> None:
    found = _differs(p, q, executor, budget=Budget(candidates=None, runs=300, seconds=2))
    assert found.category == category
    assert found.valid == (not category.startswith("first"))


def test_effects_can_be_left_out(executor: Executor) -> None:
    p, q = "def f(a):\n    a = sorted(a)\n    return a[:1]\n", "def f(a):\n    a.sort()\n    return a[:1]\n"
    assert _agrees(p, q, executor, effects=False).coverage == (1.0, 1.0)


@pytest.mark.parametrize("call", ["random.random()", "time.time_ns()", "len(str(object()))"])
def test_random_programs_are_named_and_not_called_different(call: str, executor: Executor) -> None:
    p = f"import random, time\ndef f(x: int):\n    return x + {call}\n"
    found = _agrees(p, p.replace("x + ", "1 + x + ") if "len" not in call else p + "y = 1\n", executor)
    assert set(found.log.flaky) == ({"first", "second"} if "len" not in call else set())


def test_what_earlier_calls_left_behind_is_no_difference(executor: Executor) -> None:
    p = "seen = []\ndef f(n: int):\n    seen.append(n)\n    return len(seen)\n"
    found = _agrees(p, p.replace("len(seen)", "len(seen[::2])"), executor)
    assert found.log.n_unsteady > 0
    assert "keep something between calls" in found.why


def test_files_of_earlier_calls_are_no_difference(executor: Executor) -> None:
    p = "def f(n: int):\n    open('x.txt', 'w').write('a' * abs(n))\n    return len(open('x.txt').read())\n"
    found = _agrees(p, p.replace("'w'", "'a'"), executor)
    assert found.log.n_unsteady > 0


def test_objects_are_compared_by_their_fields(executor: Executor) -> None:
    p = "class N:\n    def __init__(self, v, nx):\n        self.v, self.nx = v, nx\ndef f(xs: list[int]):\n"
    p += "    h = None\n    for x in xs:\n        h = N(x, h)\n    return h\n"
    assert len(_differs(p, p.replace("in xs", "in xs[::-1]"), executor, entry="f").args[0]) == 2
    assert _agrees(p, p.replace("h = None", "h = None or None"), executor, entry="f").log.n_inputs > 100


def test_enormous_and_unhashable_values_are_values(executor: Executor) -> None:
    p = "def f(n: int):\n    return [{n}] * (10**6 if n == 2 else 1)\n"
    found = _differs(p, p.replace("10**6", "10**5"), executor)
    assert found.args == (2,)
    assert found.first.value[:3] == ("<too large>", "list", 10**6)
    p = "def f(n: int):\n    return [0] * (10**6 if n == -1 else 1) + [n]\n"
    assert _differs(p, p.replace("[n]", "[abs(n)]") + "K = 7\n", executor, seeds=[(-1,)]).category == "value"


def test_the_same_text_is_not_run(executor: Executor) -> None:
    found = _agrees("def f(x):\n    return x\n", "def f(x):  # the same\n    'Doc.'\n    return (x)\n", executor)
    assert (found.log.n_inputs, found.log.spent.runs) == (0, 0)


def test_programs_that_never_return_are_said_to(executor: Executor) -> None:
    p = "def f(n: bool):\n    while True:\n        pass\n"
    found = _agrees(p, p.replace("True", "1"), executor, budget=Budget(candidates=None, seconds=1.5))
    assert "returned on none" in found.why or "no more inputs" in found.why


def test_refused_inputs_are_not_run(executor: Executor) -> None:
    p = "def f(n: int):\n    return n\n"
    found = _differs(p, "def f(n: int):\n    return abs(n) if n < 20 else 0\n", executor, accepts=lambda a: a[0] >= 0)
    assert found.args == (20,)


def test_values_may_count_as_equal(executor: Executor) -> None:
    p, q = "def f(x: float):\n    return x\n", "def f(x: float):\n    return x + 1e-13\n"
    assert _differs(p, q, executor).category == "value"
    _agrees(p, q, executor, equal=lambda a, b: abs(a - b) < 1e-9)


def test_equal_states_give_equal_searches(executor: Executor) -> None:
    p = "def f(s: str, k: int):\n    return s[:k]\n"
    q = "def f(s: str, k: int):\n    return s[:k] if s[2:3] != 'x' else ''\n"
    one, two = _find(p, q, executor), _find(p, q, executor)
    assert isinstance(one, Difference)
    assert isinstance(two, Difference)
    assert (one.args, one.found, one.log.n_to_first) == (two.args, two.found, two.log.n_to_first)


@pytest.mark.parametrize(
    ("p", "q", "message"),
    [
        ("def f(x):\n    return x\n", "def g(x):\n    return x\n", "no function or class in common"),
        (
            "def f(x):\n    return x\n",
            "import nothing_there\ndef f(x):\n    return x + 1\n",
            "second program does not load",
        ),
        ("def f(x):\n    return x\n", "def f(x:\n", "expected Python source"),
    ],
)
def test_programs_that_cannot_be_compared(p: str, q: str, message: str, executor: Executor) -> None:
    with pytest.raises(BadInput, match=message):
        _find(p, q, executor)


def test_inputs_that_do_not_fit(executor: Executor) -> None:
    p, q = "def f(x, y=1):\n    return x\n", "def f(x, y=1):\n    return x + 1\n"
    with pytest.raises(BadInput, match="expected inputs with 2 arguments"):
        _find(p, q, executor, seeds=[(1, 2, 3)])
    assert _differs(p, q, executor, seeds=[(5,)], shrink=False).args == (5,)
    with pytest.raises(BadProblem, match="named 'h'"):
        _find(p, q, executor, entry="h")


def test_helpers_count_through_what_calls_them() -> None:
    p = "LIMIT = 3\ndef help(x):\n    return x\ndef f(x):\n    return help(x)\ndef other(x):\n    return x\n"
    assert affected_entries(p, p.replace("return x\ndef f", "return -x\ndef f")) == ["f"]
    assert affected_entries(p, p.replace("LIMIT = 3", "LIMIT = 4")) == ["f", "other"]
    assert affected_entries(p, p) == ["other"]


def test_constants_that_differ_come_first() -> None:
    assert difference_pool("def f(x):\n    return x > 90, 7", "def f(x):\n    return x > 40, 7")["int"][:3] == [
        90,
        89,
        91,
    ]


def test_a_slow_program_is_not_taken_for_an_endless_one(executor: Executor) -> None:
    p = "def f(n: bool):\n    return n\n"
    q = "import time\ndef f(n: bool):\n    end = time.process_time() + 0.4\n    while time.process_time() < end:\n"
    q += "        pass\n    return n\n"
    found = _agrees(p, q, executor, limits=Limits(cpu_seconds=2.0), budget=Budget(candidates=None, runs=60))
    assert found.log.n_unsteady == 0


def test_an_unbounded_search_is_refused(executor: Executor) -> None:
    with pytest.raises(BadInput, match="never end"):
        _find("def f(x):\n    return x\n", "def f(x):\n    return 1\n", executor, budget=Budget(candidates=3))


def test_guessing_types_leaves_most_of_a_small_budget(executor: Executor) -> None:
    p = "def f(a, b):\n    return [a, b]\n"
    found = _agrees(p, p.replace("[a, b]", "[a] + [b]"), executor, budget=Budget(candidates=None, runs=200))
    assert found.log.n_inputs >= 70
