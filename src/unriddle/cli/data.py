"""``unriddle data``: problems of the generated world, repair examples from a model's failures, pairs of code and test
files, and the leakage check.

Not covered: training (``unriddle train``) and judging programs on the problems (``unriddle eval nursery``).
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from unriddle.errors import BadInput

if TYPE_CHECKING:
    from unriddle.data.leakage import Leakage
    from unriddle.data.world import Split, WorldProblem
    from unriddle.record import Record
    from unriddle.store import Run

__all__ = ["data_command"]

_T = TypeVar("_T")
_SPLITS: dict[str, Split] = {"train": "train", "held-out": "held_out"}
_QUIET_SECONDS = 5.0


def _levels(ctx: click.Context, param: click.Parameter, texts: tuple[str, ...]) -> tuple[int, ...]:
    try:
        return tuple(int(part) for text in texts for part in text.split(","))
    except ValueError:
        raise click.BadParameter(f"expected levels as numbers (2 or 1,2), got {' '.join(texts)!r}") from None


@click.group("data")
def data_command() -> None:
    """Make data to learn from: generated problems whose programs run.

    \b
    Examples:
      unriddle data world --level 3 -n 1000 --out problems.jsonl
      unriddle data failures 7 --problems problems.jsonl --out fixes.jsonl
      unriddle data pairs ~/src/toolz --out pairs.jsonl
      unriddle data leakage -n 1000
    """


@data_command.command("world")
@click.option("--level", "levels", multiple=True, default=("1",), show_default=True, callback=_levels,
              help="Level 1 to 5; several as 1,2 or by repeating the option.")  # fmt: skip
@click.option("-n", "n", type=click.IntRange(1), default=100, show_default=True, help="How many problems.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True,
              help="JSON Lines file to write (.gz and .xz too); it appears whole or not at all.")  # fmt: skip
@click.option(
    "--split", type=click.Choice(list(_SPLITS)), default="train", show_default=True, help="Side of the split."
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Equal seeds give equal files.")
@click.option("--format", "formats", multiple=True, metavar="NAME",
              help="Write training examples of this format instead of problems; repeat it, or 'all'.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document about the file and nothing else.")
def _world(
    levels: tuple[int, ...], n: int, out: Path, split: str, seed: int, formats: tuple[str, ...], as_json: bool
) -> int:
    """Write N problems of the world to a file, one JSON object a line.

    \b
    Examples:
      unriddle data world --level 3 -n 1000 --out problems.jsonl
      unriddle data world --level 1,2 -n 500 --split held-out --out held_out.jsonl.gz
      unriddle data world --level 2 -n 1000 --format program --format output --out examples.jsonl
    """
    from itertools import islice

    import numpy as np

    from unriddle.data.formats import FORMATS
    from unriddle.data.steps import check_formats, to_examples
    from unriddle.data.world import generate
    from unriddle.data.world.rows import to_record

    names = tuple(FORMATS) if "all" in formats else check_formats(formats)
    _check_folder(out)
    began = time.perf_counter()
    stream = islice(generate(levels=levels, split=_SPLITS[split], seed=seed), n)
    records: Iterable[Record] = (to_record(problem) for problem in _counted(stream, n))
    if names:
        records = to_examples(records, formats=names, rng=np.random.default_rng(seed))
    n_rows = _write(records, out)
    seconds = time.perf_counter() - began
    if as_json:
        document = {"schema": 1, "out": str(out), "rows": n_rows, "problems": n, "levels": list(levels), "split": split,
                    "seed": seed, "formats": list(names), "seconds": round(seconds, 3)}  # fmt: skip
        click.echo(json.dumps(document, indent=1))
    else:
        click.echo(f"{out}: {n_rows} rows from {n} problems, {seconds:.1f} s")
    return 0


def _check_folder(out: Path) -> None:
    if not out.parent.is_dir():
        raise BadInput(f"--out {out}: the folder {out.parent} does not exist; make it first")


def _write(records: Iterable[Record], out: Path) -> int:
    from unriddle.record import write_jsonl

    try:
        return write_jsonl((record.as_dict() for record in records), out)
    except OSError as error:
        raise BadInput(f"--out {out}: cannot be written ({error.strerror or error}); nothing was kept") from error


def _counted(items: Iterator[_T], n: int) -> Iterator[_T]:
    """The items, with progress on stderr every few seconds."""
    said = time.monotonic()
    for done, item in enumerate(items):
        yield item
        if time.monotonic() - said > _QUIET_SECONDS:
            said = time.monotonic()
            click.echo(f"{done + 1} of {n} problems", err=True)


@data_command.command("failures")
@click.argument("run_id", metavar="RUN", type=int)
@click.option("--problems", type=click.Path(dir_okay=False, path_type=Path), required=True,
              help="The file of problems that was judged (`unriddle data world` wrote it).")  # fmt: skip
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True,
              help="JSON Lines file to write (.gz and .xz too); it appears whole or not at all.")  # fmt: skip
@click.option("--kind", type=click.Choice(["none", "error", "counterexample"]), default="counterexample",
              show_default=True, help="How much is said about what is wrong.")  # fmt: skip
@click.option("--most", type=click.IntRange(1), help="Examples per problem at most [default: all].")
@click.option("--held-out", is_flag=True, help="Take held-out problems too; nothing must be trained on them.")
@click.option("--store", type=click.Path(path_type=Path), default=Path(".unriddle/runs.db"), show_default=True,
              help="The run store.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document about the file and nothing else.")
def _failures(
    run_id: int, problems: Path, out: Path, kind: str, most: int | None, held_out: bool, store: Path, as_json: bool
) -> int:
    """Write repair examples from what a model got wrong in RUN, a run of `unriddle eval nursery:FILE`.

    Each distinct program that failed makes one: statement, the program, what the failed test showed, and the reference
    as target. No program is run; the verdicts are those of the run.

    \b
    Examples:
      unriddle data world --level 1,2 -n 1000 --out train.jsonl
      unriddle eval nursery:train.jsonl --lm hf:nursery/model -n 10
      unriddle runs                                           the number of the run
      unriddle data failures 1 --problems train.jsonl --out fixes.jsonl
    """
    from unriddle.store import load_run, open_store

    _check_folder(out)
    known = _known_problems(problems, held_out=held_out)
    if not store.is_file():
        raise BadInput(f"{store}: there is no run store here; `unriddle eval` makes one, or name it with --store PATH")
    with open_store(store) as opened:
        run = load_run(opened, run_id)
        tasks = [task for task in run.tasks() if task in known]
        if not tasks:
            raise BadInput(
                f"--problems {problems}: run {run_id} judged none of its {len(known)} problems; name the file that "
                "`unriddle eval nursery:FILE` was given"
            )
        n_rows = _write(_fixes(run, tasks, known, kind=kind, most=most), out)
    if as_json:
        document = {"schema": 1, "out": str(out), "rows": n_rows, "problems": len(tasks), "run": run_id, "kind": kind}
        click.echo(json.dumps(document, indent=1))
    else:
        click.echo(f"{out}: {n_rows} rows from {len(tasks)} problems of run {run_id}")
    return 0


def _known_problems(path: Path, *, held_out: bool) -> dict[str, WorldProblem]:
    """The problems of a file by id, without the held-out ones."""
    from unriddle.data.steps import on_side
    from unriddle.data.world.rows import from_record
    from unriddle.record import read_records

    records = [record for record in read_records(path) if record.kind == "problem"]
    if not records:
        raise BadInput(f"--problems {path}: expected problems, found none; `unriddle data world` writes them")
    kept = records if held_out else list(on_side(records, split="train"))
    if not kept:
        raise BadInput(
            f"--problems {path}: all {len(records)} problems are held out, and nothing must be trained on them; judge "
            "problems of --split train, or take these with --held-out"
        )
    if len(kept) < len(records):
        click.echo(f"{len(records) - len(kept)} of {len(records)} problems are held out and left out", err=True)
    return {record.problem: from_record(record) for record in kept}


def _fixes(
    run: Run, tasks: list[str], known: dict[str, WorldProblem], *, kind: str, most: int | None
) -> Iterator[Record]:
    from unriddle.data.failures import FailureKind, fix_examples
    from unriddle.data.steps import example_record
    from unriddle.verdicts import Verdicts

    for task in _counted(iter(tasks), len(tasks)):
        rows = {name: row for (name, _), row in run.done_rows(task).items()}
        if rows:
            verdicts = Verdicts.join_rows(list(rows.values()))
            wanted = cast("FailureKind", kind)
            for example in fix_examples(known[task], run.candidates(task), verdicts, kind=wanted, most=most):
                yield example_record(example)


@data_command.command("pairs")
@click.argument("folders", metavar="DIR...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True,
              help="JSON Lines file to write (.gz and .xz too); it appears whole or not at all.")  # fmt: skip
@click.option("--threshold", type=click.FloatRange(0, 1, min_open=True), default=0.7, show_default=True,
              help="Least likeness of names and folders.")  # fmt: skip
@click.option("--must-import", is_flag=True, help="Drop pairs whose test does not import the code.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document about the file and nothing else.")
def _pairs(folders: tuple[Path, ...], out: Path, threshold: float, must_import: bool, as_json: bool) -> int:
    """Pair the Python code files of each repository DIR with their tests; nothing is imported or executed.

    A file that stands in an earlier repository too takes its pair with it.

    \b
    Examples:
      unriddle data pairs ~/src/toolz ~/src/boltons --out pairs.jsonl
      unriddle data pairs . --must-import --out pairs.jsonl.xz
    """
    from unriddle.data.code_test_pairs import drop_copies, mine
    from unriddle.record import Record

    _check_folder(out)
    mined = [
        mine(folder, threshold=threshold, must_import=must_import) for folder in _counted(iter(folders), len(folders))
    ]
    found = [pair for one in mined for pair in one.pairs]
    pairs = drop_copies(found)
    _write((Record("pair", "", pair.as_dict()) for pair in pairs), out)
    repositories = [{"repo": one.repo, "pairs": len(one.pairs), **one.counts} for one in mined]
    imports = {name or "none": sum(pair.imports == name for pair in pairs) for name in ("module", "package", "")}
    document = {"schema": 1, "out": str(out), "rows": len(pairs), "copies": len(found) - len(pairs), "imports": imports,
                "code_tokens": sum(pair.code_tokens for pair in pairs),
                "test_tokens": sum(pair.test_tokens for pair in pairs), "repositories": repositories}  # fmt: skip
    if as_json:
        click.echo(json.dumps(document, indent=1))
        return 0
    for row in repositories:
        others = ", ".join(f"{name} {n}" for name, n in row.items() if name not in ("repo", "pairs") and n)
        click.echo(f"{row['repo']}: {row['pairs']} pairs ({others})")
    click.echo(f"{out}: {len(pairs)} pairs, {document['copies']} copies dropped, {document['code_tokens']} tokens "
               f"of code and {document['test_tokens']} of tests")  # fmt: skip
    click.echo(f"the test imports the module: {imports['module']}, a package above it and a name of it: "
               f"{imports['package']}, neither: {imports['none']}")  # fmt: skip
    return 0


@data_command.command("leakage")
@click.option("--level", "levels", multiple=True, default=("1,2,3,4,5",), show_default=True, callback=_levels,
              help="Level 1 to 5; several as 1,2 or by repeating the option.")  # fmt: skip
@click.option("-n", "n", type=click.IntRange(1), default=1000, show_default=True, help="Held-out problems.")
@click.option("--train", "n_train", type=click.IntRange(1), default=20_000, show_default=True,
              help="Training problems to compare with.")  # fmt: skip
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Seed of both streams.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")
def _leakage(levels: tuple[int, ...], n: int, n_train: int, seed: int, as_json: bool) -> int:
    """Look for the nearest training neighbour of N held-out problems, by behaviour and by text.

    The exit code is 1 when a held-out problem has a behavioural twin, or shares its structure with training.

    \b
    Examples:
      unriddle data leakage
      unriddle data leakage --level 1,2 -n 3000 --train 40000 --json
    """
    from itertools import islice

    from unriddle.data.leakage import leakage
    from unriddle.data.world import generate

    train = list(_counted(islice(generate(levels=levels, split="train", seed=seed), n_train), n_train))
    held_out = list(_counted(islice(generate(levels=levels, split="held_out", seed=seed), n), n))
    found = leakage(held_out, train)
    if as_json:
        click.echo(json.dumps({"schema": 1, "levels": list(levels), "seed": seed, **_document(found)}, indent=1))
    else:
        _show(found)
    return 1 if found.n_twins or found.n_structures else 0


def _document(found: Leakage) -> dict[str, Any]:
    import numpy as np

    def spread(values: Any) -> dict[str, float]:
        marks = {"median": 50, "p90": 90, "p99": 99, "max": 100}
        shown = {name: round(float(np.percentile(values, at)), 4) for name, at in marks.items()}
        return {"mean": round(float(values.mean()), 4), **shown}

    return {
        "held_out": len(found.behaviour),
        "train": found.n_train,
        "twins": found.n_twins,
        "twins_reordered": found.n_reordered,
        "shared_structures": found.n_structures,
        "shared_statements": found.n_statements,
        "behaviour": spread(found.behaviour),
        "text": spread(found.text),
        "nearest": [{"share": share, "held_out": a, "train": b} for share, a, b in found.nearest],
    }


def _show(found: Leakage) -> None:
    document = _document(found)
    click.echo(f"{document['held_out']} held-out problems against {document['train']} for training")
    for name, words in (("behaviour", "equal outputs of the nearest"), ("text", "token Jaccard of the nearest")):
        spread = ", ".join(f"{key} {value:.2f}" for key, value in document[name].items())
        click.echo(f"{words}: {spread}")
    click.echo(f"behavioural twins: {found.n_twins}; structures on both sides: {found.n_structures}; "
               f"statements on both sides word for word: {found.n_statements}")  # fmt: skip
    click.echo(f"the same behaviour with the arguments in another order: {found.n_reordered}")
    if found.n_twins or found.n_structures:
        click.echo("the split leaks", file=sys.stderr)
