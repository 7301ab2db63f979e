"""read_problem(): a Problem from whatever the user named, a file or a benchmark's task.

Not covered: problems over several files.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from unriddle.contracts import Executor
from unriddle.errors import BadProblem, shorten
from unriddle.pose.files import parse_python, read_text
from unriddle.problem import Problem

__all__ = ["is_task", "read_problem"]


def is_task(what: str) -> bool:
    """Whether the text names a benchmark's task (``humaneval/23``) and no file."""
    return bool(re.fullmatch(r"[\w+:./~-]+/[\w:.-]+", what)) and not Path(what).suffix and not Path(what).exists()


def read_problem(what: str, *, executor: Executor | None = None, outputs: Sequence[str] = ()) -> Problem:
    """The problem in a file, or a benchmark's task.

    Args:
        what: A ``.py`` stub, a ``.py`` puzzle (it has a function ``sat``), a ``.toml`` problem, a ``.csv`` table, or a
            task such as ``humaneval/23``.
        executor: Needed by the few benchmarks that compute their expected values.
        outputs: Names of a table's output columns, where its empty cells do not say so.

    Raises:
        BadProblem: It cannot be read or posed; the message says what, where and what to do.
        BadInput: There is no such benchmark or task.
    """
    path = Path(what)
    if is_task(what):
        from unriddle.pose.task import read_task

        return read_task(what, executor=executor)[1].problem
    if path.suffix not in (".py", ".toml", ".csv"):
        raise BadProblem(
            f"{what}: expected a .py, .toml or .csv file or a benchmark's task such as humaneval/23, got "
            f"{shorten(path.suffix) if path.suffix else 'no file ending'}; rename the file to say what it is"
        )
    text = read_text(path)
    if not text.strip():
        raise BadProblem(f"{path}:1: the file is empty; write the problem into it")
    if path.suffix == ".csv":
        from unriddle.pose.table import read_table, table_problem

        return table_problem(read_table(text, path=path, outputs=outputs), path=path)
    if path.suffix == ".toml":
        from unriddle.pose.toml import toml_problem

        return toml_problem(text, path=path)
    return _python(text, path)


def _python(text: str, path: Path) -> Problem:
    from unriddle.pose.puzzle import has_verifier, puzzle_problem
    from unriddle.pose.stub import stub_problem

    if has_verifier(parse_python(text, where=str(path))):
        return puzzle_problem(text, path=path)
    return stub_problem(text, path=path)
