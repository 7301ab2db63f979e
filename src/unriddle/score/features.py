"""What a learned reranker looks at: a candidate's row, its agreement with the others, and its text.

Every feature is comparable across problems: shares, ranks within the problem, or distances from the problem's mean in
standard deviations. Programs are parsed, never run. Not covered: features of the problem statement.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from unriddle.candidate import Candidate
from unriddle.contracts import Score
from unriddle.errors import BadInput, shorten
from unriddle.outcome import Status
from unriddle.score.b4 import b4, b4_posterior
from unriddle.score.codet import codet
from unriddle.score.combine import rank_normalised, z_normalised
from unriddle.score.confidence import agreement_share
from unriddle.score.mbr import mbr
from unriddle.score.passed import fraction
from unriddle.score.speed import speed
from unriddle.score.text import by_candidate
from unriddle.score.vote import output_vote, soft_vote
from unriddle.verdicts import Verdicts

__all__ = ["GROUPS", "feature_names", "features"]

_Floats = npt.NDArray[np.float64]

_RULES: Mapping[str, Score] = {"codet": codet, "b4": b4, "mbr": mbr, "vote": output_vote, "soft_vote": soft_vote}
_ROW = ("passed_share", "failed_share", "error_share", "timeout_share", "agreement", "posterior", "speed")
_TEXT = ("characters", "lines", "nodes", "depth", "branches", "loops", "calls", "not_parsed", "prior", "no_prior")
_BRANCHES = (ast.If, ast.IfExp, ast.BoolOp)
_LOOPS = (ast.For, ast.While, ast.comprehension)

GROUPS: Mapping[str, tuple[str, ...]] = {"row": _ROW, "rules": tuple(_RULES), "text": _TEXT}
"""Names of the features, by group."""


def feature_names(groups: Sequence[str]) -> tuple[str, ...]:
    """Names of the columns of ``features``.

    Raises:
        BadInput: No group, or an unknown one.
    """
    unknown = [group for group in groups if group not in GROUPS]
    if unknown or not groups:
        raise BadInput(f"features: groups must be some of {', '.join(GROUPS)}, got {shorten(list(groups))}")
    return tuple(name for group in groups for name in GROUPS[group])


def features(
    verdicts: Verdicts, *, groups: Sequence[str] = ("row", "rules"), candidates: Sequence[Candidate] = ()
) -> _Floats:
    """``(n, f)`` features of each candidate, all finite.

    Args:
        verdicts: ``(n, m)``.
        groups: Some of ``row``, ``rules`` and ``text``.
        candidates: Those of the rows, by id, in any order; needed for ``text``.

    Raises:
        BadInput: An unknown group, or text is wanted of a candidate that was not given.
    """
    feature_names(groups)
    parts = {
        "row": lambda: _row(verdicts),
        "rules": lambda: _rules(verdicts),
        "text": lambda: _text(verdicts, candidates),
    }
    return np.hstack([parts[group]() for group in groups])


def _row(verdicts: Verdicts) -> _Floats:
    known = np.maximum(verdicts.known.sum(axis=1), 1)
    shares = [(verdicts.status == s).sum(axis=1) / known for s in (Status.FAIL, Status.ERROR, Status.TIMEOUT)]
    passed = np.maximum(fraction(verdicts), 0.0)
    return np.stack(
        [passed, *shares, agreement_share(verdicts), b4_posterior(verdicts), _finite(z_normalised(speed(verdicts)))],
        axis=1,
    )


def _rules(verdicts: Verdicts) -> _Floats:
    """Ranks within the problem; a candidate that a rule never chooses is as bad as can be."""
    ranks = [rank_normalised(score(verdicts)) for score in _RULES.values()]
    return np.stack([np.where(np.isneginf(rank), -0.5, rank) for rank in ranks], axis=1)


def _count_of(counted: Mapping[str, Sequence[float]], k: int, candidate: Candidate) -> float:
    return counted[candidate.id][k]


def _text(verdicts: Verdicts, candidates: Sequence[Candidate]) -> _Floats:
    counted = {candidate.id: _counts(candidate.source) for candidate in candidates}
    columns = []
    for k in range(8):
        look_up = by_candidate(candidates, functools.partial(_count_of, counted, k), name="features")
        values = look_up(verdicts)
        columns.append(values if _TEXT[k] == "not_parsed" else z_normalised(np.log1p(values)))
    unknown = ~np.isfinite(verdicts.prior)
    prior = _finite(z_normalised(np.where(unknown, -np.inf, verdicts.prior)))
    return np.stack([*columns, prior, unknown.astype(np.float64)], axis=1)


def _counts(source: str) -> tuple[float, ...]:
    lines = [line for line in source.splitlines() if line.strip()]
    size = float(sum(map(len, lines))), float(len(lines))
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return (*size, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0)
    nodes, depth, level = 0, 0, [tree.body]
    kinds: list[ast.AST] = []
    front: list[ast.AST] = [*level[0]]
    while front:
        kinds.extend(front)
        nodes, depth = nodes + len(front), depth + 1
        front = [child for node in front for child in ast.iter_child_nodes(node)]
    of = [float(sum(isinstance(node, kind) for node in kinds)) for kind in (_BRANCHES, _LOOPS, ast.Call)]
    return (*size, float(nodes), float(depth), *of, 0.0)


def _finite(values: _Floats) -> _Floats:
    return np.where(np.isfinite(values), values, 0.0)
