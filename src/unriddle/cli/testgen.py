"""``unriddle testgen``: a pytest file for a module, written from what running it shows.

Not covered: measuring a suite that exists (``unriddle suite``), inputs for benchmarks (``unriddle strengthen``).
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from unriddle.cli.view import say
from unriddle.errors import BadInput

if TYPE_CHECKING:
    from unriddle.cli.testgen_lm import LMTests
    from unriddle.testgen.module_tests import ModuleTests

__all__ = ["testgen_command"]


@dataclass(frozen=True, slots=True)
class _Asked:
    program: Path
    out: str | None
    only: tuple[str, ...]
    reference: Path | None
    seconds: float
    max_tests: int
    n_mutants: int
    packages: str
    seed: int
    lm: str | None
    n_lm: int
    force: bool
    as_json: bool


@click.command(name="testgen", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("program", type=click.Path(path_type=Path))
@click.option("--out", "-o", help="File to write, - for stdout [default: test_NAME.py beside the program].")
@click.option("--function", "only", multiple=True, help="Only this function or class; may be given several times.")
@click.option("--reference", type=click.Path(path_type=Path),
              help="A program known to be right: its results are expected, not the program's own.")  # fmt: skip
@click.option("--seconds", type=click.FloatRange(0.5), default=10.0, show_default=True,
              help="Wall seconds for searching and judging; writing and checking come on top.")  # fmt: skip
@click.option("--max-tests", type=click.IntRange(1), default=60, show_default=True, help="Most tests.")
@click.option("--mutants", "n_mutants", type=click.IntRange(0), default=120, show_default=True,
              help="Small mistakes that the choice of tests looks at.")  # fmt: skip
@click.option("--packages", default="numpy", show_default=True,
              help="Packages the program may import, by commas; its own package is one.")  # fmt: skip
@click.option("--seed", type=int, default=0, show_default=True, help="Where the search begins.")
@click.option("--lm", help="Let this language model write further tests; kept are those that pass and cover more "
              "(`unriddle lm` lists them).")  # fmt: skip
@click.option("--lm-draws", "n_lm", type=click.IntRange(1), default=10, show_default=True,
              help="Tests drawn from the language model.")  # fmt: skip
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout and nothing else.")
def testgen_command(**options: Any) -> int:
    """Write tests for PROGRAM: few, short, steady ones that cover its branches and notice small mistakes in it.

    Expected values are what the program gave when it was run (so they describe, they do not specify), or with
    --reference what another program gives. The program runs in the sandbox.

    \b
    Examples:
      unriddle testgen median.py
      unriddle testgen median.py --reference right.py -o tests/test_median.py
      unriddle testgen parser.py --function parse --seconds 30 -o -
      unriddle testgen median.py --lm smollm2 --lm-draws 20
    """
    asked = _Asked(**options)
    target = _target(asked)
    began = time.monotonic()
    module, source, importable = _read(asked)
    made, text, names, drawn = _make(asked, module, source, importable)
    if text and target is None and not asked.as_json:
        click.echo(text, nl=False)
    elif text and target is not None:
        fresh = target.with_name(target.name + ".new")
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(target)
    _report(asked, made, names, target, text, time.monotonic() - began, drawn)
    return 0 if text else 1


def _target(asked: _Asked) -> Path | None:
    """Where to write; ``None`` for stdout."""
    if asked.out == "-":
        return None
    target = Path(asked.out) if asked.out else asked.program.with_name(f"test_{asked.program.stem}.py")
    if target.exists() and not asked.force:
        raise BadInput(f"testgen: {target} is there already; write elsewhere with -o, or over it with --force")
    if not target.parent.is_dir():
        raise BadInput(f"testgen: there is no folder {target.parent}; make it first")
    return target


def _read(asked: _Asked) -> tuple[Any, str, str]:
    """What the module offers, its source with absolute imports, and the name to import it by."""
    from unriddle.pose.files import read_text
    from unriddle.testgen.targets import absolute_imports, read_module

    text = read_text(asked.program)
    folder, package = asked.program.resolve().parent, ""
    while (folder / "__init__.py").is_file():
        package = f"{folder.name}.{package}" if package else folder.name
        folder = folder.parent
    importable = f"{package}.{asked.program.stem}" if package else asked.program.stem
    if package:
        sys.path.insert(0, str(folder))
    module = read_module(text)
    if not module.functions and not module.classes:
        raise BadInput(f"testgen: {asked.program} defines no public function or class; nothing to test")
    return module, absolute_imports(text, package), importable


def _make(
    asked: _Asked, module: Any, source: str, importable: str
) -> tuple[ModuleTests, str, list[str], LMTests | None]:
    """The tests, the file's text, its names, and what a language model had to do with it."""
    import numpy as np

    from unriddle.cli.view import search_progress
    from unriddle.execute.python import PythonExecutor
    from unriddle.pose.files import read_text
    from unriddle.testgen.module_tests import make_module_tests

    packages = [part.strip() for part in asked.packages.split(",") if part.strip()]
    if "." in importable:
        packages.append(importable.partition(".")[0])
    if asked.lm is not None and find_spec("pytest") is not None:
        packages.append("pytest")  # models write pytest.raises
    reference = read_text(asked.reference) if asked.reference else None
    with (
        PythonExecutor(packages=packages) as executor,
        PythonExecutor(packages=packages, seed=asked.seed + 1, workers=1) as other,
        search_progress(quiet=asked.as_json) as watch,
    ):
        made = make_module_tests(
            module,
            source,
            executor=executor,
            other=other,
            rng=np.random.default_rng(asked.seed),
            seconds=asked.seconds,
            only=asked.only,
            reference=reference,
            max_tests=asked.max_tests,
            n_mutants=asked.n_mutants,
            say=watch,
        )
        text, names = _written(asked, made, source, importable, reference, executor) if made.tests else ("", [])
        if asked.lm is None:
            return made, text, names, None
        from unriddle.cli.testgen_lm import with_lm_tests

        watch(f"{asked.lm} writes tests")
        drawn = with_lm_tests(
            text,
            source,
            lm=asked.lm,
            n=asked.n_lm,
            module=importable,
            program=reference or source,
            executor=executor,
            seed=asked.seed,
        )
    return made, drawn.text, [*names, *drawn.names], drawn


