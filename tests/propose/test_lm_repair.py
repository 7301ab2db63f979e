"""LMRepair: who is repaired, what the model is shown, what candidates carry, and when it stops."""

import numpy as np
import pytest

from unriddle.budget import Budget
from unriddle.candidate import Candidate
from unriddle.errors import BadInput
from unriddle.execute import open_executor
from unriddle.lm import ScriptedLM
from unriddle.lm.base import Message
from unriddle.problem import CallTest, Parameter, Problem, Returns, Signature
from unriddle.propose._lineage import Round, fitted, same_program
from unriddle.propose.lm_repair import LMRepair, feedback_rounds
from unriddle.solver import solve
from unriddle.verdicts import Verdicts

PROBLEM = Problem(
    "double", "Double x.", Signature("f", (Parameter("x"),)),
    tests=tuple(CallTest("f", (x,), expect=Returns(2 * x), name=f"t{x}") for x in (1, 2, 3)),
)  # fmt: skip


def program(body: str) -> str:
    return f"def f(x):\n    return {body}\n"


def answer(body: str) -> str:
    return f"Here it is:\n```python\n{program(body)}```\nDone."


def row(candidate: Candidate, *passed: bool) -> Verdicts:
    status = np.where(np.array([passed]), 0, 1).astype(np.int8)
    return Verdicts(
        status, np.full((1, 3), -1, np.int32), np.zeros((1, 3), np.float32), np.zeros(1), (candidate.id,),
        tuple(test.name for test in PROBLEM.tests),
    )  # fmt: skip


def told(proposer: LMRepair, *passed: bool) -> Candidate:
    (made,) = proposer.ask(1)
    proposer.tell([made], row(made, *passed))
    return made


def contents(prompt: object) -> list[tuple[str, str]]:
    assert isinstance(prompt, tuple)
    return [(m.role, m.content) for m in prompt]


def test_it_repairs_until_the_tests_pass_and_the_chain_of_parents_is_kept():
    lm = ScriptedLM([answer("x"), answer("x + 1"), answer("x + x")])
    proposer = LMRepair(PROBLEM, lm, feedback_rounds(lambda c, r: f"{int(r.passed.sum())} of 3 pass."))
    with open_executor(workers=1) as executor:
        found = solve(PROBLEM, proposer, executor=executor, budget=Budget(candidates=9), batch=4)
    assert found.solved
    assert found.candidate.source == program("x + x")
    ids = [Candidate(program(body)).id for body in ("x", "x + 1", "x + x")]
    assert found.verdicts.candidates == tuple(ids)
    assert found.candidate.parents == (ids[1],)
    assert found.candidate.meta["turn"] == 2
    assert found.candidate.meta["request"].startswith("1 of 3 pass.")
    last = contents(lm.prompts[-1])
    assert [role for role, _ in last] == ["system", "user", "assistant", "user", "assistant", "user"]
    assert program("x") in last[2][1]
    assert "0 of 3 pass." in last[3][1]
    assert program("x + 1") in last[4][1]
    assert found.spent.tokens == proposer.n_tokens > 0
    assert proposer.ask(1) == []


def test_the_best_failing_lineage_is_repaired_and_turns_are_bounded():
    start = [Candidate(program(body)) for body in ("0", "x + 1", "x")]
    lm = ScriptedLM([answer("x - 1")], repeat=True)
    proposer = LMRepair(PROBLEM, lm, feedback_rounds(lambda c, r: "Wrong."), start=start, max_turns=1)
    first = [*proposer.ask(2), *proposer.ask(5)]
    assert first == start
    proposer.tell(first, Verdicts.join_rows([row(start[0], False, False, False), row(start[1], True, False, False),
                                             row(start[2], False, False, False)]))  # fmt: skip
    assert told(proposer, False, False, False).parents == (start[1].id,)
    assert told(proposer, False, False, False).parents == (start[0].id,)
    assert told(proposer, False, False, False).parents == (start[2].id,)
    assert proposer.ask(1) == []


def test_questions_are_asked_first_and_a_verdict_ends_the_lineage():
    lm = ScriptedLM(["It adds one. Wrong.", answer("x + x"), "It doubles. Right."])
    proposer = LMRepair(
        PROBLEM, lm, lambda c, r: Round("Fix it.", ("Explain.",), lambda text: text.endswith("Right.")),
        start=[Candidate(program("x + 1"))],
    )  # fmt: skip
    told(proposer, True, False, False)
    fixed = told(proposer, False, False, False)
    assert fixed.meta["answers"] == ("It adds one. Wrong.",)
    assert fixed.n_tokens == proposer.n_tokens
    assert proposer.ask(1) == []
    assert proposer.n_tokens > fixed.n_tokens, "the last answer led to no program and was paid for"
    assert [text for role, text in contents(lm.prompts[1]) if role == "user"][1] == "Explain."
    assert len(lm.prompts) == 3


def test_repeats_and_answers_without_code_are_pointed_out():
    lm = ScriptedLM([answer("x  # again"), "I do not know.", answer("x + 1")])
    proposer = LMRepair(PROBLEM, lm, feedback_rounds(lambda c, r: "Wrong."), start=[Candidate(program("x"))])
    told(proposer, False, False, False)
    again = told(proposer, False, False, False)
    assert same_program(again.source) == same_program(program("x"))
    silent = told(proposer, False, False, False)
    assert silent.source == again.source
    assert "same as one that failed before" in silent.meta["request"]
    assert "no code block" in told(proposer, False, False, False).meta["request"]
    stopping = LMRepair(PROBLEM, ScriptedLM([answer("x")]), feedback_rounds(lambda c, r: "Wrong."),
                        start=[Candidate(program("x"))], stop_on_repeat=True)  # fmt: skip
    told(stopping, False, False, False)
    told(stopping, False, False, False)
    assert stopping.ask(1) == []


@pytest.mark.parametrize("keep", ["conversation", "last"])
def test_what_the_model_is_shown_is_bounded_but_holds_task_and_last_program(keep):
    lm = ScriptedLM([answer(f"x + {i}") for i in range(5)])
    long = "Wrong, says the oracle, and it goes on about it. " * 20
    proposer = LMRepair(PROBLEM, lm, feedback_rounds(lambda c, r: long), keep=keep, max_characters=3000)
    for _ in range(5):
        told(proposer, False, False, False)
    shown = contents(lm.prompts[-1])
    assert sum(len(text) for _, text in shown) <= 3000
    assert "Double x." in shown[1][1]
    assert any(program("x + 3") in text for _, text in shown)
    assert not any(program("x + 0") in text for _, text in shown)
    roles = [role for role, _ in shown]
    assert roles == ["system", *["user", "assistant"] * ((len(roles) - 1) // 2), "user"]


def test_the_last_program_stays_even_where_it_does_not_fit():
    turns = [Message("user", "task"), Message("assistant", "p" * 50), Message("user", "q" * 50)]
    assert fitted(turns, n_task=1, program_at=1, most=10) == tuple(turns)


def test_wrong_numbers_are_refused():
    with pytest.raises(BadInput, match="n_starts must be 1 or more"):
        LMRepair(PROBLEM, ScriptedLM(["x"]), feedback_rounds(lambda c, r: ""), n_starts=0)
    with pytest.raises(BadInput, match="keep must be"):
        LMRepair(PROBLEM, ScriptedLM(["x"]), feedback_rounds(lambda c, r: ""), keep="all")
