"""Constraints with several calls, and invariants: what is found is right for all inputs, by brute force on many."""

import itertools

import pytest

from unriddle.errors import BadProblem, Unsupported
from unriddle.grammar.smt import evaluate
from unriddle.grammar.sygus import read_sygus
from unriddle.pose.sygus import answer_sygus

LARGER = """(set-logic LIA)(synth-fun f ((x Int) (y Int)) Int)(declare-var x Int)(declare-var y Int)
(constraint (= (f x y) (f y x)))(constraint (>= (f x y) x))(constraint (or (= (f x y) x) (= (f x y) y)))(check-synth)"""
NESTED = """(set-logic LIA)(synth-fun f ((x Int)) Int)(declare-var x Int)
(constraint (= (f (f x)) x))(constraint (= (f 3) 7))(check-synth)"""
LOOP = """(set-logic LIA)
(synth-inv inv ((x Int) (y Int)))
(define-fun pre ((x Int) (y Int)) Bool (and (= x 0) (= y 10)))
(define-fun trans ((x Int) (y Int) (x! Int) (y! Int)) Bool (and (< x 10) (= x! (+ x 1)) (= y! (- y 1))))
(define-fun post ((x Int) (y Int)) Bool (=> (>= x 10) (= y (- 10 x))))
(inv-constraint inv pre trans post)
(check-synth)"""


@pytest.fixture(autouse=True)
def _needs_a_solver():
    pytest.importorskip("cvc5", reason="needs the extra unriddle[smt]")


def test_a_symmetric_function_is_found():
    answer = answer_sygus(read_sygus(LARGER), problem="larger", cpu_seconds=20)
    assert answer.proved
    for x, y in itertools.product(range(-4, 5), repeat=2):
        assert evaluate(answer.body, {"x": x, "y": y}) == max(x, y)


def test_a_function_within_its_own_arguments():
    answer = answer_sygus(read_sygus(NESTED), problem="nested", cpu_seconds=20)
    for x in range(-20, 20):
        assert evaluate(answer.body, {"x": evaluate(answer.body, {"x": x})}) == x
    assert evaluate(answer.body, {"x": 3}) == 7


def test_an_invariant_holds_before_is_kept_and_gives_the_postcondition():
    answer = answer_sygus(read_sygus(LOOP), problem="loop", cpu_seconds=20)
    assert answer.proved
    inv = {(x, y): evaluate(answer.body, {"x": x, "y": y}) for x, y in itertools.product(range(-15, 16), repeat=2)}
    assert inv[0, 10]
    for (x, y), holds in inv.items():
        if holds and x < 10 and (x + 1, y - 1) in inv:
            assert inv[x + 1, y - 1]
        if holds and x >= 10:
            assert y == 10 - x


def test_primed_variables_may_be_declared():
    assert (
        read_sygus(LOOP.replace("(inv-constraint", "(declare-primed-var x Int)\n(inv-constraint")).functions[0].returns
        == "Bool"
    )


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("(inv-constraint inv", "(inv-constraint other", r":6:17: expected the name of an invariant"),
        ("inv pre trans", "inv trans trans", r":6:21: expected a defined function of 2 arguments"),
        ("inv pre trans", "inv pre pre", r":6:25: expected a defined function of 4 arguments"),
    ],
)
def test_bad_invariants_say_where(old, new, said):
    with pytest.raises(BadProblem, match=said):
        read_sygus(LOOP.replace(old, new), path="a.sl")


def test_several_functions_are_named_with_their_place():
    two = "(synth-fun f ((x Int)) Int)\n(synth-fun g ((x Int)) Int)(constraint (= (f 1) (g 1)))(check-synth)"
    with pytest.raises(Unsupported, match=r"a\.sl:2:12: several functions \(f, g\)"):
        answer_sygus(read_sygus(two, path="a.sl"), problem="p")
