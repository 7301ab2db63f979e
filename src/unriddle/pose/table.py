"""A problem from a CSV table: some cells of the last column(s) are empty, the filled rows are the examples.

The outputs are the last columns that have empty cells (or the columns the caller names); when nothing is empty the last
column is the output and nothing is left to fill. Delimiters: comma, semicolon or tab, read off the header row.
Not covered: spreadsheets (save them as CSV), tables without a header row, and answers that look at other rows.
"""

from __future__ import annotations

import csv
import io
import keyword
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from unriddle.errors import BadProblem, shorten
from unriddle.pose.cells import ColumnType, annotation, column_type, from_text
from unriddle.problem import CallTest, Equality, Parameter, Problem, Returns, Signature

__all__ = ["Table", "read_table", "table_problem"]

_MAX_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it was read.

    Attributes:
        header: Names of the columns.
        rows: Cells as text, every row as long as the header.
        lines: Line of the file each row begins on.
        inputs: Numbers of the input columns.
        outputs: Numbers of the output columns.
        types: Type of every column.
        delimiter: What separates the cells.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    types: tuple[ColumnType, ...]
    delimiter: str

    def examples(self) -> list[int]:
        """Numbers of the rows whose outputs are all filled."""
        return [i for i, row in enumerate(self.rows) if all(row[j] for j in self.outputs)]

    def open_rows(self) -> list[int]:
        """Numbers of the rows that have an output to fill."""
        return [i for i, row in enumerate(self.rows) if not all(row[j] for j in self.outputs)]

    def arguments(self, row: int) -> tuple[object, ...]:
        """The values of the inputs of a row."""
        return tuple(from_text(self.rows[row][j], self.types[j]) for j in self.inputs)


def read_table(text: str, *, path: Path, outputs: Sequence[str] = ()) -> Table:
    """The table in a CSV text.

    Args:
        text: The file's text.
        path: For messages.
        outputs: Names of the output columns; read off the empty cells when none are given.

    Raises:
        BadProblem: Empty, ragged, a bad header, no example row, or an output name that is not a column.
    """
    header_line = text.split("\n", 1)[0]
    delimiter = next((d for d in (",", ";", "\t") if d in header_line), ",")
    reader = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
    header: list[str] = []
    rows, lines, line = [], [], 1
    try:
        for row in reader:
            if not header and row:
                header = [cell.strip() for cell in row]
                _check_header(header, path)
            elif row:
                _check_row(row, header, f"{path}:{line}")
                rows.append(tuple(row))
                lines.append(line)
            line = reader.line_num + 1
    except csv.Error as error:
        raise BadProblem(f"{path}:{reader.line_num}: not readable CSV ({error}); correct that line") from None
    if not header or not rows:
        what = "is empty" if not header else "has a header row and no other row"
        raise BadProblem(f"{path}:1: the table {what}; expected a header row, example rows and rows to fill")
    found = _output_columns(header, rows, outputs, path)
    inputs = tuple(j for j in range(len(header)) if j not in found)
    if not inputs:
        raise BadProblem(f"{path}:1: every column has empty cells, so none is an input; name the outputs")
    types = tuple(column_type([row[j] for row in rows if row[j] or j in inputs]) for j in range(len(header)))
    table = Table(tuple(header), tuple(rows), tuple(lines), inputs, found, types, delimiter)
    _check_examples(table, path)
    return table


