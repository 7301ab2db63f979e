"""The experiments of chain_of_code and cogex: their problems, laws and what they say without data."""

import itertools

import numpy as np
import pytest

from unriddle.execute import open_executor
from unriddle.lab import _coc_model, chain_of_code, cogex
from unriddle.lab._coc_noise import Oracle, chance_right, law_interval
from unriddle.lab._coc_templates import FORMS, counting, program_of
from unriddle.lab._coc_words import KINDS, held_out, is_kind, shown
from unriddle.lab._cogex_control import control, vote
from unriddle.lab._cogex_emulation import NAMES, emulation
from unriddle.lab._cogex_tables import make_table
from unriddle.lab._cogex_tasks import TASKS, leaves
from unriddle.lab.base import Context
from unriddle.methods._coc_emulate import no_emulation
from unriddle.methods.chain_of_code import run_with_holes
from unriddle.methods.cogex import PseudoProgram, exact, run_emulator


@pytest.fixture(scope="module")
def executor():
    with open_executor(workers=1) as opened:
        yield opened


@pytest.mark.parametrize(
    ("task", "question", "answer"),
    [
        ("boolean_expressions", "not ( True ) or False is", "False"),
        ("multistep_arithmetic_two", "((-1 + 2 * 3) - (4)) =", "1"),
        ("dyck_languages", "Close it. Input: < { } [ (", ") ] >"),
        ("word_sorting", "Sort the following words alphabetically: List: pear fig date", "date fig pear"),
        ("navigate", "Back at the starting point? Take 2 steps. Turn around. Take 2 steps.\nOptions:", "Yes"),
        ("navigate", "Back at the starting point? Always face forward. Take 1 step left.\nOptions:", "No"),
        ("navigate", "Back at the starting point? Turn right. Take 1 step. Take 1 step backward.\nOptions:", "Yes"),
    ],
)
def test_templates_solve_questions_of_the_form(task, question, answer, executor):
    (run,) = run_with_holes([program_of(task, question)], no_emulation, executor=executor)
    assert str(run.answer) == answer


def test_every_form_counts_and_asks_as_often_as_it_says(executor):
    problems = counting(10, KINDS, rng=np.random.default_rng(0), n_things=5)
    assert {one.form for one in problems} == set(FORMS)
    runs = run_with_holes([one.program for one in problems], Oracle(), executor=executor)
    assert [run.answer for run in runs] == [one.answer for one in problems]
    assert [run.n_filled for run in runs] == [one.n_holes for one in problems]
    assert [one.answer for one in problems] == [sum(is_kind(t, one.kind) for t in one.things) for one in problems]


@pytest.mark.parametrize(("n_right", "n_wrong"), [(3, 5), (8, 0), (1, 7)])
def test_the_law_agrees_with_drawing(n_right, n_wrong):
    rng = np.random.default_rng(1)
    wrong = rng.random((20_000, n_right + n_wrong)) < 0.2
    drawn = (wrong[:, :n_right].sum(axis=1) == wrong[:, n_right:].sum(axis=1)).mean()
    assert chance_right(n_right, n_wrong, 0.2) == pytest.approx(drawn, abs=0.015)


def test_the_interval_of_the_law_agrees_with_trying_every_outcome():
    chances = [0.1, 0.5, 0.9, 0.3, 0.7, 0.2]
    ways = np.zeros(7)
    for outcome in itertools.product((0, 1), repeat=6):
        ways[sum(outcome)] += np.prod([c if one else 1 - c for c, one in zip(chances, outcome, strict=True)])
    for level in (0.5, 0.8, 0.95):
        low, high = law_interval(chances, level=level)
        assert ways[:low].sum() <= (1 - level) / 2 < ways[: low + 1].sum()
        assert ways[high + 1 :].sum() <= (1 - level) / 2 < ways[high:].sum()


def test_the_oracle_errs_for_each_call_alone_at_its_rate():
    oracle = Oracle(error=0.05, rng=np.random.default_rng(5))
    outside = []
    for seed in range(40):
        problems = counting(100, KINDS, rng=np.random.default_rng([seed, 9]), forms=["branch"])
        assert all(len(set(one.things)) == 8 for one in problems)  # no word twice in a list
        counts = [sum(oracle.judge(thing, one.kind) for thing in one.things) for one in problems]
        n_right = sum(count == one.answer for count, one in zip(counts, problems, strict=True))
        low, high = law_interval([chance_right(one.answer, 8 - one.answer, 0.05) for one in problems])
        outside.append(not low <= n_right <= high)
    assert sum(outside) <= 6  # of 40 at 5 % each: more by chance in one of a hundred


