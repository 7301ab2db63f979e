"""CoGEX: emulation of pseudo-programs, and the search for the one that serves a data set."""

import numpy as np
import pytest

from unriddle.errors import BadInput
from unriddle.execute import open_executor
from unriddle.lm.scripted import ScriptedLM
from unriddle.methods._coc_emulate import Leaves
from unriddle.methods._cogex_prompt import read_output, read_pseudo
from unriddle.methods.cogex import (
    PseudoProgram,
    TaskSolver,
    _rounds,
    exact,
    leaf_emulator,
    lm_emulator,
    lm_proposer,
    run_emulator,
    task_search,
    voted,
)
from unriddle.outcome import Limits, Status

COUNT = PseudoProgram(
    "def count(words):\n    n = sum(is_fruit(w) for w in words)\n    return {'n': n, 'answer': n > 1}\n"
)
DATA = [(x, 2 * x) for x in range(40)]
PROGRAMS = [PseudoProgram(f"def f(x):\n    return {body}\n") for body in ("x", "2 * x", "3 * x", "x + 20", "f(x)")]


@pytest.fixture(scope="module")
def executor():
    with open_executor(workers=1) as opened:
        yield opened


def rng(seed=0):
    return np.random.default_rng(seed)


def in_turn(programs):
    """A proposer that goes through the programs again and again."""
    state = {"next": 0}

    def propose(_, n):
        state["next"] += n
        return [programs[(state["next"] - n + i) % len(programs)] for i in range(n)]

    return propose


def by_hand(program, inputs):
    """An emulator without a sandbox, for programs of this file."""
    rules = {PROGRAMS[0]: 1, PROGRAMS[1]: 2, PROGRAMS[2]: 3}
    factor = rules.get(program)
    return [None if factor is None else factor * x for x in inputs]


def test_leaves_are_asked_for_or_run_with_the_same_result(executor):
    inputs = [["plum", "car"], ["plum", "fig"], []]
    asked = Leaves({"is_fruit": lambda word: word in ("plum", "fig")})
    source = "def is_fruit(word):\n    return word in ('plum', 'fig')\n"
    found = [leaf_emulator(asked, executor=executor), run_emulator(source, executor=executor)]
    assert [emulate(COUNT, inputs) for emulate in found] == [[False, True, False]] * 2
    assert asked.n_calls == 4


def test_a_program_that_fails_has_no_answer(executor):
    broken = PseudoProgram("def f(x):\n    return {'answer': 1 // x}\n")
    for emulate in run_emulator("", executor=executor), leaf_emulator(Leaves({}), executor=executor):
        assert emulate(broken, [1, 0]) == [1, None]
        assert emulate(COUNT, [["plum"]]) == [None]
        assert emulate(COUNT, []) == []


def test_the_model_emulates_by_writing_the_dictionary():
    lm = ScriptedLM({"count(['plum'])": ["{'n': 1, 'answer': False}"], "count([])": ["I do not know"]})
    examples = [("Double it.", 2, "def f(x):\n    return {'answer': 2 * x}", {"answer": 4})]
    emulate = lm_emulator(lm, "Are there several fruits?", examples=examples)
    assert emulate(COUNT, [["plum"], []]) == [False, None]
    assert ">>> f(2)\n### Output\n{'answer': 4}" in lm.prompts[0]
    assert lm.prompts[0].endswith(">>> count(['plum'])\n### Output\n")


def test_the_model_proposes_and_goes_on_drawing():
    lm = ScriptedLM(["def f(x):\n    return x\n\n>>> f(1)", "no program", "def g(x):\n    return 1"])
    propose = lm_proposer(lm, "Double it.")
    assert [[one.entry for one in propose(1, n)] for n in (1, 1, 1)] == [["f"], [], ["g"]]


def test_the_best_program_serves_new_inputs(executor):
    found = task_search(DATA, in_turn(PROGRAMS), run_emulator("", executor=executor), rng=rng(), n=10, k=1)
    assert found.programs == (PROGRAMS[1],)
    assert found.dev_scores == (1.0,)
    assert (found.n_candidates, found.n_emulations) == (5, 5 * 30)
    assert found.predict([100, 7], rng=rng()) == [200, 14]


def test_halving_finds_the_same_program_for_a_quarter():
    programs = [PseudoProgram(f"def f(x):\n    return {n}\n") for n in range(20)]
    data = [(x, 7 if x % 5 else x) for x in range(400)]

    def emulate(program, inputs):
        return [int(program.source.split("return")[1])] * len(inputs)

    full, quick = (
        task_search(data, in_turn(programs), emulate, rng=rng(), n=20, k=1, spend=spend)
        for spend in ("full", "halving")
    )
    assert quick.programs == full.programs == (programs[7],)
    assert quick.n_emulations <= 0.25 * full.n_emulations


@pytest.mark.parametrize(("n", "m", "k"), [(1, 1, 1), (5, 3, 3), (30, 100, 1), (64, 10, 3), (2, 50, 5)])
def test_rounds_of_halving_never_go_back(n, m, k):
    upto = _rounds(n, m, k)
    assert all(1 <= a <= b <= m for a, b in zip(upto, [*upto[1:], m], strict=True))


