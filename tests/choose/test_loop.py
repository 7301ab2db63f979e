from __future__ import annotations

from math import ceil, log2

import numpy as np
import pytest

from unriddle.candidate import Candidate
from unriddle.choose import Answer, Choice, Question, answers_in_turn, ask_program, ask_table, choose_by_asking
from unriddle.choose.pool import common_signature, make_pool
from unriddle.choose.question import Ask, read_answer
from unriddle.errors import BadInput
from unriddle.execute.inprocess import InProcessExecutor
from unriddle.outcome import Status

BODIES = [
    "sorted(xs)[:k]",
    "sorted(xs)[-k:]",
    "xs[:k]",
    "sorted(xs)[-k:] if k else []",
    "sorted(xs, reverse=True)[:k]",
    "sorted(set(xs))[:k]",
    "max(xs)",
    "sorted(xs)[:k]",
    "list(sorted(xs))[:k]",
    "None.nothing",
]
PROGRAMS = [Candidate(f"def f(xs, k):\n    return {body}") for body in BODIES]
KNOWN = [([3, 1, 2], 2)]
TRUSTED = InProcessExecutor()


def choose(candidates=PROGRAMS, *, ask: Ask, **options) -> Choice:
    options = {"inputs": KNOWN, "n_inputs": 60, **options}
    return choose_by_asking(candidates, ask=ask, executor=TRUSTED, rng=np.random.default_rng(0), **options)


def oracle(body: str) -> Ask:
    return ask_program(Candidate(f"def f(xs, k):\n    return {body}"), executor=TRUSTED)


@pytest.mark.parametrize("i", range(7))
def test_the_oracles_program_is_found(i: int) -> None:
    choice = choose(ask=oracle(BODIES[i]))
    assert choice.settled
    assert choice.candidate == PROGRAMS[i]
    assert len(choice.asked) <= ceil(log2(len(choice.behaviours))) + 1
    assert choice.n_left == 1


def test_programs_that_behave_alike_are_merged_and_silent_ones_left_out() -> None:
    choice = choose(ask=oracle(BODIES[0]))
    assert choice.n_programs == 10
    assert len(choice.behaviours) == 7
    assert choice.behaviours[0].n_programs == 3
    assert choice.n_silent == 1


def test_none_of_these_is_an_honest_answer() -> None:
    choice = choose(ask=oracle("xs[::-1]"))
    assert choice.none_right
    assert not choice.settled
    assert choice.candidate is None
    assert choice.why.startswith("no candidate is right")
    said_none = choose(ask=lambda q: Answer("none"))
    assert (said_none.candidate, len(said_none.asked)) == (None, 1)


def test_not_knowing_uses_up_questions_and_settles_nothing() -> None:
    choice = choose(ask=lambda q: Answer("unknown"), budget=4)
    assert not choice.settled
    assert len(choice.asked) == 4
    assert choice.n_left == 7
    assert len({a.question.call for a in choice.asked}) == 4
    assert choice.why == "the questions are used up"


def test_no_budget_gives_the_largest_behaviour_unsettled() -> None:
    choice = choose(ask=oracle(BODIES[0]), budget=0)
    assert (choice.settled, choice.candidate) == (False, PROGRAMS[0])


def test_quitting_and_interrupting_keep_what_was_found() -> None:
    first = oracle(BODIES[3])

    def interrupts(question: Question) -> Answer:
        if question.number > 1:
            raise KeyboardInterrupt
        return first(question)

    choice = choose(ask=interrupts)
    assert choice.interrupted
    assert len(choice.asked) == 1
    assert choice.candidate is not None
    assert not choose(ask=answers_in_turn(["?", "q"])).interrupted
    assert choose(ask=answers_in_turn(["?"])).why == "stopped before it was settled"


def test_one_wrong_answer_does_not_decide_when_noise_is_expected() -> None:
    right = oracle(BODIES[0])

    def wrong_once(question: Question) -> Answer:
        answer = right(question)
        if question.number > 1:
            return answer
        others = [i for i, o in enumerate(question.options) if o.value != answer.value]
        return Answer("option", option=others[0])

    assert choose(ask=wrong_once).candidate != PROGRAMS[0]
    choice = choose(ask=wrong_once, noise=0.1, budget=20)
    assert choice.settled
    assert choice.candidate == PROGRAMS[0]
    assert choice.confidence >= 0.95


def test_none_of_these_again_and_again_convinces_despite_noise() -> None:
    choice = choose(ask=lambda q: Answer("none"), noise=0.1, budget=20)
    assert choice.none_right
    assert choice.confidence >= 0.95


def test_same_seed_same_questions() -> None:
    calls = [[a.question.call for a in choose(ask=oracle(BODIES[4])).asked] for _ in range(2)]
    assert calls[0] == calls[1]


