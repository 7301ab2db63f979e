"""SyGuS files: versions 1 and 2.1, what is refused and where, and that writing and reading are inverse."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unriddle.errors import BadProblem, Unsupported
from unriddle.grammar import BitVector, Term, read_sygus, show, write_sygus
from unriddle.grammar.read_term import read_literal, read_term
from unriddle.grammar.sexpr import parse
from unriddle.grammar.term import literal, show_value

SAMPLE = Path(__file__).parents[3] / "shared" / "data" / "sygus-sample"

VERSION_1 = """(set-logic SLIA) ; a comment
(synth-fun f ((x String) (n Int)) String
    ((Start String (nt (str.++ nt nt)))
     (nt String (x " " "a""b" (str.at x ni) (ite nb nt nt)))
     (ni Int (0 -1 n (str.len nt)))
     (nb Bool (true (str.prefixof nt nt)))))
(declare-var x String)
(constraint (= (f "ab" 1) "b"))
(constraint (= "c" (f "xc" (- 1))))
(constraint (= (f "ab" 1) "b"))
(check-synth)
"""
VERSION_2 = """(set-logic BV)
(define-fun half ((a (_ BitVec 8))) (_ BitVec 8) (bvlshr a #x01))
(synth-fun g ((y (_ BitVec 8))) (_ BitVec 8)
    ((S (_ BitVec 8)))
    ((S (_ BitVec 8) (y #x00 #b00000001 (_ bv3 8) (half S) (bvadd S S) (Constant (_ BitVec 8))
                      (Variable (_ BitVec 8))))))
(declare-var z (_ BitVec 8))
(constraint (= (g #x10) #x08))
(constraint (= (g (half #x40)) #x10))
(constraint (bvule (g z) z))
(check-synth)
"""


def test_version_1_is_read():
    task = read_sygus(VERSION_1)
    function = task.functions[0]
    assert (task.logic, function.name, function.returns) == ("SLIA", "f", "String")
    assert function.parameters == (("x", "String"), ("n", "Int"))
    assert function.grammar.start == "Start"
    assert ("nt", literal('a"b')) in function.grammar.productions
    assert ("ni", literal(-1)) in function.grammar.productions
    assert [(e.args, e.value, e.line) for e in task.examples] == [(("ab", 1), "b", 8), (("xc", -1), "c", 9)]
    assert (task.n_repeated, task.constraints) == (1, ())


def test_version_2_is_read_and_general_constraints_are_kept():
    task = read_sygus(VERSION_2)
    assert [(e.args, e.value) for e in task.examples] == [
        ((BitVector(0x10, 8),), BitVector(8, 8)),
        ((BitVector(0x20, 8),), BitVector(0x10, 8)),
    ]
    assert [show(term) for term in task.constraints] == ["(bvule (g z) z)"]
    grammar = task.functions[0].grammar
    assert grammar.constants == {"S"}
    assert [show(term) for _, term in grammar.productions] == ["y", "#x00", "#x01", "#x03", "(half S)", "(bvadd S S)"]
    assert task.definitions["half"][0] == ("a",)


@pytest.mark.parametrize("text", [VERSION_1, VERSION_2])
def test_what_is_written_reads_the_same(text):
    task = read_sygus(text)
    again = read_sygus(write_sygus(task))
    assert again.functions == task.functions
    assert again.constraints == task.constraints
    assert again.definitions == task.definitions
    assert [(e.args, e.value) for e in again.examples] == [(e.args, e.value) for e in task.examples]


@pytest.mark.skipif(not SAMPLE.is_dir(), reason="the sample of SyGuS files is not here")
def test_every_file_of_the_sample_is_read_and_written():
    paths = sorted(SAMPLE.glob("*.sl"))
    assert len(paths) == 40
    for path in paths:
        task = read_sygus(path.read_text(), path=str(path))
        assert len(task.examples) > 1
        assert task.constraints == ()
        assert read_sygus(write_sygus(task)).functions == task.functions


HEAD = "(set-logic LIA)\n(synth-fun f ((x Int)) Int)\n"
TAIL = "\n(check-synth)"


@pytest.mark.parametrize(
    ("text", "where", "said"),
    [
        (HEAD + "(constraint (= (f 1) 2)", "a.sl:3:1", "never closed"),
        (HEAD + "(constraint (= (f 1) 2)))", "a.sl:3:25", "closes nothing"),
        (HEAD + '(set-info :a "b)', "a.sl:3:14", "quote is never closed"),
        (HEAD + "(constraint (= (f 1) y))" + TAIL, "a.sl:3:22", "not declared"),
        (HEAD + "(constraint (= (f 1 2) 3))" + TAIL, "a.sl:3:16", "takes 1 arguments, got 2"),
        (HEAD + "(constraint (= (f 1) (frob 3)))" + TAIL, "a.sl:3:23", "not known"),
        (HEAD + '(constraint (= (f 1) "a"))' + TAIL, "a.sl:3:13", "does not take 2 arguments of sorts Int, String"),
        (HEAD + "(constraint (= (f true) 1))" + TAIL, "a.sl:3:13", "'f' does not take 1 arguments of sorts Bool"),
        (HEAD + "(constraint (f 1))" + TAIL, "a.sl:3:13", "expected a term of sort Bool, got '.f 1.' of sort Int"),
        (HEAD + "(define-fun g ((y Int)) Bool y)" + TAIL, "a.sl:3:30", "expected a term of sort Bool"),
        (HEAD + "(define-fun + ((y Int)) Int y)" + TAIL, "a.sl:3:13", "has no meaning yet"),
        (HEAD + "(define-fun x () Int 1)" + TAIL, "a.sl:3:13", "is a parameter of the function"),
        (HEAD + "(constraint (= (f 1) " + "9" * 5000 + "))" + TAIL, "a.sl:3:22", "literal of a supported size"),
        (HEAD + "(declare-var b (_ BitVec " + "9" * 5000 + "))" + TAIL, "a.sl:3:16", "a width from 1 to 4096"),
        (HEAD + "(declare-var b (_ BitVec 0))" + TAIL, "a.sl:3:16", "a width from 1 to 4096"),
        (
            HEAD + "(constraint (= (_ bv1 99999999999) (_ bv1 99999999999)))" + TAIL,
            "a.sl:3:16",
            "literal of a supported size",
        ),
        (HEAD + "(constraint (= ((_ repeat 9999999999) #b1) #b1))" + TAIL, "a.sl:3:17", "name of an operator"),
        (HEAD + "(constraint (= ((_ extract 1 3) #xff) #b1))" + TAIL, "a.sl:3:13", "does not take"),
        ("(synth-fun f () Int ((S Int (1 (+ S true)))))(check-synth)", "a.sl:1:32", "sorts Int, Bool"),
        ("(synth-fun f () Int ((S Int (1 B)) (B Bool (true))))(check-synth)", "a.sl:1:32", "of sort Bool"),
        (HEAD + "(frobnicate 1)" + TAIL, "a.sl:3:2", "not known"),
        (HEAD + "(constraint)" + TAIL, "a.sl:3:1", "takes 1 parts, got 0"),
        (HEAD + "hello" + TAIL, "a.sl:3:1", "expected a command"),
        (HEAD + "(declare-var f Int)" + TAIL, "a.sl:3:14", "declared twice"),
        (HEAD + "(declare-var y Real)" + TAIL, "a.sl:3:16", "expected a sort"),
        (HEAD + "(constraint (forall ((y Int)) (= (f y) y)))" + TAIL, "a.sl:3:14", "forall is not supported"),
        (HEAD + "(constraint (let ((y)) (= (f y) y)))" + TAIL, "a.sl:3:19", "expected .name term."),
        ("", "a.sl:1:1", "synth-fun"),
        (HEAD, "a.sl:1:1", "check-synth"),
        ("(synth-fun f () Int ())(check-synth)", "a.sl:1:21", "grammar is empty"),
        ("(synth-fun f () Int ((S Int ((+ S S)))))(check-synth)", "a.sl:1:21", "makes no finite term"),
        ("(synth-fun f () Int ((S Bool (true))))(check-synth)", "a.sl:1:21", "sort Bool, but Int"),
        ("(synth-fun f () Int ((S Int (0)) (S Int (1))))(check-synth)", "a.sl:1:34", "declared twice"),
        ("(" * 500, "a.sl:1:301", "levels of parentheses"),
    ],
)
def test_bad_files_are_refused_with_line_and_column(text, where, said):
    with pytest.raises(BadProblem, match=said) as caught:
        read_sygus(text, path="a.sl")
    assert str(caught.value).startswith(where + ": ")


def test_let_is_written_out_and_inner_names_win():
    text = HEAD + "(constraint (let ((y 1) (z 5)) (= (f (let ((y (+ y 1))) (* y z))) (+ y z))))" + TAIL
    assert [(e.args, e.value) for e in read_sygus(text).examples] == [((10,), 6)]


def test_lets_that_would_grow_without_bound_are_refused():
    wide = "(+ z z)"
    for name in reversed("abcdefghijklmnopqrstuvwxyz"):
        wide = f"(let (({name} (+ {chr(ord(name) - 1) if name > 'a' else '1'} 1))) {wide})"
    assert read_sygus(HEAD + f"(constraint (= (f 1) {wide}))" + TAIL).examples[0].value == 54
    deep = "(+ z z)"
    for name in reversed("abcdefghijklmnopqrstuvwxyz"):
        before = chr(ord(name) - 1) if name > "a" else "1"
        deep = f"(let (({name} (+ {before} {before}))) {deep})"
    with pytest.raises(BadProblem, match="with its lets written out"):
        read_sygus(HEAD + f"(constraint (= (f 1) {deep}))" + TAIL)


def test_functions_that_never_end_in_practice_are_refused():
    lines = ["(define-fun f0 ((x Int)) Int (+ x 1))"]
    lines += [f"(define-fun f{i} ((x Int)) Int (f{i - 1} (f{i - 1} x)))" for i in range(1, 60)]
    text = f"(set-logic LIA)\n{' '.join(lines)}\n(synth-fun g ((x Int)) Int)\n(constraint (= (g 1) (f59 1)))" + TAIL
    with pytest.raises(BadProblem, match=r"^a.sl:4:13: .* more than 100000 steps"):
        read_sygus(text, path="a.sl")


@pytest.mark.parametrize("doubled", ["(str.++ x x)", '(str.replace_all x "a" x)'])
def test_texts_that_grow_without_bound_are_refused(doubled):
    lines = [f"(define-fun f0 ((x String)) String {doubled})"]
    lines += [f"(define-fun f{i} ((x String)) String (f{i - 1} (f{i - 1} x)))" for i in range(1, 8)]
    text = f'{" ".join(lines)}(synth-fun g () String)(constraint (= g (f7 "aa")))' + TAIL
    with pytest.raises(BadProblem, match="too large"):
        read_sygus(text)


def test_deep_files_end_in_one_line():
    for middle in ("(not ", "(let ((p true)) ", "((_ extract 0 0) "):
        text = HEAD + "(constraint " + middle * 295 + "true" + ")" * 295 + ")" + TAIL
        with contextlib.suppress(BadProblem):
            read_sygus(text, path="a.sl")


def test_quoted_names_keep_their_bars_where_they_need_them():
    task = read_sygus("(synth-fun |f g| ((|x| Int)) Int)(constraint (= (|f g| 1) 2))(check-synth)")
    assert task.functions[0].name == "|f g|"
    assert task.functions[0].parameters == (("x", "Int"),)
    assert read_sygus(write_sygus(task)).functions == task.functions


def test_functions_without_parameters_are_constants():
    text = "(define-fun c () Int 5)(synth-fun f ((x Int)) Int ((S Int (x c (+ S S)))))(constraint (= (f c) (+ c 5)))"
    task = read_sygus(text + TAIL)
    assert [(e.args, e.value) for e in task.examples] == [((5,), 10)]


def test_contradicting_examples_are_named():
    text = HEAD + "(constraint (= (f 1) 2))\n(constraint (= (f 2) 2))\n(constraint (= (f 1) 3))" + TAIL
    with pytest.raises(BadProblem, match=r"a.sl:5:13: .* contradicts the one in line 3: .* 2 there and 3 here"):
        read_sygus(text, path="a.sl")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("(set-logic QF_ABV)", r"a.sl:1:12: the logic 'QF_ABV' is not supported"),
        ("(set-logic NRA)", "NRA"),
        ("(set-logic LIA)\n(declare-datatype D ((a)))", "a.sl:2:1: the command declare-datatype"),
    ],
)
def test_what_is_not_covered_is_named(text, said):
    with pytest.raises(Unsupported, match=said):
        read_sygus(text, path="a.sl")


texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",), max_codepoint=0x2FFFF), max_size=12)


@settings(deadline=None)
@given(texts)
def test_every_string_is_written_and_read_back(text):
    node = parse(show_value(text), path="x")[0]
    assert read_literal(node) == literal(text)
    assert show_value(text).isascii()


@settings(deadline=None)
@given(st.text(r'\ux{}"ab0 ', max_size=12))
def test_backslashes_survive(text):
    assert read_literal(parse(show_value(text), path="x")[0]) == literal(text)


@settings(deadline=None)
@given(st.integers(), st.integers(1, 70).flatmap(lambda w: st.builds(BitVector, st.integers(0, 2**w - 1), st.just(w))))
def test_every_number_is_written_and_read_back(number, vector):
    for value in (number, vector, True, False):
        assert read_literal(parse(show_value(value), path="x")[0]) == literal(value)


def test_true_and_one_are_different_literals():
    assert literal(True) != literal(1)
    assert read_term(parse("(+ 1 x)", path="x")[0], path="x", known={"x": 0}) == Term("+", (literal(1), Term("x")))