def test_words_are_of_one_kind_and_split():
    words = [word for of in KINDS.values() for word in of]
    assert len(words) == len(set(words))
    assert not set(shown("fruit")) & set(held_out("fruit"))
    assert is_kind("strawberries", "fruits")
    assert is_kind("a thing of any kind", "objects")
    assert not is_kind("stalk of celery", "fruit")


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_each_grammar_holds_a_program_that_is_right(task, executor):
    data = task.data(25, rng=np.random.default_rng(2))
    emulate = run_emulator(leaves(error=0.0, salt=""), executor=executor)
    best = 0.0
    for program in task.programs():
        answers = emulate(program, [given for given, _ in data])
        best = max(best, np.mean([exact(one, wanted) for one, (_, wanted) in zip(answers, data, strict=True)]))
        if best == 1:
            break
    assert best == 1


@pytest.mark.parametrize("task", TASKS[3:], ids=lambda task: task.name)
def test_leaves_are_wrong_at_the_rate_that_is_said(task, executor):
    names = {"coin flip": "is_flipped", "review": "polarity", "most frequent kind": "is_kind"}
    calls: dict[str, tuple] = {}
    for given, _ in task.data(200, rng=np.random.default_rng(3)):
        if task.name == "coin flip":
            some = [(sentence,) for sentence in given]
        elif task.name == "review":
            some = [(word, given) for word in given.split()]
        else:
            some = [(word, kind) for word in given for kind in ("fruit", "vegetable", "animal")]
        calls |= {repr(call): call for call in some}
    program = PseudoProgram(f"def told(call):\n    return {names[task.name]}(*call)\n")
    sure, *weak = (
        run_emulator(leaves(error=error, salt=salt), executor=executor)(program, list(calls.values()))
        for error, salt in ((0.0, ""), (0.1, "a"), (0.1, "b"), (0.1, "c"))
    )
    shares = [np.mean([one != other for one, other in zip(of, sure, strict=True)]) for of in weak]
    assert len(calls) > 150
    assert all(0.04 < share < 0.16 for share in shares)
    assert weak[0] != weak[1]


def test_without_data_and_model_those_claims_are_not_run(monkeypatch):
    monkeypatch.setattr(_coc_model, "missing_model", lambda: "no model here")
    monkeypatch.setattr(chain_of_code, "_known", lambda *a, **k: [])
    monkeypatch.setattr(chain_of_code, "_noise", lambda *a, **k: [])
    monkeypatch.setattr(chain_of_code, "_variants", lambda *a, **k: [])
    found = chain_of_code.experiment("small", seed=0, context=Context(data=None, workers=1))
    assert len(found) == 5
    assert all(one.held is None for one in found)
    assert {one.note for one in found} >= {"not run: no model here"}


def test_a_right_program_is_heeded_and_three_of_it_vote_better(executor):
    tables = [
        make_table(task, executor, n_search=5, n_test=100, seed=1, rng=np.random.default_rng(4))
        for task in (TASKS[3], TASKS[5])
    ]
    assert [table.sound.sum() for table in tables] == [1, 2]
    assert all(table.has_leaves for table in tables)
    heeded, elsewhere = control(tables, executor, seed=1)
    (gain,) = vote(tables, executor, seed=1)
    assert heeded.held
    assert elsewhere.measured > heeded.measured
    assert gain.measured > 0.03


@pytest.mark.slow
def test_a_small_emulator_is_trained_once_and_measured_again_alike(tmp_path, executor):
    pytest.importorskip("torch")
    said = []
    context = Context(cache=tmp_path, workers=1, say=said.append)
    first, again = (emulation(executor, n_steps=2, n_new=3, seed=0, context=context) for _ in range(2))
    assert [one.name for one in first] == list(NAMES)
    assert first == again
    assert all(one.held is False for one in first)  # two steps teach nothing
    assert "Python, which heeds them: 1.000" in first[2].note
    assert len(list(tmp_path.glob("cogex/*/metrics.jsonl"))) == 1


@pytest.mark.slow
def test_the_search_is_the_same_for_the_same_seed():
    first, again = (cogex.experiment("small", seed=1, context=Context()) for _ in range(2))
    assert first == again
    assert any(one.name.startswith("the chosen program beats the mean") and one.held for one in first)
