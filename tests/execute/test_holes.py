"""Programs with holes: what is a hole, what fills it, and what a hostile program can do about it."""

import pytest

from unriddle.errors import BadInput
from unriddle.execute import open_executor
from unriddle.execute.holes import run_with_holes

FRUITS = {"apple", "plum"}
COUNT = """n = 0
for thing in ["apple", "car", "plum"]:
    if is_fruit(thing):
        n += 1
answer = n
"""


@pytest.fixture(scope="module")
def executor():
    with open_executor(workers=1) as opened:
        yield opened


class Fill:
    """Fills holes from a table of sources, or by a rule for ``is_fruit``; notes what it was asked."""

    def __init__(self, table=None):
        self.table, self.asked = table or {}, []

    def __call__(self, holes):
        self.asked += holes
        return [self._one(hole) for hole in holes]

    def _one(self, hole):
        if hole.source in self.table:
            return self.table[hole.source]
        if hole.kind == "call":
            return {"_value": hole.source.split("'")[1] in FRUITS}
        return {"_value": hole.state["thing"] in FRUITS}


def run(source, executor, fill=None, **more):
    (found,) = run_with_holes([source], fill or Fill(), executor=executor, **more)
    return found


def test_state_is_kept_between_python_and_what_is_filled_in(executor):
    fill = Fill()
    found = run(COUNT, executor, fill)
    assert (found.end, found.answer, found.n_filled) == ("done", 2, 3)
    assert [hole.state for hole in fill.asked] == [
        {"n": 0, "thing": "apple"}, {"n": 1, "thing": "car"}, {"n": 1, "thing": "plum"},
    ]  # fmt: skip
    assert [(step.by, step.line) for step in found.steps if step.by == "lm"] == [("lm", 3)] * 3
    assert "LMulator if is_fruit(thing):    # _value = False" in str(found)
    assert str(found).endswith("answer = 2")


def test_nothing_of_a_filled_statement_happens_in_part(executor):
    source = "xs = [1, 2]\ny = xs.pop() + guess()\nanswer = (xs, y)\n"
    fill = Fill({"y = xs.pop() + guess()": {"y": 7}})
    assert run(source, executor, fill).answer == ([1, 2], 7)
    assert fill.asked[0].state == {"xs": [1, 2]}
    assert fill.asked[0].targets == {"xs", "y"}


def test_other_names_for_a_list_see_its_filled_in_change(executor):
    source = "xs = [3, 1]\nsame = xs\nsort_by_size(xs)\nys = order(xs)\nanswer = (same, same is xs, ys is xs)\n"
    fill = Fill({"sort_by_size(xs)": {"xs": [1, 3]}, "ys = order(xs)": {"ys": [1, 3]}})
    assert run(source, executor, fill).answer == ([1, 3], True, False)


def test_objects_of_the_program_live_on(executor):
    source = """class Box:
    def __init__(self): self.items = []
box = Box()
def draw():
    yield from range(3)
numbers = draw()
box.items.append(next(numbers))
kind = guess()
box.items.append(next(numbers))
answer = (box.items, kind)
"""
    assert run(source, executor, Fill({"kind = guess()": {"kind": "x"}})).answer == ([0, 1], "x")


def test_only_what_a_statement_can_change_is_taken(executor):
    table = {"x = guess()": {"x": 2, "n": 99}}
    source = "n = 1\nx = guess()\nanswer = (n, x)\n"
    assert run(source, executor, Fill(table)).answer == (1, 2)
    assert run(source, executor, Fill(table), restrict=False).answer == (99, 2)
    assert run(source, executor, Fill({"x = guess()": {"n": 99}})).end == "not filled"


@pytest.mark.parametrize(
    ("source", "answer"),
    [
        ("n = 0\nwhile True:\n    n += 1\n    if n > 3:\n        break\nelse:\n    n = 0\nanswer = n", 4),
        (
            "n = 0\nfor i in range(5):\n    if i % 2:\n        continue\n    n += i\nelse:\n    n += 100\nanswer = n",
            106,
        ),
        ("try:\n    x = nobody(1)\nexcept NameError as error:\n    x = 5\nfinally:\n    y = 1\nanswer = x + y", 6),
        ("try:\n    raise KeyError(1)\nexcept ValueError:\n    x = 1\nexcept KeyError:\n    x = 2\nanswer = x", 2),
        ("for a, (b, *c) in [(1, (2, 3, 4))]:\n    pass\nreturn a + b + sum(c)", 10),
        ("import math\ndef f(n):\n    return 1 if n < 2 else n * f(n - 1)\nanswer = f(5) + math.floor(1.5)", 121),
        ("answer = {(1, 2): {3}, None: [True, 1.5]}", {(1, 2): {3}, None: [True, 1.5]}),
    ],
)
def test_python_itself_runs_as_ever(source, answer, executor):
    found = run(source, executor)
    assert (found.end, found.answer, found.n_filled) == ("done", answer, 0)


def test_the_same_random_numbers_are_drawn_each_time(executor):
    source = "import random\nfirst = random.random()\nx = guess()\nanswer = first\n"
    seen = []

    def fill(holes):
        seen.append(holes[0].state["first"])
        return [{"x": 1}]

    assert run(source, executor, fill).answer == seen[0]


