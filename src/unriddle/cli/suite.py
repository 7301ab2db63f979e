"""``unriddle suite``: what the tests of a program are worth.

Not covered: making tests (``unriddle testgen``) and inputs (``unriddle strengthen``).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from unriddle.cli.view import say

if TYPE_CHECKING:
    from unriddle.contracts import Executor
    from unriddle.testgen.suite import Suite

__all__ = ["suite_command"]


@click.command(name="suite", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("program", type=click.Path(path_type=Path))
@click.argument("tests", type=click.Path(path_type=Path))
@click.option("--mutants", "n_mutants", type=click.IntRange(1), default=200, show_default=True,
              help="Small mistakes tried, drawn evenly over the program.")  # fmt: skip
@click.option("--inputs", "n_inputs", type=click.IntRange(0), default=300, show_default=True,
              help="Generated inputs that surviving mutants meet; those that act alike on all count as perhaps "
                   "equivalent. 0: none does.")  # fmt: skip
@click.option("--module", help="Name by which the tests import the program [default: the file's name].")
@click.option("--packages", default="numpy", show_default=True, help="Packages the program may import, by commas.")
@click.option("--cpu-seconds", type=click.FloatRange(0, min_open=True), default=2.0, show_default=True,
              help="CPU seconds per test.")  # fmt: skip
@click.option("--at-least", type=click.FloatRange(0, 1), help="Exit with 1 when the mutation score is less than this.")
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed draws the same mutants.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout and nothing else.")
def suite_command(
    program: Path,
    tests: Path,
    n_mutants: int,
    n_inputs: int,
    module: str | None,
    packages: str,
    cpu_seconds: float,
    at_least: float | None,
    seed: int,
    as_json: bool,
) -> int:
    """How good a suite is: branch coverage, mutation score, tests that add nothing, tests that fail or waver.

    PROGRAM is the file under test, TESTS a pytest file (or a file of asserts) about it. Both run in the sandbox.

    \b
    Examples:
      unriddle suite median.py test_median.py
      unriddle suite median.py test_median.py --at-least 0.8 --json
    """
    import numpy as np

    from unriddle.execute import open_executor
    from unriddle.outcome import Limits
    from unriddle.pose.files import read_text
    from unriddle.testgen.pytest_file import read_pieces
    from unriddle.testgen.suite import measure_suite

    source, text = read_text(program), read_text(tests)
    pieces = read_pieces(text, module=module or program.stem)
    names = tuple(part.strip() for part in packages.split(",") if part.strip())
    limits = Limits(cpu_seconds=cpu_seconds, max_kills=1)
    with open_executor(packages=names) as executor:
        suite = measure_suite(
            source,
            pieces,
            executor=executor,
            rng=np.random.default_rng(seed),
            n_mutants=n_mutants,
            same=_same(source, n_inputs, seed, executor) if n_inputs else None,
            limits=limits,
            say=say,
        )
    if as_json:
        click.echo(json.dumps(_document(program, tests, suite)))
    else:
        _show(program, tests, suite)
    low = at_least is not None and not suite.mutation_score >= at_least
    if low and not as_json:
        click.echo(f"the mutation score is below {at_least}")
    return 1 if low else 0


def _same(source: str, n: int, seed: int, executor: Executor) -> Callable[[Sequence[str]], list[bool]]:
    """Says of mutants whether they act like the program on generated inputs of its functions."""
    import numpy as np

    from unriddle.testgen.alike import alike

    return lambda mutants: alike(source, mutants, n=n, executor=executor, rng=np.random.default_rng(seed))


def _document(program: Path, tests: Path, suite: Suite) -> dict[str, Any]:
    import numpy as np

    noticed = np.any(suite.killed, axis=0).tolist()
    score = suite.mutation_score
    return {
        "schema": 1,
        "program": str(program),
        "tests": str(tests),
        "n_tests": len(suite.pieces),
        "branch_coverage": suite.branch_coverage,
        "missed": [{"line": b.line, "kind": b.kind, "taken": b.taken, "function": b.function} for b in suite.missed],
        "mutation_score": None if score != score else score,
        "mutants": {
            "tried": len(suite.mutants),
            "noticed": sum(noticed),
            "perhaps_equivalent": int(suite.perhaps_equivalent.sum()),
            "survived": [
                {"line": m.line, "operator": m.operator}
                for m, dead, same in zip(suite.mutants, noticed, suite.perhaps_equivalent, strict=True)
                if not dead and not same
            ],
        },
        "redundant": [piece.name for piece in suite.redundant],
        "failing": {piece.name: why for piece, why in suite.failing},
        "unsteady": list(suite.unsteady),
        "skipped": {piece.name: piece.skipped for piece in suite.skipped},
    }


def _show(program: Path, tests: Path, suite: Suite) -> None:
    document = _document(program, tests, suite)
    mutants = document["mutants"]
    score = document["mutation_score"]
    click.echo(f"{tests} on {program}: {len(suite.pieces)} tests pass")
    click.echo(f"branch coverage  {suite.branch_coverage:.1%}")
    for branch in suite.missed[:20]:
        click.echo(f"  never: {_way(branch.kind, branch.taken)} (line {branch.line}, {branch.function})")
    judged = mutants["tried"] - mutants["perhaps_equivalent"]
    shown = "-" if score is None else f"{score:.1%}"
    click.echo(
        f"mutation score   {shown}  ({mutants['noticed']} of {judged} mistakes noticed, "
        f"{mutants['perhaps_equivalent']} more perhaps equivalent)"
    )
    for row in mutants["survived"][:20]:
        click.echo(f"  unnoticed: {row['operator']} on line {row['line']}")
    for title, names in (("adds nothing", document["redundant"]), ("wavers", document["unsteady"])):
        for name in names:
            click.echo(f"{title}: {name}")
    for title, found in (("fails", document["failing"]), ("not run", document["skipped"])):
        for name, why in found.items():
            click.echo(f"{title}: {name}: {why}")


def _way(kind: str, taken: bool) -> str:
    if kind in ("if", "while", "conditional", "comprehension"):
        return f"{kind} {'true' if taken else 'false'}"
    if kind == "for":
        return "for entered" if taken else "for run to its end"
    return kind
