"""Search by counterexamples: with a verifier that tries every input of a small box, and a solver if there is one."""

import itertools

import pytest

from unriddle.errors import BadInput, MissingExtra, Unsupported
from unriddle.grammar.smt import evaluate
from unriddle.grammar.solvers import installed
from unriddle.grammar.sygus import read_sygus
from unriddle.grammar.term import BitVector, Term, literal, show
from unriddle.pose import answer_sygus
from unriddle.pose.verify import check_script, checked_by_solver, verifier
from unriddle.propose.cegis import solve_general

MAX2 = """(set-logic LIA)
(synth-fun f ((a Int) (b Int)) Int)
(declare-var x Int)(declare-var y Int)
(constraint (>= (f x y) x))(constraint (>= (f x y) y))(constraint (or (= x (f x y)) (= y (f x y))))
(check-synth)"""
MAX3 = """(set-logic LIA)
(synth-fun f ((a Int) (b Int) (c Int)) Int
    ((I Int (a b c 0 1 (+ I I) (- I I) (ite B I I))) (B Bool ((<= I I) (= I I) (>= I I)))))
(declare-var x Int)(declare-var y Int)(declare-var z Int)
(constraint (and (>= (f x y z) x) (>= (f x y z) y) (>= (f x y z) z)))
(constraint (or (= x (f x y z)) (= y (f x y z)) (= z (f x y z))))
(check-synth)"""
LOWEST_BIT = """(set-logic BV)
(synth-fun f ((a (_ BitVec 4))) (_ BitVec 4) ((S (_ BitVec 4) (a #x0 #x1 (bvneg S) (bvand S S) (bvadd S S)))))
(declare-var x (_ BitVec 4))
(define-fun one-bit ((v (_ BitVec 4))) Bool (= #x0 (bvand v (bvsub v #x1))))
(constraint (one-bit (f x)))
(constraint (= (bvand x (f x)) (f x)))
(constraint (=> (distinct x #x0) (= #x0 (bvand (bvsub (f x) #x1) x))))
(constraint (=> (distinct x #x0) (distinct (f x) #x0)))
(check-synth)"""


def box(task, values):
    """Tries every tuple of these values, by the evaluator."""
    names = [name for name, _ in task.variables]
    function = task.functions[0]

    def verify(body):
        definitions = {**task.definitions, function.name: (tuple(name for name, _ in function.parameters), body)}
        for tried in itertools.product(values, repeat=len(names)):
            point = dict(zip(names, tried, strict=True))
            if all(evaluate(term, point, definitions=definitions) for term in task.assumptions) and not all(
                evaluate(term, point, definitions=definitions) for term in task.constraints
            ):
                return point
        return True

    return verify


TASKS = {
    "max2": (MAX2, range(-3, 4)),
    "max3": (MAX3, range(-2, 3)),
    "lowest bit": (LOWEST_BIT, [BitVector(n, 4) for n in range(16)]),
}


@pytest.mark.parametrize("name", TASKS)
def test_constraints_are_met_for_every_input_of_the_box(name):
    text, values = TASKS[name]
    task = read_sygus(text)
    found = solve_general(task, box(task, values), cpu_seconds=30)
    assert found.body is not None, found.why
    assert box(task, values)(found.body) is True


def test_max2_is_right_beyond_the_box():
    task = read_sygus(MAX2)
    body = solve_general(task, box(task, range(-3, 4)), cpu_seconds=30).body
    assert [evaluate(body, {"a": a, "b": b}) for a, b in [(1000, 7), (7, 1000), (-50, -60)]] == [1000, 1000, -50]


def test_examples_and_assumptions_count_too():
    task = read_sygus("""(set-logic LIA)(synth-fun f ((a Int)) Int)(declare-var x Int)
    (assume (>= x 0))(constraint (>= (f x) x))(constraint (<= (f x) (+ x 1)))(constraint (= (f 3) 4))(check-synth)""")
    body = solve_general(task, box(task, range(-3, 6)), cpu_seconds=30).body
    assert evaluate(body, {"a": 3}) == 4
    assert all(n <= evaluate(body, {"a": n}) <= n + 1 for n in range(6))


def test_a_verifier_that_cannot_tell_ends_the_search():
    task = read_sygus(MAX2)
    found = solve_general(task, lambda body: None, cpu_seconds=5)
    assert found.body is None
    assert "could not tell" in found.why


def test_constraints_no_program_meets_are_not_solved():
    text = "(set-logic LIA)(synth-fun f ((a Int)) Int ((S Int (a 0))))(declare-var x Int)(constraint (> (f x) x))"
    task = read_sygus(text + "(check-synth)")
    found = solve_general(task, box(task, range(3)), cpu_seconds=5)
    assert (found.body, found.why) == (None, "No program was found; there was nothing more to try.")


@pytest.mark.parametrize(
    ("constraint", "said", "error"),
    [
        ("(= (f x) (f (+ x 1)))", "in several ways", Unsupported),
        ("(= (f (f x)) x)", "in several ways", Unsupported),
        ("(> x 1)", "no constraint mentions f", BadInput),
    ],
)
def test_what_is_not_covered_is_named(constraint, said, error):
    text = f"(synth-fun f ((a Int)) Int)(declare-var x Int)(constraint {constraint})(check-synth)"
    with pytest.raises(error, match=said):
        solve_general(read_sygus(text), lambda body: True)


@pytest.mark.skipif(not installed(), reason="neither cvc5 nor z3 is installed")
@pytest.mark.parametrize("name", TASKS)
def test_a_solver_proves_the_answers(name):
    answer = answer_sygus(read_sygus(TASKS[name][0]), problem=name, cpu_seconds=30)
    assert answer.proved, answer.why
    assert answer.confidence == 1.0
    assert box(answer.task, TASKS[name][1])(answer.body) is True


@pytest.mark.skipif(not installed(), reason="neither cvc5 nor z3 is installed")
def test_a_solver_gives_points_where_a_body_is_wrong():
    task = read_sygus(MAX2)
    point = verifier(task)(Term("a"))
    assert point["y"] > point["x"]
    assert verifier(task)(Term("ite", (Term(">=", (Term("a"), Term("b"))), Term("a"), Term("b")))) is True


@pytest.mark.skipif(not installed(), reason="neither cvc5 nor z3 is installed")
def test_a_solver_checks_examples():
    text = '(synth-fun f ((s String)) String)(constraint (= (f "a\u00e9b") "\u00e9"))(check-synth)'
    task = read_sygus(text)
    assert checked_by_solver(task, Term("str.at", (Term("s"), literal(1)))) is True
    assert checked_by_solver(task, Term("str.at", (Term("s"), literal(2)))) is False


@pytest.mark.skipif(bool(installed()), reason="a solver is installed")
def test_without_a_solver_the_extra_is_named():
    with pytest.raises(MissingExtra, match=r"unriddle\[smt\]"):
        answer_sygus(read_sygus(MAX2), problem="max2")
    with pytest.raises(MissingExtra, match=r"unriddle\[smt\]"):
        checked_by_solver(read_sygus(MAX2), Term("a"))


def test_script_names_every_example():
    task = read_sygus("(synth-fun f ((x Int)) Int)(constraint (= (f 1) 2))(constraint (= (f 5) 6))(check-synth)")
    body = Term("+", (Term("x"), literal(1)))
    script = check_script(task, body)
    assert "(define-fun f ((x Int)) Int (+ x 1))" in script
    assert "(= (f 1) 2) (= (f 5) 6)" in script
    assert show(body) in script
