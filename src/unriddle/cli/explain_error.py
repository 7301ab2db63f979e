"""``unriddle explain-error``: a repaired program and a sentence for a syntax error, or nothing when not sure enough.

Not covered: programs that compile and are wrong (``unriddle repair``).
"""

from __future__ import annotations

import difflib
import io
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from unriddle.cli.written import refuse_target, write_like
from unriddle.errors import BadInput

if TYPE_CHECKING:
    from unriddle.language.syntax_error import SyntaxProblem
    from unriddle.methods.pyfixv import Feedback

__all__ = ["explain_error_command"]


@dataclass(frozen=True, slots=True)
class _Answer:
    """What is said: the feedback, whether it is shown, and why not."""

    problem: SyntaxProblem | None
    found: Feedback | None
    shown: bool
    why: str
    bound: float | None = None


@click.command(name="explain-error", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--precision", type=click.FloatRange(0, 1, max_open=True), default=0.9, show_default=True,
              help="Least share of answers that are right; higher answers less often, 0 always answers.")  # fmt: skip
@click.option("--program", is_flag=True, help="Print the whole repaired program instead of what changed.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the repaired program here.")
@click.option("--lm", "lm_name", metavar="NAME", help="Ask this language model instead (`unriddle lm` lists them).")
@click.option("--agree", type=click.IntRange(0, 10), default=5, show_default=True,
              help="With --lm: of 10 repairs made from the explanation, how many must agree.")  # fmt: skip
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Makes the answer reproducible.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout and nothing else.")
def explain_error_command(
    file: Path,
    precision: float,
    program: bool,
    out: Path | None,
    lm_name: str | None,
    agree: int,
    seed: int,
    as_json: bool,
) -> int:
    """Repair the syntax error in FILE and say in a sentence what was wrong, or say nothing when not sure enough.

    \b
    Examples:
      unriddle explain-error homework.py
      unriddle explain-error homework.py --precision 0.98
      unriddle explain-error homework.py --program > fixed.py
      unriddle explain-error homework.py --lm smollm2 --agree 8 --json

    The program is read, never run, and FILE is never changed. No language model is needed. The precision is that on
    generated mistakes in library code, certified with 90 % confidence; --lm has a threshold of its own instead. Exit
    codes: 0 answered (or nothing is wrong), 1 not sure enough or no repair found, 2 bad input, 130 interrupted.
    """
    from unriddle.language.syntax_error import syntax_problem
    from unriddle.pose.files import read_text

    refuse_target("--out", out, source=file)
    if math.isnan(precision):
        raise BadInput("--precision: expected a number from 0 to below 1, got nan; give one such as 0.9")
    source = read_text(file)
    problem = syntax_problem(source)
    if problem is None:
        answer = _Answer(None, None, False, "there is no syntax error")
    elif not problem.readable:
        answer = _Answer(problem, None, False, f"the parser cannot read this file ({problem.message})")
    else:
        answer = _by_model(source, lm_name, agree, seed) if lm_name else _by_search(source, precision, seed)
    if out is not None and answer.shown and answer.found is not None and answer.found.fixed is not None:
        write_like(out, answer.found.fixed, like=file)
    if as_json:
        click.echo(json.dumps(_document(file, answer), indent=1, allow_nan=False))
    else:
        _show(file, source, answer, whole=program)
    return 0 if answer.shown or problem is None else 1


def _by_search(source: str, precision: float, seed: int) -> _Answer:
    import numpy as np

    from unriddle.methods.pyfixv import calibrate, feedback, load_graded, load_repairers

    found = feedback(source, repairers=load_repairers(), rng=np.random.default_rng(seed))
    if found.fixed is None:
        return _Answer(found.problem, found, False, "no small edit was found after which it parses")
    if precision == 0:
        return _Answer(found.problem, found, True, "")
    if found.n_agreeing == 0:
        why = f"not sure enough: none of {found.n} repairs from the explanation is the program that was found"
        return _Answer(found.problem, found, False, why)
    policy = calibrate(load_graded(), precision=precision)
    if math.isinf(policy.threshold):
        why = f"{policy.n} graded programs are too few, or not good enough, for precision {precision:g}; ask for less"
        return _Answer(found.problem, found, False, why)
    if found.score < policy.threshold:
        why = f"not sure enough for precision {precision:g} (score {found.score:.3f}, needed {policy.threshold:.3f})"
        return _Answer(found.problem, found, False, why)
    return _Answer(found.problem, found, True, "", policy.bound)


def _by_model(source: str, name: str, agree: int, seed: int) -> _Answer:
    from unriddle.lm import load
    from unriddle.methods.pyfixv import PyFiXV

    method = PyFiXV(load(name), threshold=agree, quote_error=True, seed=seed)
    found = method(source)
    if found.fixed is None:
        return _Answer(found.problem, found, False, "none of the model's repairs parses")
    if not method.accepts(found):
        why = f"{found.n_agreeing} of {found.n} repairs from the explanation agree, needed {agree}"
        return _Answer(found.problem, found, False, why)
    return _Answer(found.problem, found, True, "")


def _show(file: Path, source: str, answer: _Answer, *, whole: bool) -> None:
    if answer.problem is not None:
        click.echo(f"{file.name}, line {answer.problem.line}: the parser says: {answer.problem.message}", err=True)
    if not answer.shown or answer.found is None or answer.found.fixed is None:
        click.echo(answer.why, err=True)
        return
    if whole:
        click.echo(answer.found.explanation, err=True)
        click.echo(answer.found.fixed, nl=False)
        return
    click.echo(answer.found.explanation)
    click.echo(_diff(file, source, answer.found.fixed), nl=False)


def _diff(file: Path, source: str, fixed: str) -> str:
    old, new = (list(io.StringIO(text, newline="\n")) for text in (source, fixed))  # form feeds end no line
    lines = difflib.unified_diff(old, new, file.name, f"{file.name} (repaired)", n=1)
    return "".join(line if line.endswith("\n") else line + "\n" for line in lines)


def _document(file: Path, answer: _Answer) -> dict[str, Any]:
    """The ``explain-error --json`` document: what is not shown is not in it."""
    problem, found = answer.problem, answer.found
    told = found if answer.shown else None
    said = None
    if problem is not None:
        said = {"message": problem.message, "line": problem.line, "column": problem.column}
    edits = () if told is None else told.edits
    return {
        "schema": 1,
        "program": str(file),
        "error": said,
        "shown": answer.shown,
        "why": answer.why,
        "explanation": None if told is None else told.explanation,
        "source": None if told is None else told.fixed,
        "edits": [{"line": e.line, "kind": e.kind, "old": e.old, "new": e.new} for e in edits],
        "score": None if found is None or not math.isfinite(found.score) else round(found.score, 6),
        "agreeing": None if found is None else {"n": found.n, "same": found.n_agreeing},
        "certified_precision": None if answer.bound is None else round(answer.bound, 4),
    }
