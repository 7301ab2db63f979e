"""Khakhar 2023: PAC Prediction Sets for Large Language Models of Code (arXiv 2302.08703).

Turns a language model's program into a partial program: the parts it was unsure of become holes, written ``??``, so
that with confidence 1 - delta over the calibration examples the right program is one of the completions with
probability at least 1 - epsilon. As few nodes of the syntax tree are removed as that needs, in at most a given number
of holes.

What differs from the paper: the optimum is found by a knapsack over the tree at every threshold inside what the
threshold before kept (``solver="exact"``), where the paper solves all thresholds in one program; that joint program is
there too (``solver="joint"``), solved as an integer program. Characters are found by the parser's own offsets. A hole
stands for exactly one subtree, so a completion has as many children at every kept node as the partial program.
Comments carry no cost and are not compared. Several examples of one problem can be grouped.

Expected in the lab, on a grammar model: misses above epsilon in no more than delta of 500 calibration splits; more
holes allowed means fewer nodes removed. What the sets of the solvers measure beside one another is in the lab result.

Not covered: a symbolic filler for the holes. Being right is syntactic by default: an equivalent program written
otherwise counts as a miss, which makes sets larger, never invalid; pass ``right`` for another notion.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeVar

import numpy as np
import numpy.typing as npt

from unriddle.errors import BadInput, BadShape, shorten
from unriddle.lm.base import Completion
from unriddle.methods._pac_calibrate import (
    Certificate,
    certified_place,
    certify,
    group_hits,
    max_errors,
    upper_bound,
)
from unriddle.methods._pac_solve import (
    GRID,
    SOLVERS,
    greedy_family,
    joint_family,
    n_holes,
    nested_family,
    threshold_family,
)
from unriddle.methods._pac_tree import CodeTree, Parse, Span, build_tree, python_spans

__all__ = [
    "GRID",
    "HOLE",
    "SOLVERS",
    "Certificate",
    "CodeTree",
    "Generated",
    "PacPartialProgram",
    "PartialProgram",
    "Span",
    "build_tree",
    "certified_place",
    "certify",
    "contains",
    "first_hit",
    "from_completion",
    "greedy_family",
    "group_hits",
    "joint_family",
    "max_errors",
    "n_holes",
    "nested_family",
    "python_spans",
    "threshold_family",
    "upper_bound",
]

_Bools = npt.NDArray[np.bool_]
T = TypeVar("T")

HOLE = "??"
"""How a hole is written."""


@dataclass(frozen=True, slots=True)
class Generated:
    """A program a language model wrote, with its tokens.

    Args:
        code: The program.
        tokens: Tokens as text; joined, they hold the code or are held by it.
        token_logprobs: Natural log-probability of each.
        start: Where in ``code`` the first token begins; found when ``None``.
    """

    code: str
    tokens: tuple[str, ...]
    token_logprobs: tuple[float, ...]
    start: int | None = None


@dataclass(frozen=True, eq=False)
class PartialProgram:
    """A program with holes.

    Attributes:
        tree: The whole program.
        kept: ``(n,)`` which nodes are not in a hole.
    """

    tree: CodeTree
    kept: _Bools

    @property
    def text(self) -> str:
        """The program with ``??`` for every hole."""
        if not self.kept[0]:
            return HOLE
        pieces, at = [], 0
        for v in np.lexsort((-self.tree.end, self.tree.start)):
            if not self.kept[v] and self.kept[self.tree.parent[v]]:
                pieces += [self.tree.text[at : self.tree.start[v]], HOLE]
                at = int(self.tree.end[v])
        return "".join(pieces) + self.tree.text[at:]

    @property
    def n_holes(self) -> int:
        """How many holes it has."""
        return n_holes(self.tree, self.kept)

    @property
    def removed(self) -> float:
        """Share of the nodes that are in holes."""
        return float(1 - self.kept.mean())


def from_completion(completion: Completion, *, code: str | None = None, start: int | None = None) -> Generated:
    """A completion of any language model as what is calibrated and predicted.

    Args:
        completion: It must have ``tokens`` and ``token_logprobs`` (``SampleOptions(logprobs=True)``).
        code: The program, when it is not the completion's whole text.
        start: Where in ``code`` the completion begins; found when ``None``.

    Raises:
        BadInput: The completion has no token log-probabilities.
    """
    if completion.tokens is None or completion.token_logprobs is None:
        raise BadInput("from_completion: the completion has no tokens; sample with SampleOptions(logprobs=True)")
    text = completion.text if code is None else code
    return Generated(text, completion.tokens, completion.token_logprobs, start)


def contains(partial: PartialProgram, target: CodeTree) -> bool:
    """Whether a program is a completion of the partial one: equal at every kept node, anything in the holes."""
    todo = [(0, 0)] if partial.kept[0] else []
    while todo:
        v, u = todo.pop()
        if partial.tree.label[v] != target.label[u]:
            return False
        pairs = zip(partial.tree.children[v], target.children[u], strict=True)  # equal labels: as many children
        todo += [(a, b) for a, b in pairs if partial.kept[a]]
    return True


def first_hit(tree: CodeTree, family: _Bools, right: Callable[[PartialProgram], bool]) -> int:
    """Number of the first set of a family ``(g + 1, n)`` that is right; sets are nested, so all later ones are."""
    low, high = 0, family.shape[0] - 1
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if right(PartialProgram(tree, family[middle])) else (middle + 1, high)
    return low


@dataclass(frozen=True)
class PacPartialProgram:
    """Partial programs with a guarantee: ``calibrate`` on examples with targets, then ``predict``.

    Args:
        eps: Allowed chance that the right program is not a completion.
        delta: Allowed chance that the calibration misleads.
        max_holes: At most this many holes.
        solver: ``exact``, ``joint``, ``greedy`` or ``threshold``.
        grid: Thresholds, growing.
        parse: Text to spans; Python's own parser when ``None``.
        clamp: The most that one node may cost.
        certificate: What calibration showed; ``None`` before it.

    Raises:
        BadInput: A number is out of range, or there is no such solver.
    """

    eps: float
    delta: float = 0.1
    max_holes: int = 4
    solver: Literal["exact", "joint", "greedy", "threshold"] = "exact"
    grid: tuple[float, ...] = field(default=tuple(GRID.tolist()), repr=False)
    parse: Parse | None = None
    clamp: float = 10.0
    certificate: Certificate | None = None

    def __post_init__(self) -> None:
        max_errors(0, self.eps, self.delta)
        if self.solver not in SOLVERS:
            raise BadInput(f"PacPartialProgram: solver must be one of {', '.join(SOLVERS)}, got {shorten(self.solver)}")
        if self.max_holes < 0:
            raise BadInput(f"PacPartialProgram: max_holes must be 0 or more, got {self.max_holes}")

    def calibrate(
        self,
        generated: Sequence[Generated],
        targets: Sequence[T],
        *,
        groups: Sequence[Any] | None = None,
        group_rule: Literal["one", "any"] = "any",
        rng: np.random.Generator | None = None,
        right: Callable[[PartialProgram, T], bool] | None = None,
    ) -> PacPartialProgram:
        """The same predictor with a certificate.

        Args:
            generated: ``(n,)`` programs of the model.
            targets: ``(n,)`` right programs as text, or whatever ``right`` takes.
            groups: ``(n,)`` problem of each example, when some share one (see ``group_hits``).
            group_rule: How a group counts.
            rng: Needed by the rule ``one``.
            right: Whether a partial program is right for a target; it must stay right when more is removed.
                ``contains`` on the parsed target when ``None``.

        Raises:
            BadShape: The lists differ in length.
            BadInput: A program does not parse or does not hold its tokens.
        """
        if len(generated) != len(targets):
            raise BadShape(f"calibrate: {len(generated)} programs need as many targets, got {len(targets)}")
        hits = np.array([self._hit(*pair, right) for pair in zip(generated, targets, strict=True)], np.int64)
        if groups is not None:
            hits = group_hits(hits, groups, rule=group_rule, rng=rng)
        return replace(self, certificate=certify(hits, np.array(self.grid), eps=self.eps, delta=self.delta))

    def predict(self, generated: Generated) -> PartialProgram:
        """The partial program at the certified threshold; all of it is one hole when nothing was certified.

        Raises:
            BadInput: There is no certificate yet, or the program does not parse or does not hold its tokens.
        """
        if self.certificate is None:
            raise BadInput("predict: there is no certificate yet; call calibrate first")
        tree = self.tree(generated)
        return PartialProgram(tree, self.family(tree)[self.certificate.place])

    def tree(self, generated: Generated) -> CodeTree:
        """The program's tree with its costs."""
        return build_tree(
            generated.code,
            tokens=generated.tokens,
            token_logprobs=generated.token_logprobs,
            start=generated.start,
            parse=self.parse,
            clamp=self.clamp,
        )

    def family(self, tree: CodeTree) -> _Bools:
        """``(g + 1, n)`` nodes kept at each threshold; the last row is the full hole."""
        return SOLVERS[self.solver](tree, np.array(self.grid), max_holes=self.max_holes)

    def _hit(self, generated: Generated, target: T, right: Callable[[PartialProgram, T], bool] | None) -> int:
        tree = self.tree(generated)
        if right is not None:
            return first_hit(tree, self.family(tree), lambda partial: right(partial, target))
        if not isinstance(target, str):
            raise BadInput(f"calibrate: a target must be a program as text, got {shorten(target)}; or pass right=")
        wanted = build_tree(target, parse=self.parse)
        return first_hit(tree, self.family(tree), lambda partial: contains(partial, wanted))