def test_questions_are_small_when_shrunk() -> None:
    long = [([5, 1, 4, 2, 8, 6, 7, 3, 9, 10, 12, 11, 13], 7)]
    shrunk = choose(ask=oracle(BODIES[1]), inputs=long, n_inputs=0, budget=1)
    plain = choose(ask=oracle(BODIES[1]), inputs=long, n_inputs=0, budget=1, shrink=False)
    assert plain.asked[0].question.args == long[0]
    assert len(shrunk.asked[0].question.call) < len(plain.asked[0].question.call)


def test_one_behaviour_needs_no_question() -> None:
    choice = choose(PROGRAMS[:1] * 3, ask=lambda q: pytest.fail("asked"))
    assert choice.settled
    assert choice.confidence == pytest.approx(3 / 4)
    assert "alike" in choice.why


def test_programs_that_never_return() -> None:
    choice = choose(PROGRAMS[-1:], ask=lambda q: pytest.fail("asked"))
    assert (choice.settled, choice.candidate, choice.n_silent) == (False, None, 1)
    assert choice.why == "no program returned a value on any input"


def test_a_table_answers_only_what_it_holds() -> None:
    table = [(([3, 1, 2], 2), [1, 2]), (([1, 2, 1], 2), [1, 2])]
    choice = choose(ask=ask_table(table), inputs=[args for args, _ in table], n_inputs=0, shrink=False)
    assert choice.settled
    assert choice.candidate.source.endswith("sorted(set(xs))[:k]")
    unknown = choose(ask=ask_table(table), inputs=[([9], 1), ([9, 9], 1)], n_inputs=0, shrink=False)
    assert not unknown.settled


def test_bad_input() -> None:
    with pytest.raises(BadInput, match="no programs"):
        choose([], ask=oracle("xs"))
    with pytest.raises(BadInput, match="noise"):
        choose(ask=oracle("xs"), noise=0.5)
    with pytest.raises(BadInput, match="give --inputs"):
        choose(ask=oracle("xs"), inputs=[], n_inputs=0)
    with pytest.raises(BadInput, match="they define: f"):
        choose(ask=oracle("xs"), entry="g")
    with pytest.raises(BadInput, match="takes 2 arguments"):
        choose(ask=oracle("xs"), inputs=[(1, 2, 3)])


def test_types_are_found_by_trying_when_nothing_tells_them() -> None:
    programs = [Candidate("def g(s):\n    return s.upper()"), Candidate("def g(s):\n    return s.title()")]
    pool = make_pool(programs, executor=TRUSTED, n_inputs=120, rng=np.random.default_rng(0))
    returned = (pool.verdicts.value >= 0).all(axis=0)
    assert len(pool.candidates) == 2
    assert returned[60:].mean() > 0.9


def test_the_most_annotated_signature_wins() -> None:
    programs = ["def f(a, b): ...", "def f(a: int, b: str): ...", "def f(a): ...", "broken("]
    head = common_signature([Candidate(p) for p in programs])
    assert head.header() == "def f(a: int, b: str):"
    with pytest.raises(BadInput, match="none"):
        common_signature([Candidate("x = 1")])


QUESTION = Question("f", (1,), (), 1, 2)


def test_typed_answers() -> None:
    question = choose(ask=lambda q: Answer("quit"), budget=1)
    assert question.asked == ()
    seen: list[Question] = []
    choose(ask=lambda q: (seen.append(q), Answer("quit"))[1])
    q = seen[0]
    assert read_answer(" 2 ", q) == Answer("option", option=1)
    assert read_answer("=2", q) == Answer("value", value=2)
    assert read_answer("99", q) == Answer("value", value=99)
    assert read_answer("[1, -2]", q) == Answer("value", value=[1, -2])
    assert [read_answer(t, q).kind for t in ("?", "n", "N", "q", "raises")] == [
        "unknown",
        "none",
        "none",
        "quit",
        "raises",
    ]
    for bad in ("", "open('x')", "f(", "x"):
        with pytest.raises(BadInput, match="expected 1 to"):
            read_answer(bad, q)


def test_near_floats_count_as_the_shown_output() -> None:
    programs = [Candidate("def f(x):\n    return x / 3"), Candidate("def f(x):\n    return x // 3")]
    choice = choose(programs, ask=answers_in_turn(["0.3333333", "0.3333333"]), inputs=[(1,)], n_inputs=0)
    assert choice.candidate == programs[0]


def test_raising_can_be_the_right_answer() -> None:
    programs = [Candidate("def f(x):\n    return 1 / x"), Candidate("def f(x):\n    return 1 / x if x else 0")]
    choice = choose(programs, ask=answers_in_turn(["raises"]), inputs=[(0,), (4,)], n_inputs=0)
    assert choice.candidate == programs[0]
    assert choice.asked[0].question.options[0].status in (Status.PASS, Status.ERROR)
