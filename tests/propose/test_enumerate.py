"""Enumerate: properties of the grammar, and how many problems it solves within a counted budget."""

import ast
import itertools
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unriddle.candidate import Candidate
from unriddle.errors import BadInput
from unriddle.execute import open_executor
from unriddle.pose.puzzle import puzzle_problem
from unriddle.pose.table import read_table, table_problem
from unriddle.problem import CallTest, Parameter, Problem, Raises, Returns, Signature
from unriddle.propose import Enumerate, can_enumerate
from unriddle.propose.affine import affine, matches
from unriddle.propose.bottom_up import Constant, expressions
from unriddle.propose.cases import cases, thresholds
from unriddle.propose.column import column_expressions
from unriddle.propose.concatenate import concatenation
from unriddle.propose.constants import table_constants
from unriddle.propose.expression import Operator, applied, evaluate, key, literal, type_of, variable
from unriddle.propose.operators import operators

# Examples and then, after "|", rows the program must get right without having seen them.
TABLES = {
    "initial": "first,last,out\nAda,Lovelace,A. Lovelace\nGrace,Hopper,G. Hopper\n|Barbara,Liskov,B. Liskov",
    "date": "date,out\n2024-01-31,31/01/2024\n1999-12-05,05/12/1999\n|2011-07-04,04/07/2011",
    "product": "price,qty,out\n2.5,4,10.0\n1.2,3,3.6\n|3.0,7,21.0",
    "tax": "price,out\n100,119.0\n250,297.5\n|40,47.6",
    "fahrenheit": "c,out\n0,32.0\n100,212.0\n37,98.6\n|20,68.0",
    "domain": "email,out\nbob@example.com,example\nanna@site.org,site\njoe.b@corp.net,corp\n|x@mail.de,mail",
    "address": "first,last,out\nAda,Lovelace,ada.lovelace@x.org\nAlan,Turing,alan.turing@x.org\n|To,Ho,to.ho@x.org",
    "grade": "score,out\n90,pass\n80,pass\n45,fail\n20,fail\n|60,pass\n3,fail",
    "code": "id,out\n7,SKU-0007\n42,SKU-0042\n|123,SKU-0123",
    "distance": "a,b,out\n3,5,2\n9,1,8\n4,4,0\n|2,12,10",
    "swap": 'name,out\n"Lovelace, Ada",Ada Lovelace\n"Turing, Alan",Alan Turing\n|"Hopper, Grace",Grace Hopper',
    "phone": "number,out\n5551234567,(555) 123-4567\n8005550199,(800) 555-0199\n|2125550000,(212) 555-0000",
    "discount": "price,qty,off,out\n10.0,2,0.1,18.0\n5.0,4,0.25,15.0\n8.0,1,0.5,4.0\n|3.0,3,0.5,4.5",
    "two": "name,first,last\nx yy,x,yy\nlong name,long,name\n|foo bar,foo,bar",
}

PUZZLES = {
    "constant": "def sat(x: int):\n    return x == 1729",
    "difference": "def sat(x: int, a=17, b=5):\n    return x + b == a",
    "power": "def sat(x: int, n=10):\n    return x == 2 ** n",
    "reverse": "def sat(s: str, t='riddle'):\n    return s[::-1] == t",
    "repeat": "def sat(s: str, n=6):\n    return len(s) == n and set(s) == {'q'}",
    "shout": "def sat(s: str, t='hello'):\n    return s == t.upper() + '!'",
    "range": "def sat(xs: List[int], n=9):\n    return len(xs) == n and all(xs[i] == i for i in range(n))",
    "descending": "def sat(xs: List[int], n=5):\n    return xs == sorted(range(n), reverse=True)",
    "words": "def sat(ws: List[str], text='to be or not'):\n    return ' '.join(ws) == text and len(ws) == 4",
    "half": "def sat(x: float, y=5.0):\n    return x * 2 == y",
    "truth": "def sat(b: bool):\n    return not b",
    "large": "def sat(x: int, digits=30):\n    return len(str(x)) == digits + 1 and x % 10 == 0",
    "ordered": "def sat(xs: List[int], ys=[3, 1, 2]):\n    return sorted(ys) == xs and xs is not ys",
}

N_FOR_TABLE = 3
N_FOR_PUZZLE = 100


@pytest.fixture(scope="module")
def executor():
    with open_executor(workers=2) as opened:
        yield opened


