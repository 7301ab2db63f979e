"""Mokav: a conversation that is told what running its answers showed."""

from collections.abc import Iterator

import numpy as np
import pytest

from unriddle.contracts import Executor
from unriddle.errors import BadInput
from unriddle.execute import open_executor
from unriddle.lm.base import Message
from unriddle.lm.scripted import ScriptedLM
from unriddle.methods._mokav_prompt import read_answer, trimmed
from unriddle.methods.mokav import mokav
from unriddle.testgen.difference import Difference, NoDifference

P = "def f(n, k):\n    half = n // k\n    return half + 1\nassert f(4, 2) == 3\n"
Q = "def f(n, k):\n    half = n // k if n < 50 else n\n    return half + 1\n"


@pytest.fixture(scope="module")
def executor() -> Iterator[Executor]:
    with open_executor(workers=1) as one:
        yield one


def _run(lm: ScriptedLM | None, executor: Executor, **more: object) -> Difference | NoDifference:
    return mokav(P, Q, lm=lm, executor=executor, rng=np.random.default_rng(0), **more)  # type: ignore[arg-type]


def test_feedback_tells_what_the_last_answer_showed(executor: Executor) -> None:
    lm = ScriptedLM(["it halves", "it halves too", "{'inputdata': [7, 3]}", "no idea", "{'inputdata': [90, 3]}", "?"])
    found = _run(lm, executor, samples=2)
    assert isinstance(found, Difference)
    assert (found.args, found.category, found.first.value, found.second.value) == ((90, 3), "value", 31, 91)
    first, second = list(dict.fromkeys(p for p in lm.prompts if "inputdata" in str(p)))
    assert "it halves too" in str(first)
    assert "{'inputdata': [4, 2]}" in str(first)
    assert "[7, 3]" in second[-1].content  # type: ignore[union-attr]
    assert "the output 3" in second[-1].content  # type: ignore[union-attr]


def test_states_that_one_version_alone_reaches_are_told(executor: Executor) -> None:
    q = "def f(n, k):\n    half = n // k\n    half = half * 1 + 5\n    half -= 5\n    return half + 1\n"
    lm = ScriptedLM(["d", "d", "{'inputdata': [8, 2]}"], repeat=True)
    mokav(P, q, lm=lm, executor=executor, rng=np.random.default_rng(0), iterations=2, samples=1)
    assert "'half' has the value 9 in the patched version only" in str(lm.prompts[-1])


def test_parts_can_be_left_out(executor: Executor) -> None:
    lm = ScriptedLM(["[1, 1]"], repeat=True)
    found = _run(lm, executor, parts="A", iterations=3, samples=2)
    assert isinstance(found, NoDifference)
    assert len(set(lm.prompts)) == 1  # no descriptions, no iteration
    assert "original version:" not in str(lm.prompts[0])
    assert "inputdata': [4, 2]" not in str(lm.prompts[0])
    with pytest.raises(BadInput, match="parts must be letters of BADTIE"):
        _run(lm, executor, parts="DT")


def test_without_a_model_inputs_are_steered(executor: Executor) -> None:
    found = _run(None, executor)
    assert isinstance(found, Difference)
    assert found.args[0] >= 50
    assert found.log.spent.runs >= 2


def test_a_crash_of_one_version_is_told_as_what_it_is(executor: Executor) -> None:
    lm = ScriptedLM(["{'inputdata': [0]}"], repeat=True)
    p, q = "def g(n):\n    return n\n", "def g(n):\n    return n * (1 // n) if n < 1 else n\n"
    found = mokav(p, q, lm=lm, executor=executor, rng=np.random.default_rng(0), iterations=2, samples=2, parts="BA")
    assert isinstance(found, Difference)
    assert (found.category, found.second.exception) == ("second raises", "ZeroDivisionError")


@pytest.mark.parametrize(
    ("text", "n", "wanted"),
    [
        ("{'inputdata': [1, 'a']}", 2, (1, "a")),
        ('```python\n{"inputdata": (2, {"b": 1})}\n```', 2, (2, {"b": 1})),
        ("The answer is {'inputdata': 'x}y'} because", 1, ("x}y",)),
        ("{'inputdata': [1, 2, 3]}", 1, ([1, 2, 3],)),
        ("try original(3, [4])", 2, (3, [4])),
        ("[5, 6]", 2, (5, 6)),
        ("{'inputdata': [1]}", 2, None),
        ("{'inputdata': open('x')}", 1, None),
        ("nothing", 1, None),
    ],
)
def test_answers_are_read_whatever_stands_around_them(text: str, n: int, wanted: object) -> None:
    assert read_answer(text, n_arguments=n) == wanted


def test_long_conversations_lose_their_oldest_turns_only() -> None:
    turns = [Message("system", "s"), *(Message("user", str(i) * 10) for i in range(8))]
    kept = trimmed(turns, max_chars=60)
    assert kept[:3] == turns[:3]
    assert kept[-1] == turns[-1]
    assert sum(len(m.content) for m in kept) <= 60
