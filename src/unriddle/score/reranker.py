"""A learned reranker: logistic regression on row, agreement and text, calibrated, kept as JSON (card: Sorokin 2025).

The inference side of a reranker only: nothing is generated and no language model is trained. Penalty and calibration
come from cross-validation over whole problems, so no problem decides about itself. With ``groups=("rules",)`` it is a
stacked combination of rules. Not covered: pairwise losses and hard negatives.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from unriddle.candidate import Candidate
from unriddle.contracts import Score
from unriddle.errors import BadInput, BadShape, MissingExtra, shorten
from unriddle.score.features import feature_names, features
from unriddle.score.recalibrate import Temperature, fit_temperature, group_folds
from unriddle.verdicts import Verdicts
from unriddle.whole_file import write_whole

__all__ = ["Labelled", "Reranker", "fit_reranker", "held_out", "load", "save"]

_Floats = npt.NDArray[np.float64]
_SCHEMA = 1
_STRENGTHS = (0.01, 0.1, 1.0, 10.0)


@dataclass(frozen=True, slots=True)
class Labelled:
    """One problem to learn from.

    Attributes:
        verdicts: ``(n, m)`` on tests that the reranker may see.
        right: ``(n,)`` whether each candidate is right by the hidden tests.
        candidates: Those of the rows; needed for features of the text.
    """

    verdicts: Verdicts
    right: npt.NDArray[np.bool_]
    candidates: tuple[Candidate, ...] = ()


@dataclass(frozen=True, slots=True)
class Reranker:
    """A fitted reranker; plain numbers.

    Attributes:
        groups: Groups of features it reads.
        names: ``(f,)`` names of the features.
        mean: ``(f,)`` subtracted from them.
        scale: ``(f,)`` they are divided by this.
        weights: ``(f,)`` of the logistic regression.
        bias: Its constant.
        temperature: Calibration: the logit is divided by this,
        shift: and moved by this.
        strength: The inverse penalty that cross-validation chose.
        n_problems: Problems it was fitted on.
    """

    groups: tuple[str, ...]
    names: tuple[str, ...]
    mean: tuple[float, ...]
    scale: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float
    temperature: float
    shift: float
    strength: float
    n_problems: int

    def chance(self, verdicts: Verdicts, *, candidates: Sequence[Candidate] = ()) -> _Floats:
        """``(n,)`` the calibrated chance that each candidate is right."""
        x = features(verdicts, groups=self.groups, candidates=candidates)
        logit = ((x - np.array(self.mean)) / np.array(self.scale)) @ np.array(self.weights) + self.bias
        return Temperature(self.temperature, self.shift)(_squash(logit))

    def score(self, candidates: Sequence[Candidate] = ()) -> Score:
        """A Score: the chance, and −inf for a candidate about which nothing is known."""
        if "text" in self.groups and not candidates:
            raise BadInput("reranker: it reads the programs' text, so it needs the candidates; give them")

        def score(verdicts: Verdicts) -> _Floats:
            return np.where(verdicts.known.any(axis=1), self.chance(verdicts, candidates=candidates), -np.inf)

        return score


def fit_reranker(
    problems: Sequence[Labelled],
    *,
    rng: np.random.Generator,
    groups: Sequence[str] = ("row", "rules"),
    n_folds: int = 5,
) -> Reranker:
    """A reranker for these problems. Every problem weighs the same, however many candidates it has.

    Args:
        problems: At least two, with both right and wrong candidates among them.
        rng: Makes the folds.
        groups: Groups of features: some of ``row``, ``rules`` and ``text``.
        n_folds: Folds of problems, for the penalty and the calibration.

    Raises:
        MissingExtra: scikit-learn is not installed.
        BadInput: Fewer than two problems, an unknown group, or only right or only wrong candidates.
        BadShape: ``right`` does not fit the verdicts of a problem.
    """
    x, y, weight, owner = _table(problems, groups)
    fold = group_folds(owner.tolist(), rng=rng, n_folds=n_folds)
    losses, outs = {}, {}
    for strength in _STRENGTHS:
        outs[strength] = _out_of_fold(x, y, weight, fold, strength)
        p = np.clip(_squash(outs[strength]), 1e-9, 1 - 1e-9)
        losses[strength] = -float(weight @ np.where(y, np.log(p), np.log1p(-p)))
    best = min(_STRENGTHS, key=lambda strength: losses[strength])
    calibrated = fit_temperature(_squash(outs[best]), y)
    mean, scale, weights, bias = _fit(x, y, weight, best)
    return Reranker(
        tuple(groups), feature_names(groups), tuple(mean.tolist()), tuple(scale.tolist()), tuple(weights.tolist()),
        bias, calibrated.temperature, calibrated.shift, best, len(problems),
    )  # fmt: skip


def held_out(
    problems: Sequence[Labelled],
    *,
    rng: np.random.Generator,
    groups: Sequence[str] = ("row", "rules"),
    n_folds: int = 5,
) -> list[_Floats]:
    """For each problem, the chances ``(n,)`` by a reranker that was fitted on the other folds' problems.

    Raises:
        MissingExtra: scikit-learn is not installed.
        BadInput: See ``fit_reranker``; every training part needs right and wrong candidates.
    """
    fold = group_folds(range(len(problems)), rng=rng, n_folds=n_folds)
    out: dict[int, _Floats] = {}
    for number in range(int(fold.max()) + 1):
        train = [problem for problem, f in zip(problems, fold, strict=True) if f != number]
        fitted = fit_reranker(train, rng=rng, groups=groups, n_folds=n_folds)
        for i in np.flatnonzero(fold == number).tolist():
            out[i] = fitted.chance(problems[i].verdicts, candidates=problems[i].candidates)
    return [out[i] for i in range(len(problems))]


def save(reranker: Reranker, path: str | Path) -> None:
    """Write it as JSON, beside the final name first.

    Raises:
        BadInput: The file cannot be written.
    """
    path = Path(path)
    try:
        write_whole(path, json.dumps({"schema": _SCHEMA, "kind": "reranker", **asdict(reranker)}, indent=1) + "\n")
    except OSError as error:
        raise BadInput(f"{path}: the reranker cannot be written ({error}); choose another place") from error


def load(path: str | Path) -> Reranker:
    """Read what ``save`` wrote.

    Raises:
        BadInput: The file is absent, or not a reranker of this version.
    """
    try:
        data = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput(f"{path}: expected a reranker as JSON ({error})") from error
    if not isinstance(data, dict) or data.get("schema") != _SCHEMA or data.get("kind") != "reranker":
        raise BadInput(f"{path}: expected a reranker of schema {_SCHEMA}, got {shorten(data)}")
    try:
        return _read(data)
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(f"{path}: a damaged reranker ({error}); fit it again") from error


def _read(data: dict[str, Any]) -> Reranker:
    groups, names = tuple(data["groups"]), tuple(data["names"])
    vectors = [tuple(float(v) for v in data[key]) for key in ("mean", "scale", "weights")]
    if names != feature_names(groups) or any(len(v) != len(names) for v in vectors):
        raise ValueError("its features are not those of this version")
    numbers = [float(data[key]) for key in ("bias", "temperature", "shift", "strength")]
    if not np.isfinite([*numbers, *sum(vectors, ())]).all() or min(vectors[1]) <= 0 or numbers[1] <= 0:
        raise ValueError("a number is not finite, or a scale not positive")
    mean, scale, weights = vectors
    bias, temperature, shift, strength = numbers
    n_problems = int(data["n_problems"])
    return Reranker(groups, names, mean, scale, weights, bias, temperature, shift, strength, n_problems)


def _table(
    problems: Sequence[Labelled], groups: Sequence[str]
) -> tuple[_Floats, npt.NDArray[np.bool_], _Floats, npt.NDArray[np.int64]]:
    for i, problem in enumerate(problems):
        if problem.right.shape != problem.verdicts.shape[:1]:
            raise BadShape(f"problem {i}: right has shape {problem.right.shape} for {problem.verdicts.shape[0]} rows")
    used = [problem for problem in problems if problem.verdicts.shape[0]]
    labels = np.concatenate([p.right for p in used]).astype(np.bool_) if used else np.zeros(0, np.bool_)
    if len(used) < 2 or labels.all() or not labels.any():
        raise BadInput(
            f"reranker: needs at least two problems and both right and wrong candidates, got {len(used)} problems with "
            f"{int(labels.sum())} right of {len(labels)}"
        )
    x = np.vstack([features(p.verdicts, groups=groups, candidates=p.candidates) for p in used])
    sizes = [len(p.right) for p in used]
    return x, labels, np.repeat([1.0 / n for n in sizes], sizes), np.repeat(np.arange(len(used)), sizes)


def _out_of_fold(
    x: _Floats, y: npt.NDArray[np.bool_], weight: _Floats, fold: npt.NDArray[np.int64], strength: float
) -> _Floats:
    out = np.zeros(len(y))
    for number in range(int(fold.max()) + 1):
        held = fold == number
        if y[~held].all() or not y[~held].any():
            continue
        mean, scale, weights, bias = _fit(x[~held], y[~held], weight[~held], strength)
        out[held] = ((x[held] - mean) / scale) @ weights + bias
    return out


def _fit(
    x: _Floats, y: npt.NDArray[np.bool_], weight: _Floats, strength: float
) -> tuple[_Floats, _Floats, _Floats, float]:
    try:
        from sklearn.linear_model import LogisticRegression
    except ImportError as error:
        raise MissingExtra("the learned reranker", "unriddle[learn]") from error
    mean, scale = x.mean(axis=0), x.std(axis=0)
    scale = np.where(scale > 1e-9, scale, 1.0)
    model = LogisticRegression(C=strength, max_iter=2000).fit((x - mean) / scale, y, sample_weight=weight)
    return mean, scale, np.asarray(model.coef_[0], np.float64), float(model.intercept_[0])


def _squash(logit: _Floats) -> _Floats:
    return np.asarray(0.5 * (1.0 + np.tanh(logit / 2.0)), dtype=np.float64)
