"""Aging evolution on bit strings, and as a proposer in solve()."""

import json
import math

import numpy as np
import pytest

from unriddle.budget import Budget
from unriddle.errors import BadInput, BadProblem
from unriddle.execute import open_executor
from unriddle.problem import CallTest, Parameter, Problem, Returns, Signature
from unriddle.propose.aging import Aging, run
from unriddle.propose.expression_programs import ExpressionPrograms
from unriddle.propose.genetic import Genetic
from unriddle.solver import solve


def bits(n=20, seed=0, **settings):
    rng = np.random.default_rng(seed)

    def flip(one):
        i = int(rng.integers(n))
        return one[:i] + ("1" if one[i] == "0" else "0") + one[i + 1 :]

    return Aging(["0" * n], mutate=flip, key=lambda one: one, rng=rng, **settings)


def ones(one):
    return float(one.count("1"))


def test_the_oldest_leaves_even_if_it_is_the_best():
    evolution = bits(population=3, tournament=1)
    assert evolution.ask(1) == ["0" * 20]
    evolution.tell(["0" * 20], [100.0])
    for number in range(1, 4):
        (child,) = evolution.ask(1)
        evolution.tell([child], [float(number)])
        assert len(evolution.members) == 3
    assert [fitness for _, _, fitness in evolution.members] == [1.0, 2.0, 3.0]
    assert (evolution.best.fitness, evolution.best.program) == (100.0, "0" * 20)
    assert evolution.top[0] == (100.0, "0" * 20)


def test_it_climbs_and_measures_no_key_twice():
    measured = []
    evolution = bits(population=20, tournament=3)
    run(evolution, lambda one: measured.append(one) or ones(one), n_children=1500)
    assert evolution.best.fitness == 20
    assert len(measured) == len(set(measured)) == evolution.n_evaluated
    assert evolution.n_children == 1500 == evolution.n_known + evolution.n_evaluated - 1
    assert [i.fitness for i in evolution.improvements] == sorted({i.fitness for i in evolution.improvements})
    again = bits(population=20, tournament=3, cache=False)
    run(again, ones, n_children=50)
    assert again.n_evaluated == 70  # every first member and every child
    assert again.n_known == 0


def test_nan_and_infinity_are_the_worst():
    evolution = bits(population=4)
    run(evolution, lambda one: math.nan if one[0] == "1" else math.inf if one[1] == "1" else ones(one), n_children=300)
    assert all(fitness == -math.inf for program, _, fitness in evolution.members if "1" in program[:2])
    assert evolution.best.program[:2] == "00"


def test_restart_fills_the_population_with_the_best():
    evolution = bits(population=5, restart_after=10)
    run(evolution, lambda one: 0.0, n_children=10)
    assert evolution.n_restarts == 1
    assert {program for program, _, _ in evolution.members} == {"0" * 20}
    run(evolution, lambda one: 0.0, n_children=35)
    assert evolution.n_restarts == 3


def test_resumed_run_equals_an_uninterrupted_one():
    whole, first, second = (bits(population=10, restart_after=60) for _ in range(3))
    run(whole, ones, n_children=400)
    run(first, ones, n_children=170)
    second.resume(json.loads(json.dumps(first.state(str))), str)
    run(second, ones, n_children=400)
    assert second.state(str) == whole.state(str)
    first.ask(1)
    with pytest.raises(BadInput, match="asked and not told"):
        first.state(str)


def test_several_at_once_and_wrong_use():
    evolution = bits(population=4)
    (start,) = evolution.ask(4)  # the other first members are the same program
    assert evolution.ask(3) == []
    evolution.tell([start], [0.0])
    asked = evolution.ask(6)
    assert len(set(asked)) == 6
    evolution.tell(asked[::-1], [1.0] * 6)
    assert [program for program, _, _ in evolution.members][-1] == asked[0]
    with pytest.raises(BadInput, match="not asked"):
        evolution.tell(["1" * 20], [1.0])
    with pytest.raises(BadInput, match="2 programs but 1"):
        evolution.tell(["0", "1"], [1.0])
    with pytest.raises(BadInput, match="never end"):
        run(evolution, ones)
    with pytest.raises(BadInput, match="population"):
        bits(population=0)


def problem(cases, parameters=(("x", "int"),), returns="int"):
    signature = Signature("f", tuple(Parameter(*p) for p in parameters), returns)
    return Problem("p", "", signature, tests=tuple(CallTest("f", a, expect=Returns(r)) for a, r in cases))


@pytest.fixture(scope="module")
def executor():
    with open_executor(workers=1) as opened:
        yield opened


def test_genetic_solves_in_the_sandbox_and_proposes_no_behaviour_twice(executor):
    asked = problem([((x,), 2 * x + 1) for x in (2, 3, 10, -4)])
    programs = ExpressionPrograms(asked)
    proposer = Genetic(programs, rng=np.random.default_rng(0), population=40)
    found = solve(asked, proposer, executor=executor, budget=Budget(candidates=600), batch=50)
    assert found.solved, found.why
    outputs = [tuple(found.verdicts.value[i]) for i in range(len(found.verdicts.candidates))]
    assert len(set(outputs)) >= 0.95 * len(outputs)  # 1 and True have one number but are two types
    again = Genetic(programs, rng=np.random.default_rng(0), population=40)
    assert [c.source for c in again.ask(20)] == list(
        dict.fromkeys(c.source for c in Genetic(programs, rng=np.random.default_rng(0), population=40).ask(20))
    )


def test_expressions_mutate_within_their_type_and_size():
    rng = np.random.default_rng(2)
    programs = ExpressionPrograms(
        problem([(("ab", 2), "abab"), (("c", 3), "ccc")], (("s", "str"), ("n", "int")), "str"), max_cost=12
    )
    current = programs.start(5, rng=rng)[0]
    for _ in range(200):
        current = programs.mutate(current, rng=rng)
        assert current.type == "str"
        assert current.cost <= 12
        assert len(current.column) == 2


def test_problems_without_plain_examples_are_refused():
    with pytest.raises(BadProblem, match="one type in all tests"):
        ExpressionPrograms(problem([((1,), 2), (("a",), 3)]))
    with pytest.raises(BadProblem, match="plain calls"):
        ExpressionPrograms(Problem("q", "", Signature("f", (Parameter("x"),)), tests=(CallTest("f", (1,)),)))


def test_restart_begins_with_the_tidied_program():
    evolution = Aging(
        ["keep junk"],
        mutate=lambda one: one + " more",
        key=lambda one: one.split()[0],  # what follows the first word says nothing
        rng=np.random.default_rng(0),
        population=3,
        restart_after=5,
        tidy=lambda one: one.split()[0],
    )
    run(evolution, lambda one: 0.0, n_children=5)
    assert [program for program, _, _ in evolution.members] == ["keep"] * 3
