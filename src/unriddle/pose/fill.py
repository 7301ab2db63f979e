"""Filling the empty cells of a table with what a program computes, in the sandbox.

Not covered: rows on which the program fails; their cells stay empty and are reported.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

from unriddle.candidate import Candidate
from unriddle.contracts import Executor
from unriddle.outcome import Limits
from unriddle.pose.cells import to_text
from unriddle.pose.table import Table
from unriddle.problem import CallTest

__all__ = ["Filled", "fill_table"]


@dataclass(frozen=True, slots=True)
class Filled:
    """A filled table.

    Attributes:
        text: The table as CSV.
        n_filled: Rows that were filled.
        failures: ``(line of the file, what went wrong)`` of the rows that could not be filled.
    """

    text: str
    n_filled: int
    failures: tuple[tuple[int, str], ...]


def fill_table(table: Table, program: Candidate, *, executor: Executor, limits: Limits | None = None) -> Filled:
    """The table with its empty outputs computed by the program; cells that were filled already stay as they are.

    Args:
        table: The table the problem was posed with.
        program: Defines ``fill``.
        executor: Where the program runs.
        limits: Limits per row.
    """
    to_fill = table.open_rows()
    rows = [list(row) for row in table.rows]
    failures: list[tuple[int, str]] = []
    if to_fill:
        tests = [CallTest("fill", table.arguments(i), name=f"line {table.lines[i]}") for i in to_fill]
        verdicts = executor.run([program], tests, limits=limits or Limits())
        for column, i in enumerate(to_fill):
            outcome = verdicts[0, column]
            if not outcome.passed:
                failures.append((table.lines[i], outcome.error or outcome.status.name))
                continue
            several = len(table.outputs) > 1
            if several and not (isinstance(outcome.result, tuple | list) and len(outcome.result) == len(table.outputs)):
                failures.append((table.lines[i], f"expected {len(table.outputs)} values in a tuple"))
                continue
            values = outcome.result if several else [outcome.result]
            for j, value in zip(table.outputs, values, strict=True):
                if not rows[i][j]:
                    rows[i][j] = to_text(value, [row[j] for row in table.rows if row[j]])
    return Filled(_written(table, rows), len(to_fill) - len(failures), tuple(failures))


def _written(table: Table, rows: list[list[str]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=table.delimiter, lineterminator="\n")
    writer.writerow(table.header)
    writer.writerows(rows)
    return out.getvalue()
