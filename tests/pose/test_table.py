"""Tables: which columns are outputs, which type they have, what is refused, and how they are filled."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unriddle.candidate import Candidate
from unriddle.errors import BadProblem
from unriddle.execute import open_executor
from unriddle.pose import fill_table, read_problem, read_table
from unriddle.pose.cells import column_type, from_text, to_text

PATH = Path("t.csv")


def test_columns_with_empty_cells_at_the_end_are_outputs():
    table = read_table("a,b,c\n1,x,2\n3,y,\n", path=PATH)
    assert (table.inputs, table.outputs) == ((0, 1), (2,))
    assert table.types == ("int", "str", "int")
    assert (table.examples(), table.open_rows()) == ([0], [1])
    assert table.arguments(1) == (3, "y")


def test_without_empty_cells_the_last_column_is_the_output():
    assert read_table("a,b\n1,2\n3,4\n", path=PATH).outputs == (1,)


def test_named_outputs_may_stand_anywhere_and_inputs_may_be_empty():
    table = read_table("out,middle,last\nx,,a\n,b,c\n", path=PATH, outputs=["out"])
    assert (table.inputs, table.outputs) == ((1, 2), (0,))
    assert table.arguments(0) == ("", "a")


@pytest.mark.parametrize("mark", [";", "\t"])
def test_other_delimiters_are_read_off_the_header(mark):
    table = read_table(f"a{mark}b\n1,5{mark}x\n2{mark}\n", path=PATH)
    assert table.header == ("a", "b")
    assert table.rows[0] == ("1,5", "x")


def test_problem_of_a_table(tmp_path):
    path = tmp_path / "names.csv"
    path.write_text("First Name,class,2nd\nAda,A,1\nAlan,B,\n")
    problem = read_problem(str(path))
    assert problem.kind == "table"
    assert problem.signature.header() == "def fill(first_name: str, class_: str) -> int:"
    assert [(test.args, test.expect.value, test.name) for test in problem.tests] == [(("Ada", "A"), 1, "line 2")]


def test_lines_are_those_of_the_file_even_with_quoted_newlines():
    table = read_table('a,b\n"x\ny",1\nz,\n', path=PATH)
    assert table.lines == (2, 4)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a,b\n", r"t\.csv:1: the table has a header row and no other row"),
        ("\n", r"t\.csv:1: the table is empty"),
        ("a,b\n1,\n2,\n", "no example rows"),
        ("a,a\n1,2\n", "two columns are named 'a'"),
        ("a,\n1,2\n", "column 2 has no name"),
        ("1,2\n3,4\n", "expected a header row"),
        ("a,b\n1,2\n3\n", r"t\.csv:3: expected 2 cells as in the header, got 1"),
        ("a,b\n1,2,3\n", r"t\.csv:2: expected 2 cells as in the header, got 3"),
        ("a,b\n1,2\n1,3\n", r"t\.csv:3: the same inputs as in line 2 have another output"),
        ('a,b\n"1,2\n', "not readable CSV"),
        ("a,b\n,\n1,\n,2\n", "every column has empty cells"),
    ],
)
def test_bad_table_is_one_line_that_says_where(text, says):
    with pytest.raises(BadProblem, match=says) as caught:
        read_table(text, path=PATH)
    assert "\n" not in str(caught.value)


def test_unknown_output_name():
    with pytest.raises(BadProblem, match="no column is named 'c'; the table has: a, b"):
        read_table("a,b\n1,2\n", path=PATH, outputs=["c"])


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["007", "010"], "str"),
        (["0", "-3", "12"], "int"),
        (["1", "2.50"], "float"),
        (["1e5", "2"], "float"),
        (["+5"], "str"),
        (["1,000"], "str"),
        (["1234567890123456"], "str"),
        (["TRUE", "False"], "bool"),
        (["yes", "no"], "str"),
        (["2024-01-31", "1999-12-05"], "date"),
        (["31/01/2024"], "date"),
        (["nan"], "str"),
        ([" 5"], "str"),
        (["-0"], "float"),
        (["٣"], "str"),
        ([], "str"),
    ],
)
def test_column_types_lose_nothing(cells, kind):
    assert column_type(cells) == kind


@given(st.lists(st.integers(-(10**14), 10**14), min_size=1))
def test_whole_numbers_come_back_as_they_were_written(numbers):
    cells = [str(number) for number in numbers]
    assert column_type(cells) == "int"
    assert [to_text(from_text(cell, "int"), cells) for cell in cells] == cells


def test_values_are_written_as_the_examples_are():
    assert to_text(3.14159, ["1.50", "2.25"]) == "3.14"
    assert to_text(3, ["1.50"]) == "3.00"
    assert to_text(4.0, ["1", "2.5"]) == "4"
    assert to_text(False, ["TRUE"]) == "FALSE"


def test_filling_runs_the_program_in_the_sandbox_and_keeps_the_rest():
    table = read_table('a,b,c\n1,"x, y",2\n3,z,\n0,w,\n', path=PATH)
    program = Candidate("def fill(a, b):\n    return 6 // a\n")
    with open_executor(workers=1) as executor:
        filled = fill_table(table, program, executor=executor)
    assert list(csv.reader(io.StringIO(filled.text))) == [
        ["a", "b", "c"],
        ["1", "x, y", "2"],
        ["3", "z", "2"],
        ["0", "w", ""],
    ]
    assert filled.n_filled == 1
    assert [line for line, _ in filled.failures] == [4]
    assert "ZeroDivisionError" in filled.failures[0][1]


def test_two_outputs_are_a_tuple_and_filled_cells_stay():
    table = read_table("a,b,c\n1,2,3\n2,9,\n3,,\n", path=PATH)
    with open_executor(workers=1) as executor:
        filled = fill_table(table, Candidate("def fill(a):\n    return a + 1, a + 2\n"), executor=executor)
        wrong = fill_table(table, Candidate("def fill(a):\n    return a\n"), executor=executor)
    assert filled.text == "a,b,c\n1,2,3\n2,9,4\n3,4,5\n"
    assert len(wrong.failures) == 2
