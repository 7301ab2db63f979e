"""SyGuS files as problems: answers are right, honest about what they rest on, and bad files are one clear line."""

from pathlib import Path

import numpy as np
import pytest

from unriddle.errors import BadInput, BadProblem, Unsupported
from unriddle.grammar.smt import evaluate
from unriddle.grammar.sygus import read_sygus
from unriddle.grammar.term import show
from unriddle.pose import answer_sygus, read_sygus_file
from unriddle.pose.distinguish import difference, variations
from unriddle.pose.sygus import show_difference
from unriddle.propose.sygus import right_on, solve_sygus

SAMPLE = Path(__file__).parents[3] / "shared" / "data" / "sygus-sample"

GRAMMAR = """
((Start String (s))
 (s String ({variables} " " "." (str.++ s s) (str.replace s s s) (str.at s i) (int.to.str i) (ite b s s)
            (str.substr s i i)))
 (i Int (0 1 2 (+ i i) (- i i) (str.len s) (str.to.int s) (str.indexof s s i)))
 (b Bool (true false (str.prefixof s s) (str.suffixof s s) (str.contains s s))))"""


def text_task(examples, *, variables="x"):
    parameters = " ".join(f"({name} String)" for name in variables.split())
    constraints = "\n".join(
        f'(constraint (= (f {" ".join(f"{chr(34)}{a}{chr(34)}" for a in args)}) "{value}"))'
        for *args, value in examples
    )
    grammar = GRAMMAR.format(variables=variables)
    return read_sygus(f"(set-logic SLIA)(synth-fun f ({parameters}) String {grammar})\n{constraints}\n(check-synth)")


# Examples, and one more that the answer must get right without having seen it.
TEXT_TASKS = {
    "first word": ([("Ada Lovelace", "Ada"), ("Alan Turing", "Alan"), ("Grace B. Hopper", "Grace")], ("To Ho", "To")),
    "initials": ([("Ada Love", "A.L"), ("Bob Cox", "B.C"), ("Carolin Do", "C.D")], ("Eve Fox", "E.F")),
    "after the mark": ([("a.bcd", "bcd"), ("abc.d", "d"), ("ab.cd", "cd")], ("q.rstuv", "rstuv")),
    "remove": ([("a b", "ab"), ("cc dd", "ccdd"), ("e f", "ef")], ("gg h", "ggh")),
}


@pytest.mark.parametrize("name", TEXT_TASKS)
def test_texts_are_solved_and_generalise(name):
    examples, unseen = TEXT_TASKS[name]
    task = text_task(examples)
    answer = answer_sygus(task, problem=name, cpu_seconds=20)
    assert answer.solved
    assert answer.n_passed == len(examples)
    assert all(right_on(task, answer.body, task.examples))
    assert evaluate(answer.body, {"x": unseen[0]}) == unseen[1]
    names = {}
    exec(answer.python, names)  # a program of our own grammar
    assert names["f"](unseen[0]) == unseen[1]


def test_conditions_are_found():
    task = text_task([("a.b", "a"), ("cc.d", "cc"), ("e f", "f"), ("g hh", "hh"), ("k.l", "k")])
    answer = answer_sygus(task, problem="either", cpu_seconds=20)
    assert answer.solved
    assert evaluate(answer.body, {"x": "xyz.w"}) == "xyz"


def number_task(grammar, examples, *, sort="Int", logic="LIA"):
    constraints = "".join(f"(constraint (= (f {' '.join(args)}) {value}))" for *args, value in examples)
    n = len(examples[0]) - 1
    parameters = " ".join(f"(v{i} {sort})" for i in range(n))
    return read_sygus(f"(set-logic {logic})(synth-fun f ({parameters}) {sort} {grammar}){constraints}(check-synth)")


def test_integers_without_a_grammar():
    examples = [("3", "5", "5"), ("9", "2", "9"), ("-1", "-4", "-1"), ("0", "7", "7")]
    task = number_task("", examples)
    answer = answer_sygus(task, problem="max", cpu_seconds=20)
    assert answer.solved
    assert [evaluate(answer.body, {"v0": a, "v1": b}) for a, b in [(100, 1), (1, 100), (-5, -6)]] == [100, 100, -5]


