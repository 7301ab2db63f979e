"""Edits of a program: what they are, that they are programs, and the conversation of asking and telling."""

from __future__ import annotations

import ast

import numpy as np
import pytest

from unriddle.errors import BadProblem
from unriddle.outcome import Status
from unriddle.propose.repair import RepairProposer, edits
from unriddle.verdicts import Verdicts

SAMPLE = '''def walk(items, limit):
    """Doc stays."""
    total = 0  # a comment, with ä
    for item in items:
        if item > limit and total is not None:
            continue
        total += item
    return [total, max(items, default=0)]


def tree(node):
    if node.left:
        yield tree(node.left)
    yield node.value
'''


def sources(source: str) -> set[str]:
    return {edit.source for edit in edits(source)}


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("return a < b", "return a <= b"),
        ("return a - b", "return a + b"),
        ("return f(a, b)", "return f(b, a)"),
        ("return a[b]", "return a[b - 1]"),
        ("return range(a, b)", "return range(a, b + 1)"),
        ("return min(a, b)", "return max(a, b)"),
        ("return f(a)", "return f(a, b)"),
        ("return []", "return [[]]"),
        ("return [a]", "return [a, b]"),
        ("return a", "return b"),
        ("return a[1:]", "return a[2:]"),
        ("return a and b", "return a or b"),
        ("return not a", "return a"),
        ("return a == b == 1", "return a == b == 2"),
        ("return sum(x for x in a)", "return sum(x for x in a if x)"),
    ],
)
def test_known_mistakes_are_undone(wrong: str, right: str) -> None:
    head = "def f(a, b):\n    "
    found = {ast.unparse(ast.parse(text)) for text in sources(f"{head}{wrong}\n")}
    assert ast.unparse(ast.parse(f"{head}{right}\n")) in found


def test_statements_are_put_in_dropped_and_moved() -> None:
    source = "def f(n):\n    r = 1\n    for i in range(n):\n        r = r * n\n        n = 2\n    return r\n"
    found = sources(source)
    assert source.replace("        n = 2\n", "") in found
    assert source.replace("        n = 2\n", "    n = 2\n") in found, "out of the loop"
    assert source.replace("    r = 1\n", "    if n <= 1:\n        return r\n    r = 1\n") in found, "a base case"
    assert source.replace("        n = 2\n", "        n = 2\n        i = n\n") in found, "an assignment"


def test_several_targets_stay_without_brackets() -> None:
    source = "def f(a, b):\n    for i, x in a:\n        b = x\n    return b\n"
    assert source.replace("in a", "in b") in sources(source)


def test_generators_may_yield_what_another_one_gives() -> None:
    assert SAMPLE.replace("yield tree(", "yield from tree(") in sources(SAMPLE)


def test_every_edit_is_a_program_that_keeps_what_it_does_not_touch() -> None:
    found = edits(SAMPLE)
    assert len(found) > 500
    assert len({edit.source for edit in found}) == len(found)
    for edit in found:
        ast.parse(edit.source)
    kept = [edit for edit in found if edit.line > 3 and edit.rule != "missing statement"]
    assert all("total = 0  # a comment, with ä" in edit.source for edit in kept if edit.rule != "outside its block")
    assert [e.order for e in found] == sorted(e.order for e in found)


def test_edits_are_where_the_suspicion_is() -> None:
    found = edits(SAMPLE, suspicion=lambda line, column: 1.0 if line == 8 else 0.0)
    assert {edit.line for edit in found} == {8}
    only = edits(SAMPLE, function="tree")
    assert only
    assert all(edit.line > 10 for edit in only)


def test_what_cannot_be_read_is_refused() -> None:
    with pytest.raises(BadProblem, match="line 1"):
        edits("def f(:\n")


def verdicts_of(candidates: list[str], passed: list[list[bool]]) -> Verdicts:
    status = np.where(np.array(passed), int(Status.PASS), int(Status.FAIL)).astype(np.int8)
    n, m = status.shape
    return Verdicts(
        status, np.full((n, m), -1, np.int32), np.zeros((n, m), np.float32), np.zeros(n), tuple(candidates),
        tuple(f"t{j}" for j in range(m)),
    )  # fmt: skip


def test_second_edits_follow_those_that_helped() -> None:
    source = "def f(a, b):\n    return (a < 1, b > 1)\n"
    proposer = RepairProposer(source, passed=0, n_second=50)
    singles = set()
    while not proposer.second:
        asked = proposer.ask(50)
        helped = [c.source.count("a <= 1") + c.source.count("b >= 1") == 1 for c in asked]
        if asked and not proposer.second:
            singles |= {c.id for c in asked}
            proposer.tell(asked, verdicts_of([c.id for c in asked], [[h, False] for h in helped]))
    goal = "def f(a, b):\n    return (a <= 1, b >= 1)\n"
    seconds = [c.source for c in asked]
    while asked := proposer.ask(100):
        seconds += [c.source for c in asked]
    assert goal in seconds
    assert proposer.ask(10) == []


def test_of_a_large_program_the_suspicious_statements_are_edited(monkeypatch: pytest.MonkeyPatch) -> None:
    source = "".join(f"def g{i}(x):\n    y = x + {i}\n    return y\n\n" for i in range(150))
    wrong = source.replace("    y = x + 140\n", "    y = x - 140\n")
    monkeypatch.setattr("unriddle.propose.repair._LARGE", 2000)
    monkeypatch.setattr("unriddle.propose.repair._MOST", 500)
    line = wrong[: wrong.index("x - 140")].count("\n") + 1
    found = edits(wrong, suspicion=lambda at, _: 1.0 if at in (line, line + 1) else 0.05)
    assert source in {edit.source for edit in found[:50]}
    assert len(found) <= 500
    proposer = RepairProposer(wrong, passed=0, suspicion=lambda at, _: 1.0 if at == line else 0.05, n_second=20)
    while not proposer.second:
        if asked := proposer.ask(100):
            proposer.tell(asked, verdicts_of([one.id for one in asked], [[True, False]] * len(asked)))
    again = [proposer.edit_of(one) for one in proposer.ask(8)]
    assert again
    assert all(edit.line == line for edit in again)


def test_of_a_large_program_too_only_edits_that_compile_are_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    source = f"@str\n@int\n{SAMPLE}\n\nA = 1; B = {{2: A, **{{}}}}\n"
    small = {one.source for one in RepairProposer(source).ask(100_000)}
    monkeypatch.setattr("unriddle.propose.repair._LARGE", 10)
    assert {one.source for one in RepairProposer(source).ask(100_000)} == small