def test_calls_are_asked_once_for_each_arguments(executor):
    source = (
        "def twice(x):\n    return [is_fruit(x), is_fruit(x)]\nanswer = [twice(x) for x in ['plum', 'car', 'plum']]\n"
    )
    fill = Fill()
    found = run(source, executor, fill, level="call")
    assert found.answer == [[True, True], [False, False], [True, True]]
    assert [hole.source for hole in fill.asked] == ["is_fruit('plum')", "is_fruit('car')"]
    known = run(source, executor, Fill(), level="call", facts={"is_fruit('plum')": False, "is_fruit('car')": True})
    assert (known.answer[0], known.n_filled) == ([False, False], 0)


def test_a_bare_except_does_not_swallow_a_call(executor):
    source = "try:\n    x = is_fruit('plum')\nexcept:\n    x = None\nanswer = x\n"
    inner = "def f():\n    try:\n        return is_fruit('plum')\n    except BaseException:\n        return None\n"
    found = [run(text, executor, level="call").answer for text in (source, inner + "answer = f()\n")]
    assert found == [True, True]


def test_lines_in_plain_language_are_holes(executor):
    source = "words = ['b', 'a']\nsort the words\nif the first of them is a:\n    answer = words\n"
    table = {"sort the words": {"words": ["a", "b"]}, "_value = the first of them is a": {"_value": True}}
    found = run(source, executor, Fill(table))
    assert (found.answer, found.n_filled) == (["a", "b"], 2)
    assert run("def f(:\n  x = = 2", executor).end == "unreadable"


def test_an_error_is_a_hole_or_the_end(executor):
    source = "xs = []\nx = xs[0]\nanswer = x\n"
    table = {"x = xs[0]": {"x": 3}}
    assert run(source, executor, Fill(table)).answer == 3
    ended = run(source, executor, Fill(table), only_undefined=True)
    assert (ended.end, ended.answer) == ("error", None)
    assert "IndexError" in ended.error
    assert run("raise ValueError('no')", executor).error == "line 1: ValueError: no"


@pytest.mark.parametrize(
    ("source", "end"),
    [
        ("while True:\n    pass\n", "too many"),
        ("x = 1\n", "error"),
        ("import os\nos._exit(0)\n", "error"),
        ("answer = lambda: 1\n", "error"),
        ("raise SystemExit\n", "error"),
        ("answer = 'x' * 10_000_000\n", "error"),
        ("x = guess()\nanswer = x\n", "not filled"),
        ("for i in range(100):\n    x = guess(i)\nanswer = 1\n", "too many"),
        ("import sys\nsys.modules['candidate'].run_program = None\nraise SystemExit", "error"),
    ],
)
def test_every_other_end_has_a_reason(source, end, executor):
    def fill(holes):
        return [{"x": 1} if "(i)" in hole.source else None for hole in holes]

    found = run(source, executor, fill, max_holes=5)
    assert (found.end, found.answer) == (end, None)
    assert found.error


def test_a_program_that_does_something_else_each_time_ends(executor):
    # Both holes would have to be at the same steps again: less than one chance in 10,000.
    loop = "for i in range(int.from_bytes(os.urandom(4)) % 1500):\n    pass\n"
    source = f"import os\n{loop}x = f()\n{loop}y = f()\nanswer = 1\n"
    found = run(source, executor, lambda holes: [{"x": 1, "y": 1}] * len(holes), max_holes=4)
    assert found.end in ("diverged", "too many")


def test_programs_run_together_and_keep_their_order(executor):
    rounds = []

    def fill(holes):
        rounds.append([hole.program for hole in holes])
        return [{"_value": True} for _ in holes]

    programs = ["answer = 1", COUNT, "if is_fruit(2):\n    answer = 3\n"]
    found = run_with_holes(programs, fill, executor=executor)
    assert [one.answer for one in found] == [1, 3, 3]
    assert rounds == [[1, 2], [1], [1]]


def test_names_are_given_to_each_run(executor):
    found = run_with_holes(["answer = x * 2"] * 2, Fill(), executor=executor, names=[{"x": 2}, {"x": "ab"}])
    assert [one.answer for one in found] == [4, "abab"]


@pytest.mark.parametrize(
    ("more", "message"),
    [({"level": "word"}, "level"), ({"names": []}, "1 programs but 0 names"), ({"facts": {"f(1)": object}}, "plain")],
)
def test_bad_arguments_are_named(more, message, executor):
    with pytest.raises(BadInput, match=message):
        run_with_holes(["answer = 1"], Fill(), executor=executor, **more)


def test_what_fills_a_hole_must_be_plain(executor):
    with pytest.raises(BadInput, match="plain"):
        run("x = guess()", executor, lambda holes: [{"x": object()}])
    with pytest.raises(BadInput, match="1 holes"):
        run("x = guess()", executor, lambda holes: [])


def test_no_programs_are_no_work(executor):
    assert run_with_holes([], Fill(), executor=executor) == []