def test_bit_vectors_with_functions_of_the_file():
    text = """(set-logic BV)
    (define-fun shr1 ((a (_ BitVec 64))) (_ BitVec 64) (bvlshr a #x0000000000000001))
    (define-fun if0 ((a (_ BitVec 64)) (b (_ BitVec 64)) (c (_ BitVec 64))) (_ BitVec 64)
        (ite (= a #x0000000000000000) b c))
    (synth-fun f ((x (_ BitVec 64))) (_ BitVec 64)
        ((S (_ BitVec 64) (x #x0000000000000000 #x0000000000000001 (bvnot S) (shr1 S) (bvand S S) (bvadd S S)
                           (if0 S S S)))))
    (constraint (= (f #xffffffffffffffff) #x7ffffffffffffffe))
    (constraint (= (f #x8000000000000001) #x4000000000000000))
    (constraint (= (f #x000000000000000a) #x0000000000000004))
    (check-synth)"""
    task = read_sygus(text)
    answer = answer_sygus(task, problem="bits", cpu_seconds=20)
    assert answer.solved
    assert all(right_on(task, answer.body, task.examples))
    names = {}
    exec(answer.python, names)
    assert names["f"](0xFFFFFFFFFFFFFFFF) == 0x7FFFFFFFFFFFFFFE


def vectors(width, rules, examples):
    """Examples and constants as whole numbers; ``{n}`` in the rules is the constant n."""

    def digits(n):
        return f"(_ bv{n} {width})"

    constraints = "".join(f"(constraint (= (f {digits(a)}) {digits(b)}))" for a, b in examples)
    sort = f"(_ BitVec {width})"
    rules = rules.replace("{0}", digits(0)).replace("{1}", digits(1))
    head = f"(set-logic BV)(synth-fun f ((x {sort})) {sort} ((S {sort} ({rules}))))"
    return read_sygus(f"{head}{constraints}(check-synth)")


@pytest.mark.parametrize(
    ("width", "rules", "examples"),
    [
        (64, "x {1} (bvshl S S) (bvneg S)", [(63, 1 << 63), (0, 1)]),  # the least signed number is a value like others
        (64, "x {1} (bvsdiv S S) (bvadd S S)", [(9, 4), (2, 1), (2**64 - 6, 2**64 - 3)]),
        (8, "x {0} {1} (bvsrem S (bvadd S S)) ((_ rotate_left 1) S)", [(0x81, 3), (0x40, 0x80)]),
        (8, "x (concat ((_ extract 3 0) S) ((_ extract 7 4) S))", [(0x12, 0x21), (0xAB, 0xBA)]),
        (8, "x (bvadd S S S) (bvor S S)", [(1, 3), (2, 6)]),
        (100, "x {1} (bvadd S S) (bvmul S S)", [(3, 10), (1 << 60, (1 << 120) % (1 << 100) + 1)]),
    ],
)
def test_bit_vector_operators_of_every_kind_are_searched(width, rules, examples):
    task = vectors(width, rules, examples)
    found = solve_sygus(task, cpu_seconds=20)
    assert found.bodies
    assert all(right_on(task, found.bodies[0], task.examples))


def test_functions_of_two_widths_keep_their_widths():
    text = """(define-fun low ((a (_ BitVec 8)) (b (_ BitVec 4))) (_ BitVec 4) (bvadd b b))
    (synth-fun f ((x (_ BitVec 8)) (y (_ BitVec 4))) (_ BitVec 4)
        ((S (_ BitVec 4) (y (low T S))) (T (_ BitVec 8) (x))))
    (constraint (= (f #x00 #xf) #xe))(constraint (= (f #x01 #x9) #x2))(check-synth)"""
    assert show(solve_sygus(read_sygus(text), cpu_seconds=20).bodies[0]) == "(low x y)"


def test_constants_of_the_file_and_names_with_braces_are_used():
    text = """(define-fun c () Int 40) (define-fun add{0} ((a Int)) Int (+ a 2))
    (synth-fun f ((x Int)) Int ((S Int (x c (add{0} S) (+ S S)))))
    (constraint (= (f 1) 43))(constraint (= (f 2) 44))(check-synth)"""
    task = read_sygus(text)
    body = solve_sygus(task, cpu_seconds=20).bodies[0]
    assert all(right_on(task, body, task.examples))
    names = {}
    exec(answer_sygus(task, problem="c", cpu_seconds=20).python, names)
    assert names["f"](7) == 49


