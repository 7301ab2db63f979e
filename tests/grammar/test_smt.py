"""The evaluator against the standard's own examples, against cvc5 where it is installed, and against Python forms."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unriddle.errors import BadInput, Unsupported
from unriddle.grammar import BitVector, Term, read_sygus, show
from unriddle.grammar.python import python_function, python_value
from unriddle.grammar.read_term import read_term
from unriddle.grammar.sexpr import parse
from unriddle.grammar.smt import evaluate
from unriddle.grammar.sorts import term_sort
from unriddle.grammar.term import literal, sort_of

# (term, value): out-of-range cases as the theory of strings defines them.
STRINGS = """
(str.substr "hello" 1 2)|"el"      (str.substr "hello" 5 1)|""       (str.substr "hello" -1 2)|""
(str.substr "hello" 3 99)|"lo"     (str.substr "hello" 0 0)|""       (str.substr "hello" 2 -1)|""
(str.at "abc" 2)|"c"               (str.at "abc" 3)|""               (str.at "abc" -1)|""
(str.indexof "abcabc" "c" 3)|5     (str.indexof "abc" "z" 0)|-1      (str.indexof "abc" "" 3)|3
(str.indexof "abc" "" 4)|-1        (str.indexof "abc" "a" -1)|-1     (str.indexof "" "" 0)|0
(str.indexof "abc" "c" 3)|-1       (str.replace "abab" "b" "X")|"aXab"  (str.replace "ab" "" "X")|"Xab"
(str.replace "" "" "X")|"X"        (str.replace "ab" "z" "X")|"ab"   (str.replace_all "abab" "b" "")|"aa"
(str.replace_all "ab" "" "X")|"ab"  (str.prefixof "" "a")|true        (str.prefixof "ab" "a")|false
(str.suffixof "bc" "abc")|true     (str.suffixof "abc" "bc")|false   (str.contains "abc" "")|true
(str.to.int "012")|12              (str.to.int "")|-1                (str.to.int "-1")|-1
(str.to.int "1a")|-1               (str.to_int "٣")|-1               (int.to.str 7)|"7"
(int.to.str -7)|""                 (str.from_int 0)|"0"              (str.len "")|0
(str.to_code "a")|97               (str.to_code "ab")|-1             (str.from_code 97)|"a"
(str.from_code -1)|""              (str.from_code 196608)|""         (str.is_digit "5")|true
(str.is_digit "55")|false          (str.< "a" "b")|true              (str.<= "b" "b")|true
(str.++ "a" "b" "c")|"abc"         (str.< "" "")|false               (str.is_digit "")|false
""".replace("\n", "  ")
NUMBERS = """
(div 7 2)|3   (div -7 2)|-4   (div 7 -2)|-3   (div -7 -2)|4   (mod 7 2)|1   (mod -7 2)|1   (mod 7 -2)|1
(mod -7 -2)|1   (- 5)|-5   (- 9 2 3)|4   (* 2 3 4)|24   (abs -3)|3   (< 1 2 3)|true   (< 1 3 2)|false
(=> true false)|false   (=> false false)|true   (xor true true)|false   (distinct 1 2 1)|false
(ite (= 1 2) 3 4)|4   (and true true false)|false
"""
VECTORS = """
(bvudiv #x07 #x00)|#xff   (bvurem #x07 #x00)|#x07   (bvsdiv #xf9 #x02)|#xfd   (bvsrem #xf9 #x02)|#xff
(bvsmod #xf9 #x02)|#x01   (bvsdiv #xf9 #x00)|#x01   (bvsdiv #x07 #x00)|#xff   (bvshl #x81 #x01)|#x02
(bvlshr #x81 #x01)|#x40   (bvashr #x81 #x01)|#xc0   (bvshl #x01 #x09)|#x00    (bvashr #x80 #xff)|#xff
(bvneg #x01)|#xff   (bvslt #xff #x00)|true   (bvult #xff #x00)|false   (concat #xa #x5)|#xa5
((_ extract 6 3) #xf0)|#xe   ((_ zero_extend 4) #xf)|#x0f   ((_ sign_extend 4) #x8)|#xf8
((_ rotate_left 1) #x81)|#x03   ((_ rotate_right 1) #x81)|#xc0   (bvnand #xff #x0f)|#xf0   (bvcomp #x1 #x1)|#b1
"""


def cases():
    for block in (STRINGS, NUMBERS, VECTORS):
        for part in block.replace("\n", "   ").split("  "):
            if "|" in part:
                yield tuple(part.strip().split("|"))


def read(text):
    return read_term(parse(text, path="x")[0], path="x", known={})


@pytest.mark.parametrize(("text", "value"), list(cases()))
def test_evaluator_follows_the_standard(text, value):
    term, wanted = read(text), read(value)
    got = evaluate(term, {})
    assert literal(got) == wanted
    assert term_sort(term, {}) == sort_of(got)


def test_cvc5_agrees():
    cvc5 = pytest.importorskip("cvc5")
    solver = cvc5.Solver(cvc5.TermManager())
    parser = cvc5.InputParser(solver)
    shown = [f"(= {show(read(text)).replace('str.to.int', 'str.to_int').replace('int.to.str', 'str.from_int')} "
             f"{show(read(value))})" for text, value in cases()]  # fmt: skip
    text = f"(set-logic ALL)(assert (not (and {' '.join(shown)})))(check-sat)"
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, text, "check")
    said = ""
    while not (command := parser.nextCommand()).isNull():
        said += command.invoke(solver, parser.getSymbolManager())
    assert said.strip() == "unsat"


def test_values_that_do_not_exist_are_errors():
    for text in ("(div 1 0)", "(mod 1 0)", '(+ 1 "a")', "(not 1)", "(bvadd #x1 #x01)"):
        with pytest.raises(BadInput):
            evaluate(read(text), {})
    with pytest.raises(BadInput, match="variable x"):
        evaluate(Term("x"), {})
    with pytest.raises(Unsupported, match=r"re\.opt"):
        evaluate(Term("re.opt", (literal(1),)), {})


def test_ite_evaluates_only_the_branch_taken():
    term = Term("ite", (Term("b"), Term("div", (literal(1), literal(0))), literal(5)))
    assert evaluate(term, {"b": False}) == 5


GRAMMAR = """(set-logic ALL)
(define-fun twice ((a String)) String (str.++ a a))
(synth-fun f ((x String) (len Int) (y-1 Bool)) String)(check-synth)"""
leaves = {"s": [Term("x"), literal(""), literal("1"), literal("'a\"{0}\\")],
          "i": [Term("len"), literal(0), literal(-2)], "b": [Term("y-1"), literal(True)]}  # fmt: skip
rules = {
    "s": ["str.++ s s", "str.at s i", "str.substr s i i", "str.replace s s s", "str.replace_all s s s",
          "str.from_int i", "ite b s s", "twice s", "str.from_code i", "str.rev s"],
    "i": ["str.len s", "str.indexof s s i", "str.to_int s", "+ i i", "- i i", "* i i", "- i", "ite b i i", "abs i",
          "str.to_code s"],
    "b": ["= s s", "= i i", "< i i", "str.contains s s", "str.prefixof s s", "str.suffixof s s", "not b", "and b b",
          "or b b", "=> b b", "xor b b", "str.<= s s", "str.is_digit s", "distinct i i"],
}  # fmt: skip


@st.composite
def terms(draw, kind, depth=4):
    if depth == 0 or draw(st.integers(0, 4)) == 0:
        return draw(st.sampled_from(leaves[kind]))
    head, *parts = draw(st.sampled_from(rules[kind])).split()
    return Term(head, tuple(draw(terms(part, depth - 1)) for part in parts))


@settings(deadline=None, max_examples=200)
@given(terms("s"), st.text("a1'\"{ ", max_size=5), st.integers(-3, 6), st.booleans())
def test_python_means_the_same(body, x, n, y):
    """Programs of our own grammar, so they may run here."""
    task = read_sygus(GRAMMAR)
    source = python_function(task, body)
    names = {}
    exec(source, names)
    wanted = evaluate(body, {"x": x, "len": n, "y-1": y}, definitions=task.definitions)
    assert names["f"](x, n, y) == wanted


@settings(deadline=None, max_examples=100)
@given(st.integers(0, 255), st.integers(0, 255), st.sampled_from(
    ["bvadd", "bvsub", "bvmul", "bvand", "bvor", "bvxor", "bvshl", "bvlshr", "bvashr",
     "bvudiv", "bvurem"]))  # fmt: skip
def test_python_means_the_same_for_bit_vectors(a, b, name):
    task = read_sygus("(set-logic BV)(synth-fun f ((x (_ BitVec 8)) (y (_ BitVec 8))) (_ BitVec 8))(check-synth)")
    body = Term("bvnot", (Term(name, (Term("x"), Term("y"))),))
    names = {}
    exec(python_function(task, body), names)
    wanted = evaluate(body, {"x": BitVector(a, 8), "y": BitVector(b, 8)})
    assert names["f"](a, b) == python_value(wanted)
