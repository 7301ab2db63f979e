"""What ``unriddle solve`` does with a SyGuS file.

Not covered: a language model has no part in it; its programs are of a trusted grammar and are evaluated in process.
"""

from __future__ import annotations

import json
from pathlib import Path

import click

from unriddle.errors import BadInput

__all__ = ["solve_sygus_file"]


def solve_sygus_file(path: Path, *, cpu_seconds: float, out: Path | None, as_json: bool, check: bool = True) -> int:
    """Solve a ``.sl`` file and show the answer; the exit code.

    Args:
        path: The file.
        cpu_seconds: When to give up.
        out: Where to write the answer: Python for a name that ends in ``.py``, SyGuS text otherwise.
        as_json: One document on stdout and nothing else.
        check: Whether an SMT solver that is installed checks the answer to examples, too.

    Raises:
        BadInput: The file cannot be read or posed, or ``out`` asks for Python the answer does not have.
        Unsupported: The file asks for something that is not covered.
    """
    from unriddle.pose.sygus import answer_sygus, read_sygus_file

    task = read_sygus_file(path)
    answer = answer_sygus(task, problem=path.stem, cpu_seconds=cpu_seconds, check=check)
    if out is not None and answer.solved:
        if out.suffix == ".py" and not answer.python:
            raise BadInput(f"--out {out}: the answer has no Python form; write it to a file that ends in .sl")
        out.write_text(answer.python if out.suffix == ".py" else answer.sygus + "\n", encoding="utf-8")
    if as_json:
        click.echo(json.dumps(answer.as_dict(), indent=2))
    else:
        _show(answer, out)
    return 0 if answer.solved else 1


def _show(answer: object, out: Path | None) -> None:
    from unriddle.cli.view import say, show_program
    from unriddle.pose.sygus import SygusAnswer, show_difference

    assert isinstance(answer, SygusAnswer)
    if answer.python:
        show_program(answer.python)
    lines = ["solved" if answer.solved else "not solved"]
    lines[0] += f": {answer.problem}"
    lines += [f"SyGuS: {answer.sygus}"] if answer.solved else []
    if answer.solved:
        names = [name for name, _ in answer.task.functions[0].parameters]
        cells = ", ".join(f"{name} in {chr(ord('A') + i)}1" for i, name in enumerate(names))
        lines.append(f"formula: {answer.formula} (with {cells})" if answer.formula else answer.no_formula)
    for runner_up in answer.runners_up:
        lines.append(f"also fits: {runner_up.sygus}")
        if runner_up.differs is not None:
            lines.append(f"  but {show_difference(answer.task, runner_up.differs)}")
    n, repeated = len(answer.task.examples), answer.task.n_repeated
    if answer.proved:
        lines.append(f"proved: all {len(answer.task.constraints)} constraints hold for all inputs")
    lines.append(
        f"examples: {answer.n_passed} of {n} right" + (f" ({repeated} repeated ones left out)" * bool(repeated))
    )
    lines.append(f"spent: {answer.search.cpu_seconds:.2f} CPU seconds, {answer.search.n_rounds} rounds")
    lines.append(f"confidence: {answer.confidence:.2f}. {answer.why}")
    click.echo("\n".join(f"# {line}" for line in lines))
    if out is not None:
        say(f"wrote the answer to {out}" if answer.solved else f"{out} was not written: the problem is not solved")