def test_a_program_below_alpha_is_drawn_again_but_not_for_ever():
    drawn = []

    def propose(given, n):
        drawn.append(given)
        return [PROGRAMS[2]] if len(drawn) % 2 else [PROGRAMS[1]]

    found = task_search(DATA, propose, by_hand, rng=rng(), n=4, k=1, alpha=0.9)
    assert (found.programs, found.n_candidates, len(drawn)) == ((PROGRAMS[1],), 1, 8)
    drawn.clear()
    with pytest.raises(BadInput, match=r"alpha=0\.9"):
        task_search(DATA, lambda given, n: [PROGRAMS[2]], by_hand, rng=rng(), n=4, alpha=0.9, max_resample=2)


def test_the_question_of_a_program_does_not_count_for_it():
    def propose(given, n):
        return [PseudoProgram(f"def f(x):\n    return {2 * given}\n")]  # right for its own question only

    def emulate(program, inputs):
        return [int(program.source.split("return")[1])] * len(inputs)

    with pytest.raises(BadInput, match="reached alpha"):
        task_search(DATA, propose, emulate, rng=rng(), n=5, alpha=0.1)


def test_several_programs_vote():
    answers = {"a": [1, 2, None], "b": [1, 3, None], "c": [2, "4", None]}
    programs = tuple(PseudoProgram(f"def {name}(x):\n    return x\n") for name in answers)
    solver = TaskSolver(programs, (1.0,) * 3, 3, 9, lambda program, inputs: answers[program.entry])
    first, second, third = solver.predict([0, 0, 0], rng=rng())
    assert (first, third) == (1, None)
    assert second in (2, 3, "4")


def test_ties_are_drawn_by_the_generator():
    seen = {voted(["x", "y"], rng=rng(seed)) for seed in range(20)}
    assert seen == {"x", "y"}


@pytest.mark.parametrize(
    ("answer", "wanted", "score"),
    [(True, "yes", 1), ("No ", "False", 1), (["b", "a"], "b a", 1), (3, "3", 1), ("3.0", 3, 0), (None, "none", 0)],
)
def test_answers_are_compared_as_text(answer, wanted, score):
    assert exact(answer, wanted) == score


@pytest.mark.parametrize("more", [{"n": 0}, {"n": 40}, {"k": 0}, {"max_resample": -1}, {"spend": "some"}])
def test_bad_settings_are_named(more):
    with pytest.raises(BadInput, match="needs 1 <= n < 40"):
        task_search(DATA, in_turn(PROGRAMS), by_hand, rng=rng(), **{"n": 4, **more})


@pytest.mark.parametrize("n_examples", [0, 1])
def test_one_example_is_too_few(n_examples):
    with pytest.raises(BadInput, match="2 labelled examples or more"):
        task_search(DATA[:n_examples], in_turn(PROGRAMS), by_hand, rng=rng(), n=1)


def test_two_examples_are_enough_to_make_from_one_and_choose_by_the_other():
    found = task_search(DATA[1:3], in_turn(PROGRAMS[1:2]), by_hand, rng=rng(), n=1, alpha=0.9)
    assert (found.programs, found.dev_scores, found.n_candidates) == ((PROGRAMS[1],), (1.0,), 1)


def test_where_all_labels_are_equal_a_constant_is_as_good_as_any(executor):
    programs = [PseudoProgram(f"def f(x):\n    return {text!r}\n") for text in ("yes", "no")]
    found = task_search(
        [(x, "no") for x in range(9)], in_turn(programs), run_emulator("", executor=executor), rng=rng(), n=4, k=1
    )
    assert (found.programs, found.dev_scores) == ((programs[1],), (1.0,))


def test_a_proposer_that_writes_no_program_is_named():
    with pytest.raises(BadInput, match="the proposer gave no program"):
        task_search(DATA, lambda given, n: [], by_hand, rng=rng(), n=4)


def test_an_emulator_with_too_few_answers_is_named():
    with pytest.raises(BadInput, match="0 answers to 36 inputs of f"):
        task_search(DATA, in_turn(PROGRAMS), lambda program, inputs: [], rng=rng(), n=4)
    solver = TaskSolver((PROGRAMS[0],), (1.0,), 1, 1, lambda program, inputs: [1])
    with pytest.raises(BadInput, match="1 answers to 2 inputs"):
        solver.predict([1, 2], rng=rng())


def test_a_program_that_never_ends_has_no_answers_and_does_not_take_for_ever():
    loop = PseudoProgram("def f(x):\n    while True:\n        pass\n")
    kills = []

    class Counting:
        """Passes runs on with a short limit, and counts the inputs that were given up unrun."""

        def __init__(self, inner):
            self.inner = inner

        def run(self, candidates, tests):
            verdicts = self.inner.run(candidates, tests, limits=Limits(cpu_seconds=0.1))
            kills.append(int((verdicts.status == Status.TIMEOUT).sum()))
            return verdicts

    with open_executor(workers=1) as opened:
        assert run_emulator("", executor=Counting(opened))(loop, list(range(20))) == [None] * 20
    assert kills == [3]


def test_what_is_no_program_or_no_dictionary_is_not_read():
    with pytest.raises(BadInput, match="function"):
        PseudoProgram("x = 1")
    assert read_pseudo("### Output\n") is None
    assert read_output("{'answer': __import__('os')}") is None
    assert read_output("{'words': 1}") is None