@pytest.mark.parametrize("name", TABLES)
def test_table_is_solved_within_n_candidates_and_generalises(name, executor):
    """One of the first N_FOR_TABLE programs is right on the rows it has not seen."""
    shown, _, unseen = TABLES[name].partition("|")
    path = Path(f"{name}.csv")
    problem = table_problem(read_table(shown, path=path, outputs=outputs_of(shown)), path=path)
    rest = table_problem(read_table(shown + unseen + "\n", path=path, outputs=outputs_of(shown)), path=path).tests
    proposer = Enumerate(problem)
    for _ in range(N_FOR_TABLE):
        candidates = proposer.ask(1)
        assert executor.run(candidates, problem.tests).solved().all()
        if executor.run(candidates, rest).solved().all():
            return
    pytest.fail(f"no program of the first {N_FOR_TABLE} is right on the unseen rows")


def outputs_of(text):
    header = text.split("\n")[0].split(",")
    return header[1:] if header[0] == "name" and len(header) == 3 else header[-1:]


@pytest.mark.parametrize("name", PUZZLES)
def test_puzzle_is_solved_within_n_candidates(name, executor):
    problem = puzzle_problem(PUZZLES[name] + "\n", path=Path(f"{name}.py"))
    candidates = Enumerate(problem).ask(N_FOR_PUZZLE)
    assert executor.run(candidates, problem.tests).solved().any()


words = st.text("abcdeXYZ", min_size=1, max_size=6)
RULES = {
    "initials": lambda a, b, n: f"{a[0]}{b[0]}",
    "last first": lambda a, b, n: f"{b}, {a}",
    "twice": lambda a, b, n: 2 * n + 1,
    "length": lambda a, b, n: len(a) + n,
    "share": lambda a, b, n: n / 4,
    "sign": lambda a, b, n: "up" if n >= 0 else "down",
}


@settings(deadline=None, max_examples=30)
@given(st.sampled_from(sorted(RULES)), st.lists(st.tuples(words, words, st.integers(-50, 50)), min_size=1, max_size=5))
def test_every_program_proposed_for_a_table_matches_the_examples_it_claims(rule, rows):
    goal = [RULES[rule](*row) for row in rows]
    inputs = {name: [row[i] for row in rows] for i, name in enumerate(("a", "b", "n"))}
    constants = table_constants(inputs, goal, "")
    found = list(itertools.islice(column_expressions(inputs, constants, goal, max_tried=3000), 5))
    for expression in found:
        values = [evaluate(expression, {name: column[i] for name, column in inputs.items()}) for i in range(len(rows))]
        assert matches(values, goal)
    assert len({expression.source for expression in found}) == len(found)


@settings(deadline=None, max_examples=40)
@given(st.data())
def test_every_expression_has_the_values_it_claims(data):
    kinds = data.draw(
        st.lists(st.sampled_from([st.integers(-9, 9), st.text("ab -", max_size=4)]), min_size=1, max_size=2)
    )
    n_rows = data.draw(st.integers(1, 3))
    inputs = {f"v{i}": [data.draw(kind) for _ in range(n_rows)] for i, kind in enumerate(kinds)}
    constants = [Constant(1), Constant(" "), Constant(2, 2)]
    seen = set()
    for expression in itertools.islice(expressions(inputs, constants, "", max_cost=4), 300):
        ast.parse(expression.source, mode="eval")
        assert key(expression) not in seen
        seen.add(key(expression))
        for row in range(n_rows):
            value = evaluate(expression, {name: column[row] for name, column in inputs.items()})
            assert value == expression.column[row]
            assert type_of(value) in ("", expression.type)


def test_expressions_come_cheapest_first():
    costs = [e.cost for e in expressions({"x": [2, 5]}, [Constant(1), Constant(3)], "int", max_cost=4)]
    assert costs == sorted(costs)
    assert len(costs) > 50


def test_sources_mean_what_was_computed(executor):
    """Precedence and parentheses: Python agrees with the column on hundreds of expressions of all kinds."""
    inputs = {"x": [3], "s": ["ab c"], "xs": [[3, 1, 2]], "f": [2.5]}
    constants = [Constant(-1), Constant(2), Constant(" "), Constant(0.5)]
    found = list(itertools.islice(expressions(inputs, constants, "", max_cost=5, max_tried=30_000), 3000))[::7]
    body = ",\n".join(f"    ({e.source})" for e in found)
    program = Candidate(f"def f(x, s, xs, f):\n    return [\n{body}\n]\n")
    expected = [e.column[0] for e in found]
    test = CallTest("f", tuple(column[0] for column in inputs.values()), expect=Returns(expected))
    outcome = executor.run([program], [test])[0, 0]
    assert outcome.passed, [
        (e.source, g, e.column[0]) for e, g in zip(found, outcome.result or [], strict=False) if g != e.column[0]
    ][:5]