def _written(
    asked: _Asked, made: ModuleTests, source: str, importable: str, reference: str | None, executor: Any
) -> tuple[str, list[str]]:
    """The file's text and the names of its tests, each of which passes as it stands there."""
    import datetime

    from unriddle.testgen.write_pytest import pytest_text

    if asked.reference:
        head = f"Tests of {asked.program.name}; expected values are those of {asked.reference.name}."
        said_by = f"as {asked.reference.name}"
    else:
        day = datetime.date.today().isoformat()
        head = f"What {asked.program.name} did on {day}, written by running it: a description, not a specification."
        said_by = "observed"
    text, names = pytest_text(made.tests, source, module=importable, said_by=said_by, head=head)
    if _check(made, text, names, importable, reference or source, executor):
        if not made.tests:
            return "", []
        text, names = pytest_text(made.tests, source, module=importable, said_by=said_by, head=head)
    return text, names


def _check(made: ModuleTests, text: str, names: list[str], module: str, program: str, executor: Any) -> bool:
    """Run the written file as it stands; a test that fails on what it was written from is taken out and named.

    Whether any was: the file is to be written anew then.
    """
    from unriddle.execute.coverage import cover_code
    from unriddle.testgen.pytest_file import read_pieces

    pieces = read_pieces(text, module=module)
    ((_, covered),) = cover_code([(program, [piece.code for piece in pieces])], executor=executor)
    bad = {piece.name for piece, error in zip(pieces, covered.errors, strict=True) if error}
    for place in reversed(range(len(names))):
        if names[place] in bad:
            made.left_out[made.tests[place].case.entry] = "its written form did not pass"
            del made.tests[place]
    return bool(bad)


def _report(
    asked: _Asked,
    made: ModuleTests,
    names: list[str],
    target: Path | None,
    text: str,
    seconds: float,
    drawn: LMTests | None,
) -> None:
    score = made.mutation_score
    if asked.as_json:
        document = {
            "schema": 1,
            "program": str(asked.program),
            "out": str(target) if target is not None and text else None,
            "text": text if target is None else None,
            "tests": names,
            "branch_coverage": made.branch_coverage,
            "missed": [{"line": b.line, "kind": b.kind, "taken": b.taken, "function": b.function} for b in made.missed],
            "mutants": made.n_mutants,
            "noticed": made.n_noticed,
            "cases_run": made.n_run,
            "findings": made.findings,
            "left_out": made.left_out,
            "seconds": seconds,
            "lm": None
            if drawn is None
            else {"name": asked.lm, "drawn": drawn.n_drawn, "distinct": drawn.n_distinct, "kept": list(drawn.names)},
        }
        click.echo(json.dumps(document))
        return
    where = "written to stdout" if target is None else f"written to {target}"
    done = where if text else "could be written"
    say(f"{len(names)} tests {done}; {made.n_run} cases run in {seconds:.0f} s")
    if drawn is not None:
        say(f"{asked.lm}: {drawn.n_drawn} drawn, {drawn.n_distinct} different tests, {len(drawn.names)} kept")
    shown = "" if score != score else f", {made.n_noticed} of {made.n_mutants} small mistakes noticed"
    say(f"branch coverage {made.branch_coverage:.1%}{shown}")
    lines = sorted({branch.line for branch in made.missed})
    if lines:
        say(f"never taken: branches on lines {', '.join(map(str, lines[:25]))}{' ...' if len(lines) > 25 else ''}")
    for what, case in list(made.findings.items())[:10]:
        say(f"found, not written as a test: {what}: {' ; '.join(case.splitlines())[:160]}")
    for entry, why in list(made.left_out.items())[:10]:
        say(f"left out: {entry}: {why}")
