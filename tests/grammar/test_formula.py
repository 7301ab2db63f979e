"""Formulas say what terms say: by a small evaluator of formulas written from the functions' descriptions."""

import re

import numpy as np
import pytest

from unriddle.errors import BadInput, Unsupported
from unriddle.grammar.formula import formula
from unriddle.grammar.smt import evaluate
from unriddle.grammar.sygus import read_sygus
from unriddle.grammar.term import Term, literal


class Wrong(Exception):
    """A cell's ``#VALUE!``."""


TOKEN = re.compile(r'\s*("(?:[^"]|"")*"|\d+|[A-Z]+\d+|[A-Z]+|<=|>=|[-+*/&=<>(),])')
LEVELS = (("=", "<", ">", "<=", ">="), ("&",), ("+", "-"), ("*", "/"))


class Sheet:
    """A formula and cells; functions get their arguments unevaluated."""

    def __init__(self, text, cells):
        self.tokens, self.at, self.cells = TOKEN.findall(text.removeprefix("=")), 0, cells
        assert "".join(self.tokens) == text.removeprefix("=")

    def take(self):
        self.at += 1
        return self.tokens[self.at - 1]

    def peek(self):
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def level(self, n=0):
        if n == len(LEVELS):
            return self.unary()
        left = self.level(n + 1)
        while self.peek() in LEVELS[n]:
            sign, first, right = self.take(), left, self.level(n + 1)
            left = lambda first=first, right=right, sign=sign: compute(sign, first(), right())  # noqa: E731
        return left

    def unary(self):
        if self.peek() == "-":
            self.take()
            inner = self.unary()
            return lambda: -inner()
        token = self.take()
        if token == "(":
            inner = self.level()
            assert self.take() == ")"
            return inner
        if token[0] == '"':
            return lambda: token[1:-1].replace('""', '"')
        if token.isdigit():
            return lambda: int(token)
        if self.peek() != "(":
            return lambda: self.cells.get(token, token == "TRUE")
        self.take()
        args = []
        while self.peek() != ")":
            args.append(self.level())
            if self.peek() == ",":
                self.take()
        self.take()
        return lambda: call(token, args)


def compute(sign, a, b):
    if sign == "&":
        return f"{a}{b}"
    if sign in LEVELS[0]:
        assert not isinstance(a, str), "texts are compared by EXACT"
        return {"=": a == b, "<": a < b, ">": a > b, "<=": a <= b, ">=": a >= b}[sign]
    if sign == "/":
        if b == 0:
            raise Wrong
        return a / b
    return {"+": a + b, "-": a - b, "*": a * b}[sign]


def call(name, args):
    if name == "IF":
        return args[1]() if args[0]() else args[2]()
    if name in ("IFERROR", "ISNUMBER"):
        try:
            value = args[0]()
        except Wrong:
            return args[1]() if name == "IFERROR" else False
        return value if name == "IFERROR" else not isinstance(value, str)
    return FUNCTIONS[name](*[arg() for arg in args])


def mid(text, start, size):
    if start < 1 or size < 0:
        raise Wrong
    return text[start - 1 : start - 1 + size]


def find(mark, text, start=1):
    if start < 1 or start > len(text) or (at := text.find(mark, start - 1)) < 0:
        raise Wrong
    return at + 1


def substitute(text, old, new, nth=None):
    return text if not old else text.replace(old, new, -1 if nth is None else 1)


def value(text):
    if not re.fullmatch(r" *-?\d+(\.\d+)?(e\d+)? *", text):
        raise Wrong
    return float(text) if "." in text or "e" in text else int(text)


def shown(number, form):
    return ("-" if number < 0 else "") + str(abs(round(number))).zfill(len(form))


FUNCTIONS = {
    "LEN": len, "MID": mid, "LEFT": lambda s, n=1: mid(s, 1, n), "RIGHT": lambda s, n: s[len(s) - min(n, len(s)) :],
    "FIND": find, "SUBSTITUTE": substitute, "EXACT": lambda a, b: a == b, "VALUE": value, "TEXT": shown,
    "REPT": lambda s, n: s * n, "AND": lambda *a: all(a), "OR": lambda *a: any(a), "NOT": lambda a: not a,
    "INT": lambda a: int(a // 1), "MOD": lambda a, b: a % b, "ABS": abs, "CHAR": chr,
}  # fmt: skip
SORTS = {"x": "String", "y": "String", "n": "Int", "k": "Int"}
CELLS = {"x": "A2", "y": "B2", "n": "C2", "k": "D2"}
TEXTS = ["", "a b", "Abc-12", "007", "7", "-3", "a", "aa a", "x,y,z", '"q"', "1.5", "1e3", "\n"]


def agree(term, values):
    try:
        wanted = evaluate(term, values)
    except BadInput:
        return
    written = formula(term, CELLS, sorts=SORTS)
    sheet = Sheet(written, {CELLS[name]: one for name, one in values.items()})
    assert sheet.level()() == wanted, (written, values)


@pytest.mark.parametrize(
    "text",
    ["(str.++ x (str.++ \" \" y))", "(str.at x n)", "(str.substr x n k)", "(str.substr x 0 k)", "(str.substr x 1 2)",
     "(str.indexof x y n)", '(str.indexof x "a" n)', '(str.indexof x " " 0)', "(str.replace x y \"Q\")",
     '(str.replace x "a" y)', "(str.replace_all x y \"Q\")", "(str.contains x y)", "(str.prefixof y x)",
     "(str.suffixof y x)", "(str.to_int x)", "(str.from_int n)", "(str.len x)", "(= x y)", "(= n k)", "(distinct x y)",
     "(div n k)", "(mod n k)", "(ite (< n k) x (str.++ y \"\"\"q\"))", "(- n)", "(- n k)", "(abs n)",
     "(xor (< n 0) (> k 0))", "(=> (<= n 0) (>= k 0))", "(and (not (= n k)) (or (< n 1) (= x \"a\")))",
     "(str.is_digit x)", '(str.substr x (+ (str.indexof x "," 0) 1) (- (str.len x) 2))'],
)  # fmt: skip
def test_formulas_agree_with_the_theory(text):
    task = read_sygus(
        "(set-logic SLIA)(synth-fun g ((x String)) Int)(declare-var x String)(declare-var y String)(declare-var n Int)"
        f"(declare-var k Int)(define-fun dummy () Int 0)(constraint (= {text} {text}))(check-synth)"
    )
    term, rng = task.constraints[0].args[0], np.random.default_rng(0)
    for _ in range(60):
        x, y = (TEXTS[i] for i in rng.integers(len(TEXTS), size=2))
        n, k = rng.integers(-3, 8, size=2).tolist()
        agree(term, {"x": x, "y": y, "n": n, "k": k})


def test_quotes_and_line_breaks_in_texts():
    agree(Term("str.++", (literal('a"b\nc'), Term("x"))), {"x": "!"})


@pytest.mark.parametrize(
    ("term", "why"),
    [
        (Term("str.<", (Term("x"), Term("y"))), "nothing like str.<"),
        (literal("a" * 300), "300 characters"),
        (literal(10**16), "more than 15 digits"),
    ],
)
def test_what_has_no_formula_says_why(term, why):
    with pytest.raises(Unsupported, match=f"no formula: .*{why}"):
        formula(term, CELLS, sorts=SORTS)