def test_names_of_inputs_are_never_captured():
    sources = [e.source for e in expressions({"x": [[1, 2]], "len": [3]}, [Constant(1)], "", max_cost=5)]
    assert not any("for x in" in source or "len(" in source for source in sources)


def test_sizes_are_bounded_before_they_are_computed():
    huge = [Constant(10**9), Constant("ab"), Constant(9)]
    for expression in expressions({}, huge, "", max_cost=4):
        (value,) = expression.column
        assert not isinstance(value, int) or value.bit_length() <= 4096
        assert not isinstance(value, str | list) or len(value) <= 10_000


def test_failing_operators_give_no_expression():
    divide = Operator("{0} // {1}", ("int", "int"), "int", lambda a, b: a // b)
    zero = literal(0, n_rows=1, cost=1)
    assert applied(divide, (zero, zero)) is None


def test_negative_literals_are_put_in_parentheses_where_they_must():
    power = next(operator for operator in operators() if operator.template == "{0} ** {1}")
    base, two = literal(-2, n_rows=1, cost=1), literal(2, n_rows=1, cost=1)
    assert applied(power, (base, two)).source == "(-2) ** 2"
    assert applied(power, (two, two)).source == "2 ** 2"


def test_affine_finds_factor_and_offset_but_not_from_two_rows():
    goal = [32.0, 212.0, 98.6]
    sources = [e.source for e in affine(variable("c", [0, 100, 37], "int"), goal)]
    assert sources == ["c * 1.8 + 32"]
    assert list(affine(variable("c", [0, 100], "int"), [32.0, 212.0])) == []
    assert list(affine(variable("c", [1, 1], "int"), [2, 2])) == []


def test_concatenation_prefers_what_can_be_computed():
    first = variable("a", ["ab", "cd"], "str")
    best = concatenation([first], ["ab-ab", "cd-cd"])[0]
    assert best.source == "a + '-' + a"
    assert concatenation([first], ["xy", "zz"]) == []


def test_cases_split_at_the_roundest_number():
    x = variable("x", [3, 48, 55, 90], "int")
    leaves = [literal("low", n_rows=4, cost=1), literal("high", n_rows=4, cost=1)]
    made = cases(leaves, list(thresholds(x)), ["low", "low", "high", "high"])
    assert made.source == "'high' if x >= 50 else 'low'"


def test_cases_do_not_learn_single_rows_by_heart():
    x = variable("x", [1, 2, 3], "int")
    leaves = [literal(text, n_rows=3, cost=1) for text in "abc"]
    assert cases(leaves, list(thresholds(x)), ["a", "b", "c"]) is None


def test_matches_is_strict_about_types_but_not_about_rounding():
    assert matches([0.1 + 0.2], [0.3])
    assert matches([1], [1.0])
    assert not matches([True], [1])
    assert not matches([1], [True])


def test_functions_with_plain_examples_can_be_enumerated():
    tests = (CallTest("f", (3,), expect=Returns(6)), CallTest("f", (5,), expect=Returns(10)))
    problem = Problem(
        "f",
        "",
        Signature("f", (Parameter("x", "int"),), "int"),
        stub="import math\n\n\ndef f(x: int) -> int:\n",
        tests=tests,
    )
    (candidate,) = Enumerate(problem).ask(1)
    assert candidate.source == "import math\n\n\ndef f(x: int) -> int:\n    return x + x\n"
    assert (candidate.proposer, candidate.meta) == ("enumerate", {"cost": 3})


def test_it_ends_when_the_grammar_has_nothing_more():
    problem = Problem(
        "f", "", Signature("f", (Parameter("x"),)), tests=(CallTest("f", ("a",), expect=Returns({"b": 1})),)
    )
    assert Enumerate(problem, max_tried=2000).ask(1) == []
    puzzle = puzzle_problem("def sat(x: Dict[str, int]):\n    return x == {}\n", path=Path("p.py"))
    assert Enumerate(puzzle, max_tried=200).ask(5) == []


def test_what_cannot_be_enumerated_is_refused():
    tests = (CallTest("f", (1,), expect=Raises("ValueError")),)
    problem = Problem("f", "", Signature("f", (Parameter("x"),)), tests=tests)
    assert not can_enumerate(problem)
    with pytest.raises(BadInput, match="use Sample with a language model"):
        Enumerate(problem)