def test_case_distinctions_inside_are_found_where_none_can_be_at_the_top():
    rules = "((S Int ((+ T T))) (T Int (v0 1 (ite B T T))) (B Bool ((<= T T))))"
    task = number_task(rules, [("-5", "2"), ("1", "2"), ("4", "8"), ("3", "6")])
    body = solve_sygus(task, cpu_seconds=30).bodies[0]
    assert [evaluate(body, {"v0": v}) for v in (-9, 10)] == [2, 20]


def test_a_finite_grammar_ends_before_the_time():
    task = number_task("((S Int (v0 (+ T T))) (T Int (v0 1)))", [("1", "9")])
    answer = answer_sygus(task, problem="finite", cpu_seconds=60)
    assert not answer.solved
    assert "nothing more to try" in answer.why
    assert answer.search.cpu_seconds < 60


def test_long_texts_are_searched_in_bounded_memory():
    long = "ab" * 5_000
    task = text_task([(long + ".x", long), ("cd.y", "cd")])
    assert solve_sygus(task, cpu_seconds=5).cpu_seconds < 30


def test_only_terms_of_the_grammar_are_answers():
    """Without any way to say 2 but 1 + 1 inside a rule."""
    task = number_task("((S Int (v0 (+ S (+ T T)))) (T Int (1)))", [("1", "3"), ("5", "7")])
    found = solve_sygus(task, cpu_seconds=5)
    assert [show(body) for body in found.bodies] == ["(+ v0 (+ 1 1))"]


def test_runners_up_differ_where_they_say():
    task = text_task([("Ada Lovelace", "Ada"), ("Bob Turing", "Bob")])
    answer = answer_sygus(task, problem="three letters or a word", cpu_seconds=20)
    shown = [runner_up for runner_up in answer.runners_up if runner_up.differs]
    assert shown
    for runner_up in shown:
        args, first, second = runner_up.differs
        assert evaluate(answer.body, {"x": args[0]}) == first != second == evaluate(runner_up.body, {"x": args[0]})
        assert args not in {example.args for example in task.examples}
        assert "by the runner-up" in show_difference(task, runner_up.differs)


def test_equal_programs_have_no_difference():
    task = text_task([("a b", "ab")])
    body = solve_sygus(task, cpu_seconds=5).bodies[0]
    rng = np.random.default_rng(0)
    assert difference(task, body, body, rng=rng) is None
    made = variations(text_task([("Ada B. Love", "Ada"), ("Bob Cox", "Bob")]), rng=rng, n=50)
    assert len(set(made)) == len(made) == 50


def test_no_answer_within_the_time_is_said():
    task = text_task([("a", "zebra")])
    answer = answer_sygus(task, problem="impossible", cpu_seconds=0.2)
    document = answer.as_dict()
    assert not answer.solved
    assert (document["program"], document["confidence"], document["solved"]) == (None, 0.0, False)
    assert "0.2 CPU seconds" in document["why"]


def test_general_constraints_and_several_functions_are_named():
    general = "(set-logic LIA)(synth-fun f ((x Int)) Int)(declare-var x Int)(constraint (>= (f x) x))(check-synth)"
    with pytest.raises(Unsupported, match=r"no examples \(the first is \(>= \(f x\) x\)\)"):
        solve_sygus(read_sygus(general))
    two = "(synth-fun f ((x Int)) Int)(synth-fun g ((x Int)) Int)(constraint (= (f 1) (g 1)))(check-synth)"
    with pytest.raises(Unsupported, match=r"several functions \(f, g\)"):
        answer_sygus(read_sygus(two), problem="p")
    with pytest.raises(BadInput, match="no constraint"):
        answer_sygus(read_sygus("(synth-fun f ((x Int)) Int)(check-synth)"), problem="p")


def test_a_file_that_is_not_there_is_one_line(tmp_path):
    with pytest.raises(BadProblem, match="cannot read the problem"):
        read_sygus_file(tmp_path / "none.sl")


@pytest.mark.skipif(not SAMPLE.is_dir(), reason="the sample of SyGuS files is not here")
@pytest.mark.parametrize(
    "name", ["phone-5_short", "phone-10-long-repeat", "dr-name", "30732554", "convert-text-to-numbers"]
)
def test_files_of_the_sample(name):
    task = read_sygus_file(SAMPLE / f"{name}.sl")
    answer = answer_sygus(task, problem=name, cpu_seconds=10)
    assert answer.solved
    assert all(right_on(task, answer.body, task.examples))
