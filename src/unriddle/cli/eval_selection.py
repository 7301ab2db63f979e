"""``unriddle eval --select``: how often the program that each rule chooses is right.

Not covered: choosing from a file of verdicts without a benchmark (``unriddle select``).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from unriddle.cli.progress import progress
from unriddle.cli.view import say
from unriddle.errors import BadInput, MissingExtra
from unriddle.whole_file import write_whole

if TYPE_CHECKING:
    from rich.console import Console

    from unriddle.benchmarks.base import TaskBenchmark
    from unriddle.benchmarks.choosing import Selection, Variant
    from unriddle.benchmarks.metrics import Interval
    from unriddle.benchmarks.run import Evaluation
    from unriddle.candidate import Candidate
    from unriddle.contracts import Executor
    from unriddle.store import Store

    Chooser = Callable[[Evaluation, Mapping[str, Sequence[Candidate]], Store, Executor, bool], Selection]

__all__ = ["check_selection", "prepare", "save_selection", "show_selection"]


def check_selection(rules: str | None, tests: Path | None) -> None:
    """Refuse early what can be refused early.

    Raises:
        BadInput: ``--tests`` without ``--select``, an unknown rule, or no such file.
    """
    if rules is None:
        if tests is not None:
            raise BadInput("eval: --tests names the tests that rules choose by, so it needs --select RULES")
        return
    from unriddle.score.rules import rule_names

    rule_names(rules)
    if tests is not None and not tests.is_file():
        raise BadInput(f"{tests}: no such file; --tests takes JSON Lines with task_id and tests (asserts) or samples")


def wants_likelihood(rules: str | None) -> bool:
    """Whether one of the rules looks at how likely the model found its programs (a learned one may)."""
    return rules is not None and any("likelihood" in rule or rule.endswith(".json") for rule in rules.split(","))


def prepare(rules: str | None, tests: Path | None, benchmark: TaskBenchmark, *, whole: TaskBenchmark) -> Chooser | None:
    """What chooses once the candidates are judged; ``None`` when nothing was asked for. Reads the tests now.

    The file may have tests for all tasks of the ``whole`` benchmark.

    Raises:
        BadInput: The tests cannot be read, or there are none to choose by.
    """
    if rules is None:
        return None
    from unriddle.benchmarks.generated_tests import read_generated_tests
    from unriddle.benchmarks.shown import show_tests
    from unriddle.score.rules import rule_names

    names = rule_names(rules)
    generated = read_generated_tests(tests, whole) if tests else None
    shown_benchmark, plans = show_tests(benchmark, generated)

    def chooser(
        evaluation: Evaluation,
        given: Mapping[str, Sequence[Candidate]],
        store: Store,
        executor: Executor,
        all_tasks: bool,
    ) -> Selection:
        from unriddle.benchmarks.choosing import Selection, calibrate, choose
        from unriddle.benchmarks.shown import show
        from unriddle.store import content_key

        if wants_likelihood(rules) and all(c.prior is None for group in given.values() for c in group):
            say("no program comes with a log-probability: rules by likelihood choose at random")
        ids = {task: [candidate.id for candidate in group] for task, group in given.items()}
        content = [(task.problem.id, task.hidden) for task in shown_benchmark.tasks]
        key = content_key(evaluation.limits.as_dict(), executor.isolation, content, ids)
        params = {"benchmark": shown_benchmark.name, "n_tasks": len(shown_benchmark), "rules": names}
        with store.begin("select", key, params) as run, progress("running the shown tests", "rows") as watch:
            shown, ran = show(
                shown_benchmark, plans, given, executor=executor, limits=evaluation.limits, run=run, watch=watch
            )
            n_missing = len(evaluation.missing) if all_tasks else 0
            variants, per_problem = choose(evaluation, shown, names, given=given, n_missing=n_missing)
            selection = Selection(
                "generated" if tests else "visible",
                variants,
                per_problem,
                n_tests=sum(shown[task].verdicts.shape[1] for task in shown),
                n_runs=sum(int(r.verdicts.known.sum()) for r in ran.per_problem.values()) if ran else 0,
                seconds=ran.seconds if ran else 0.0,
                calibration=calibrate(evaluation, shown, names[0], given=given),
            )
            run.finish(selection.as_dict())
        return selection

    return chooser


def save_selection(selection: Selection, folder: Path) -> None:
    """Write ``selection.json``, and with Matplotlib ``calibration.png`` and ``.svg``, into the folder.

    Raises:
        BadInput: They cannot be written.
    """
    path = folder / "selection.json"
    try:
        write_whole(path, json.dumps({"schema": 1, **selection.as_dict()}, indent=1) + "\n")
    except OSError as error:
        raise BadInput(f"{path}: cannot be written ({error}); choose another folder with --out") from error
    from unriddle.score.calibration_plot import plot

    rule = next(iter(selection.variants[0].rules))
    try:
        plot(selection.calibration, folder / "calibration.png", title=f"confidence in the choice of {rule}")
    except MissingExtra as error:
        say(f"no picture of the calibration: {error}")


def show_selection(selection: Selection, console: Console) -> None:
    """One table for each variant, best rule first."""
    for variant in selection.variants:
        _table(variant, selection, console)
    first = next(iter(selection.variants[0].rules))
    told = (f"{n}: error {c.reliability.error:.3f}, Brier {c.brier:.3f}" for n, c in selection.calibration.items())
    console.print(f"confidence in the choice of {first}: {'; '.join(told)}", soft_wrap=True)
    rate = selection.n_runs / selection.seconds if selection.seconds > 0 else 0.0
    console.print(
        f"chosen by {selection.n_tests} {selection.tests} tests ({selection.n_runs} executions, {rate:.0f} a second); "
        "ties count by expectation; in brackets 95 % bootstrap intervals over problems, differences paired, in points",
        soft_wrap=True,
    )


_TITLES = {
    "all": "all problems",
    "some right": "problems with some but not all programs right",
    "passing visible": "all problems, only programs that pass the visible tests",
}


def _table(variant: Variant, selection: Selection, console: Console) -> None:
    from rich import box
    from rich.table import Table

    title = f"chosen by {selection.tests} tests: {_TITLES[variant.name]} ({variant.n_problems})"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    first = next(iter(variant.rules))
    for column in ("rule", "pass@1 in %", "minus random", f"minus {first}"):
        table.add_column(column, justify="left" if column == "rule" else "right")
    for name in sorted(variant.rules, key=lambda name: -variant.rules[name]["value"]):
        got = variant.rules[name]
        table.add_row(
            name,
            f"{100 * got['value']:.1f} ({100 * got['low']:.1f}, {100 * got['high']:.1f})",
            "" if name == "random" else _difference(variant.minus_random[name]),
            "" if name == first else _difference(variant.minus_first[name]),
        )
    table.add_row("perfect choice", f"{100 * variant.best:.1f}", "", "")
    console.print(table)


def _difference(interval: Interval) -> str:
    return f"{100 * interval['value']:+.1f} ({100 * interval['low']:+.1f}, {100 * interval['high']:+.1f})"