def table_problem(table: Table, *, path: Path) -> Problem:
    """The problem a table poses: write ``fill``, which computes the outputs of a row from its inputs."""
    names = _parameter_names([table.header[j] for j in table.inputs])
    kinds = [annotation(table.types[j]) for j in table.inputs]
    wanted = [annotation(table.types[j]) for j in table.outputs]
    returns = wanted[0] if len(wanted) == 1 else f"tuple[{', '.join(wanted)}]"
    signature = Signature("fill", tuple(map(Parameter, names, kinds)), returns)
    tests = tuple(_example(table, i) for i in table.examples())
    shown = "\n".join(f"    {test.source}" for test in tests[:_MAX_SHOWN])
    outputs = ", ".join(repr(table.header[j]) for j in table.outputs)
    statement = f"Compute {outputs} of a row of a table from its other columns."
    return Problem(
        id=path.stem,
        statement=statement,
        signature=signature,
        stub=f'{signature.header()}\n    r"""{statement}\n\n{shown}\n    """\n'
        if '"""' not in statement + shown
        else "",
        tests=tests,
        kind="table",
        meta={"file": path.name, "columns": list(table.header), "types": list(table.types)},
    )


def _example(table: Table, row: int) -> CallTest:
    values = tuple(from_text(table.rows[row][j], table.types[j]) for j in table.outputs)
    value = values[0] if len(values) == 1 else values
    close = any(table.types[j] == "float" for j in table.outputs)
    equality = Equality("close", atol=1e-9, rtol=1e-9) if close else Equality()
    args = table.arguments(row)
    source = f"fill({', '.join(map(repr, args))}) == {value!r}"
    return CallTest("fill", args, expect=Returns(value, equality), name=f"line {table.lines[row]}", source=source)


def _check_header(header: list[str], path: Path) -> None:
    for j, name in enumerate(header):
        if not name:
            raise BadProblem(f"{path}:1: column {j + 1} has no name; the first row must name every column")
        if name in header[:j]:
            raise BadProblem(f"{path}:1: two columns are named {shorten(name)}; names must differ")
    if all(column_type([name]) in ("int", "float") for name in header):
        raise BadProblem(f"{path}:1: expected a header row that names the columns, got numbers; add one")


def _check_row(row: list[str], header: list[str], where: str) -> None:
    if len(row) != len(header):
        raise BadProblem(
            f"{where}: expected {len(header)} cells as in the header, got {len(row)}; "
            "quote cells that hold the delimiter"
        )


def _output_columns(
    header: list[str], rows: list[tuple[str, ...]], outputs: Sequence[str], path: Path
) -> tuple[int, ...]:
    for name in outputs:
        if name not in header:
            raise BadProblem(f"{path}:1: no column is named {shorten(name)}; the table has: {', '.join(header)}")
    if outputs:
        return tuple(header.index(name) for name in dict.fromkeys(outputs))
    first = len(header)
    while first and not all(row[first - 1] for row in rows):
        first -= 1
    return tuple(range(first, len(header))) or (len(header) - 1,)


def _check_examples(table: Table, path: Path) -> None:
    examples = table.examples()
    if not examples:
        raise BadProblem(
            f"{path}:1: no example rows: expected rows whose outputs are filled in; fill at least one or two"
        )
    seen: dict[tuple[str, ...], int] = {}
    for i in examples:
        key = tuple(table.rows[i][j] for j in table.inputs)
        other = seen.setdefault(key, i)
        if any(table.rows[other][j] != table.rows[i][j] for j in table.outputs):
            raise BadProblem(
                f"{path}:{table.lines[i]}: the same inputs as in line {table.lines[other]} have another output, so no "
                "program can be right; correct one of them"
            )


def _parameter_names(header: Sequence[str]) -> list[str]:
    """Python names for columns, readable and distinct."""
    names: list[str] = []
    for j, title in enumerate(header, start=1):
        name = re.sub(r"\W+", "_", title.strip().lower(), flags=re.ASCII).strip("_") or f"column_{j}"
        name = f"c_{name}" if name[0].isdigit() else name
        name = f"{name}_" if keyword.iskeyword(name) or name in ("fill", *_BUILTINS) else name
        while name in names:
            name += "_2"
        names.append(name)
    return names


_BUILTINS = ("len", "str", "int", "float", "bool", "sum", "min", "max", "sorted", "round", "abs", "list", "range")
