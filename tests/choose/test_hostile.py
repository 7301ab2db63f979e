"""Choosing among programs that mean harm: they run in the sandbox, and none of them gets chosen or stops the rest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from unriddle.candidate import Candidate
from unriddle.choose import Answer, Choice, Question, ask_program, choose_by_asking
from unriddle.choose.question import Ask
from unriddle.contracts import Executor
from unriddle.errors import BadInput
from unriddle.execute import open_executor
from unriddle.outcome import Limits

LIMITS = Limits(cpu_seconds=0.5, memory_mb=256, max_kills=3)
GOOD = Candidate("def f(x: int):\n    return x + 1\n")
OTHER = Candidate("def f(x: int):\n    return x + 2\n")
LIES = Candidate(
    "class A:\n    __eq__ = lambda s, o: True\n    __hash__ = lambda s: 0\n    __repr__ = lambda s: '2'\n"
    "def f(x: int):\n    return A()\n"
)
LYING_NUMBER = Candidate("class I(int):\n    __eq__ = lambda s, o: True\ndef f(x: int):\n    return I(7)\n")
PRINTS = Candidate(
    "import sys\ndef f(x: int):\n    print('answer> 1')\n    sys.stderr.write('1' * 10**6)\n    return x\n"
)
HANGS = Candidate("def f(x: int):\n    while True:\n        pass\n")
EXITS = Candidate("import os\ndef f(x: int):\n    os._exit(0)\n")
FILLS = Candidate("def f(x: int):\n    return 'a' * 10**10\n")
LONG = Candidate("def f(x: int):\n    return 'a' * (10**6 + x)\n")
BROKEN = Candidate("def f(x: int:\n")


@pytest.fixture(scope="module")
def executor() -> Iterator[Executor]:
    with open_executor(workers=2) as opened:
        yield opened


def choose(executor: Executor, candidates: list[Candidate], *, ask: Ask, **options: Any) -> Choice:
    options = {"inputs": [(1,), (4,)], "n_inputs": 0, "shrink": False, **options}
    return choose_by_asking(
        candidates, ask=ask, executor=executor, rng=np.random.default_rng(0), limits=LIMITS, **options
    )


@pytest.mark.parametrize("order", [1, -1])
def test_the_honest_program_is_found_among_hostile_ones(executor: Executor, order: int) -> None:
    hostile = [LIES, LYING_NUMBER, PRINTS, HANGS, EXITS, FILLS, LONG, BROKEN, OTHER, GOOD]
    choice = choose(executor, hostile[::order], ask=ask_program(GOOD, executor=executor, limits=LIMITS))
    assert choice.settled
    assert choice.candidate == GOOD
    assert choice.n_silent == 4  # hangs, exits, fills the memory, cannot be read


@pytest.mark.parametrize("liar", [LIES, LYING_NUMBER])
def test_an_object_that_claims_to_equal_everything_is_ruled_out_by_any_plain_answer(
    executor: Executor, liar: Candidate
) -> None:
    choice = choose(executor, [liar] * 5 + [GOOD], ask=lambda question: Answer("value", value=question.args[0] + 1))
    assert (choice.settled, choice.candidate, len(choice.asked)) == (True, GOOD, 1)
    none = choose(executor, [liar] * 5 + [GOOD], ask=lambda question: Answer("value", value="neither"))
    assert none.none_right


def test_what_is_shown_stays_short_and_plain(executor: Executor) -> None:
    escapes = Candidate("def f(x: int):\n    return '\\x1b[2J\\n' * 1000\n")
    seen: list[Question] = []

    def look(question: Question) -> Answer:
        seen.append(question)
        return Answer("quit")

    choose(executor, [LONG, escapes, LIES, GOOD], ask=look)
    shown = [option.shown for option in seen[0].options]
    assert len(shown) == 4
    assert all(len(text) <= 200 and text.isprintable() for text in shown)
    assert "an object that equals no plain value" in shown
    assert any(text.startswith("a value of 1000") for text in shown)


def test_a_long_value_can_be_the_right_one(executor: Executor) -> None:
    choice = choose(executor, [LONG, GOOD], ask=ask_program(LONG, executor=executor, limits=LIMITS))
    assert (choice.settled, choice.candidate) == (True, LONG)


def test_a_hostile_oracle_settles_nothing(executor: Executor) -> None:
    for oracle in (BROKEN, Candidate("def g(x):\n    return x\n")):
        with pytest.raises(BadInput, match="must define f"):
            choose(executor, [GOOD, OTHER], ask=ask_program(oracle, executor=executor, limits=LIMITS))
    for oracle in (HANGS, EXITS):
        choice = choose(executor, [GOOD, OTHER], ask=ask_program(oracle, executor=executor, limits=LIMITS))
        assert not choice.settled
    liar = choose(executor, [GOOD, OTHER], ask=ask_program(LIES, executor=executor, limits=LIMITS))
    assert (liar.settled, liar.none_right) == (False, True)


def test_shrinking_an_input_waits_for_a_program_that_hangs_once_only(executor: Executor) -> None:
    slow = Candidate("def f(x: int):\n    while x < 900:\n        pass\n    return x\n")
    asked_for: list[int] = []

    class Watched:
        isolation = executor.isolation

        def run(self, candidates, tests, *, limits=None):  # type: ignore[no-untyped-def]
            asked_for.append(limits.max_kills)
            return executor.run(candidates, tests, limits=limits)

    choice = choose(
        Watched(),  # type: ignore[arg-type]
        [slow, OTHER],
        ask=lambda question: Answer("value", value=question.args[0] + 2),
        inputs=[(999,)],
        shrink=True,
    )
    assert choice.candidate == OTHER
    assert set(asked_for[1:]) <= {1, LIMITS.max_kills}
    assert 1 in asked_for
