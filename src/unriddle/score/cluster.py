"""AlphaCode's clusters (card: Li 2022, arXiv 2203.07814): filter on the examples, group by behaviour on other inputs.

Candidates that pass the given examples are grouped by the values they return on the remaining columns (generated
inputs); one is submitted from each of the largest clusters, again from the largest when there are fewer clusters than
submissions. Clusters in which most cells have no value rank behind all others: a shared crash is no agreement. Where
no candidate passes all examples, those that pass most are kept. Not covered: making the inputs
(``unriddle.testgen``).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from unriddle.errors import BadInput
from unriddle.score.classes import counts, output_classes
from unriddle.score.passed import fraction
from unriddle.score.ties import pick_k
from unriddle.verdicts import Verdicts

__all__ = ["behaviour_clusters", "cluster", "largest_clusters"]

_Floats = npt.NDArray[np.float64]


def behaviour_clusters(verdicts: Verdicts) -> npt.NDArray[np.int64]:
    """``(n,)`` number of each candidate's cluster of equal returned values; 0 is the largest cluster.

    Clusters of equal size are numbered in the order of their first candidate.
    """
    classes = output_classes(verdicts)
    rank = np.empty(len(classes.size), np.int64)
    rank[np.lexsort((classes.first, -classes.size))] = np.arange(len(classes.size))
    return np.asarray(rank[classes.of_row], dtype=np.int64)


def cluster(verdicts: Verdicts, *, given: Sequence[int] = (), program_counts: npt.ArrayLike | None = None) -> _Floats:
    """The size of each candidate's behaviour cluster among those that pass the given examples.

    Args:
        verdicts: ``(n, m)``: the examples and the inputs to cluster on.
        given: Columns that are examples; all other columns are inputs whose outcome does not matter.
        program_counts: ``(n,)`` how often each candidate was drawn; 1 when ``None``.

    Returns:
        ``(n,)``: the cluster's size; minus one over the size for clusters with mostly no values; −inf for candidates
        that the examples filter out or about which nothing is known.

    Raises:
        BadInput: A column that does not exist.
        BadShape: Counts that do not fit the matrix.

    >>> cluster(Verdicts.empty()).shape
    (0,)
    """
    return _sizes(verdicts, given, program_counts)[0]


def _sizes(verdicts: Verdicts, given: Sequence[int], program_counts: npt.ArrayLike | None) -> tuple[_Floats, list[int]]:
    n, m = verdicts.shape
    weights = counts(program_counts, n, name="cluster: program_counts")
    wrong = [j for j in given if not 0 <= j < m]
    if wrong:
        raise BadInput(f"cluster: given columns must lie in 0..{m - 1}, got {wrong}")
    shown = set(given)
    kept = _kept(verdicts.take(None, sorted(shown)) if shown else None, n)
    kept &= verdicts.known.any(axis=1) & (weights > 0)
    rows = np.flatnonzero(kept).tolist()
    rest = verdicts if not shown and len(rows) == n else verdicts.take(rows, [j for j in range(m) if j not in shown])
    classes = output_classes(rest, weights=weights[rows])
    known = rest.known[classes.first].sum(axis=1)
    values = np.where(known > 0, (rest.value[classes.first] >= 0).sum(axis=1) / np.maximum(known, 1), 1.0)
    size = np.where(values > 0.5, classes.size, -1.0 / np.maximum(classes.size, 1e-300))
    scores = np.full(n, -np.inf)
    scores[rows] = size[classes.of_row]
    return scores, rows


def _kept(examples: Verdicts | None, n: int) -> npt.NDArray[np.bool_]:
    """``(n,)`` the candidates that pass most of the examples: all of them, where any candidate does."""
    if examples is None or not n:
        return np.ones(n, np.bool_)
    share = fraction(examples)
    best = share.max()
    return np.asarray(share == best) if best > -np.inf else np.ones(n, np.bool_)


def largest_clusters(verdicts: Verdicts, *, k: int, rng: np.random.Generator, given: Sequence[int] = ()) -> list[int]:
    """At most ``k`` rows to submit: one from each cluster, largest first, cycling while candidates are left.

    Clusters of equal size are clusters of their own and come in random order, as does the choice inside a cluster.

    Args:
        verdicts: ``(n, m)``.
        k: Submissions (10 in the paper).
        rng: Breaks ties and draws inside a cluster.
        given: Columns that are examples, which the submitted candidates must pass.

    Raises:
        BadInput: ``k`` is less than 1.
    """
    if k < 1:
        raise BadInput(f"largest_clusters: k must be at least 1, got {k}")
    scores, rows = _sizes(verdicts, given, None)
    if not rows:
        return []
    names = behaviour_clusters(verdicts.take(rows, [j for j in range(verdicts.shape[1]) if j not in set(given)]))
    n_clusters = int(names.max()) + 1
    order = rng.permutation(n_clusters) / (2.0 * n_clusters * len(verdicts.candidates) ** 2)
    jittered = np.full(len(scores), -np.inf)
    jittered[rows] = scores[rows] + order[names]
    return pick_k(jittered, k=k, rng=rng, tolerance=0.0)
