"""Runner-ups are told apart by running them, and tables get formulas where there is one."""

from pathlib import Path

import pytest

from unriddle.candidate import Candidate
from unriddle.errors import Unsupported
from unriddle.execute import open_executor
from unriddle.pose.differ import differences, near_inputs
from unriddle.pose.table import read_table
from unriddle.pose.table_formula import table_formula
from unriddle.problem import CallTest, Parameter, Problem, Returns, Signature

ASKED = Problem("p", "", Signature("f", (Parameter("xs"),)), tests=(CallTest("f", ([3, 1],), expect=Returns(3)),))


def test_programs_are_told_apart_by_an_input_that_is_no_example():
    first, second, same = (
        Candidate(f"def f(xs):\n    return {body}") for body in ("max(xs)", "xs[0]", "sorted(xs)[-1]")
    )
    with open_executor(workers=1) as executor:
        found = differences(ASKED, first, [second, same], executor=executor)
    assert found[0] is not None
    assert found[1] is None
    (xs,), answer, other = found[0]
    assert answer != other
    assert xs != [3, 1]
    assert repr(max(xs)) == answer if xs else "no value" in answer


def test_no_input_is_an_example_and_none_comes_twice():
    shown = [repr(args) for args in near_inputs(ASKED)]
    assert len(set(shown)) == len(shown) > 5
    assert "([3, 1],)" not in shown


TABLE = read_table("name,n,out\nAda Lovelace,3,x\nBob,4,\n", path=Path("t.csv"))


@pytest.mark.parametrize(
    ("body", "formula"),
    [
        ("name.split(' ')[0]", '=LEFT(A2,FIND(" ",A2&" ")-1)'),
        ("name[:2] + '-' + str(n)", '=((LEFT(A2,2)&"-")&TEXT(B2,"0"))'),
        ("name[-2:].upper()", "=UPPER(MID(A2,MAX(0,LEN(A2)-2)+1,LEN(A2)))"),
        ("n * 2 + 1", "=((B2*2)+1)"),
        ("name if n > 3 else 'a\"b'", '=IF((B2>3),A2,"a""b")'),
    ],
)
def test_formulas_of_tables(body, formula):
    assert table_formula(TABLE, f"def fill(name: str, n: int) -> str:\n    return {body}\n") == formula


@pytest.mark.parametrize("body", ["round(n / 3, 1)", "name.strip()", "[x for x in name][0]", "other", "name(1)"])
def test_what_has_no_formula_says_so(body):
    with pytest.raises(Unsupported, match="no formula: "):
        table_formula(TABLE, f"def fill(name, n):\n    return {body}\n")
