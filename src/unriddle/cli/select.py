"""``unriddle select``: rank the candidates of files of verdicts by a rule, say how sure it is, or abstain.

Not covered: running candidates (``unriddle eval --out`` writes such files) and judging the choice.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from unriddle.cli.view import say
from unriddle.errors import BadInput

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from rich.console import Console

    from unriddle.contracts import Score

__all__ = ["select_command"]


@dataclass(frozen=True, slots=True)
class _Ranked:
    """One file's ranking."""

    name: str
    n: int
    m: int
    order: list[int]
    level: dict[int, int]
    scores: npt.NDArray[np.float64]
    passed: npt.NDArray[np.int64]
    known: npt.NDArray[np.int64]
    candidates: tuple[str, ...]
    chosen: int
    confidence: float
    n_tied: int
    abstained: bool


@click.command(name="select", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("verdicts", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--rule", "name", default="codet", show_default=True,
              help="random, passed, fraction, codet, b4, mbr, vote, soft_vote, cluster, pragmatic, likelihood, speed, "
                   "or a reranker's .json file.")  # fmt: skip
@click.option(
    "--k", "-k", type=click.IntRange(1), default=10, show_default=True, help="Candidates to show for each file."
)
@click.option("--confidence", "sure", type=click.Choice(["posterior", "agreement", "succession"]), default="posterior",
              show_default=True, help="What the confidence is read from.")  # fmt: skip
@click.option("--abstain-below", type=click.FloatRange(0, 1), default=0.0, show_default=True,
              help="Choose nothing where the confidence is less than this.")  # fmt: skip
@click.option("--seed", type=int, default=0, show_default=True, help="Breaks ties; the same seed chooses the same.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout and nothing else.")
@click.pass_context
def select_command(
    ctx: click.Context, /, verdicts: tuple[Path, ...], name: str, k: int, sure: str, abstain_below: float, seed: int,
    as_json: bool,
) -> None:  # fmt: skip
    """Choose a candidate from each file of verdicts (.npz or .parquet) or each such file in a folder.

    \b
    Examples:
      unriddle select verdicts.npz
      unriddle select results/verdicts --rule b4 --abstain-below 0.5
      unriddle select a.npz b.parquet --rule mbr -k 3 --json

    Equal scores are ties: they share a rank, and the seed decides which of the best is chosen. The posterior is B4's
    probability that the candidate is right, given that its model of unreliable tests holds.

    Exit codes: 0 a candidate was chosen for every file; 1 it abstained, or there was nothing to choose; 2 bad input.
    """
    files = _files(verdicts)
    from unriddle.score.rules import rule

    score = rule(name)
    ranked = [_rank(file, score, sure, abstain_below, seed + i) for i, file in enumerate(files)]
    if as_json:
        given = {"rule": name, "confidence": sure, "abstain_below": abstain_below, "seed": seed}
        click.echo(json.dumps({"schema": 1, **given, "files": [_document(r, k) for r in ranked]}, allow_nan=False))
    else:
        from rich.console import Console

        console = Console(highlight=False)
        for r in ranked:
            _table(r, k, name, console)
    abstained = sum(r.abstained or r.chosen < 0 for r in ranked)
    if abstained:
        say(f"nothing was chosen for {abstained} of {len(ranked)} files")
        ctx.exit(1)


def _files(given: Sequence[Path]) -> list[Path]:
    """The files named, and those in the folders named, in order and once each."""
    found: list[Path] = []
    for path in given:
        if path.is_dir():
            inside = sorted(p for p in path.iterdir() if p.suffix in (".npz", ".parquet") and p.is_file())
            if not inside:
                raise BadInput(f"{path}: the folder has no .npz or .parquet file; `unriddle eval --out` writes some")
            found.extend(inside)
        else:
            found.append(path)
    return list(dict.fromkeys(found))


def _rank(file: Path, score: Score, sure: str, abstain_below: float, seed: int) -> _Ranked:
    import numpy as np

    from unriddle import verdicts_file
    from unriddle.score.confidence import confidence
    from unriddle.score.ties import pick, tie_levels

    verdicts = verdicts_file.load(file)
    try:
        scores = score(verdicts)
    except BadInput as error:
        raise BadInput(f"{file}: {error}") from error
    rng = np.random.default_rng(seed)
    levels = tie_levels(scores)
    chosen = pick(scores, rng=rng) if levels else -1
    order = [int(i) for level in levels for i in level]
    if chosen >= 0:
        order = [chosen, *(i for i in order if i != chosen)]
    chance = float(confidence(sure)(verdicts)[chosen]) if chosen >= 0 else 0.0
    return _Ranked(
        name=str(file), n=verdicts.shape[0], m=verdicts.shape[1], order=order,
        level={int(i): number for number, level in enumerate(levels, start=1) for i in level},
        scores=scores, passed=verdicts.passed.sum(axis=1), known=verdicts.known.sum(axis=1),
        candidates=verdicts.candidates, chosen=chosen, confidence=chance, n_tied=len(levels[0]) if levels else 0,
        abstained=chosen >= 0 and chance < abstain_below,
    )  # fmt: skip


def _document(r: _Ranked, k: int) -> dict[str, Any]:
    rows = [
        {
            "row": i,
            "candidate": r.candidates[i],
            "rank": r.level[i],
            "score": float(r.scores[i]),
            "passed": int(r.passed[i]),
            "known": int(r.known[i]),
        }
        for i in r.order[:k]
    ]
    taken = r.chosen >= 0 and not r.abstained
    return {
        "file": r.name,
        "n_candidates": r.n,
        "n_tests": r.m,
        "chosen": r.candidates[r.chosen] if taken else None,
        "row": r.chosen if taken else None,
        "confidence": r.confidence,
        "abstained": r.abstained,
        "n_tied_best": r.n_tied,
        "ranking": rows,
    }


def _table(r: _Ranked, k: int, name: str, console: Console) -> None:
    from rich.table import Table

    table = Table(title=f"{r.name}: {r.n} candidates, {r.m} tests", title_justify="left")
    for column in ("rank", "row", "candidate", name, "passed"):
        table.add_column(column, justify="left" if column == "candidate" else "right", no_wrap=True)
    for i in r.order[:k]:
        mark = "" if i != r.chosen or r.abstained else " chosen"
        table.add_row(
            str(r.level[i]), str(i), r.candidates[i] + mark, f"{r.scores[i]:.6g}", f"{r.passed[i]} of {r.known[i]}"
        )
    console.print(table)
    if r.chosen < 0:
        console.print(f"nothing to choose: {name} rules every candidate out", soft_wrap=True)
        return
    ties = f"; {r.n_tied} candidates share the best score" if r.n_tied > 1 else ""
    word = "abstains: confidence" if r.abstained else "confidence"
    console.print(f"{word} {r.confidence:.2f}{ties}", soft_wrap=True)
