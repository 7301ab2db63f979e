"""Chances of the rules of the puzzle grammar: all alike, or learned from solved puzzles.

A guide gives, for one puzzle, the chance of every rule in every context. Learned chances are masked to the rules of the
kind wanted, normalised, and mixed with the uniform ones, so that no program is out of reach.
Not covered: chances that depend on more of the tree than the parent's rule and the place below it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from unriddle.errors import BadInput, MissingExtra
from unriddle.grammar.typed import Node, TypedGrammar, leaves_by_kind
from unriddle.methods._puzzle_operators import Operator, operators
from unriddle.methods._puzzle_view import PuzzleView

__all__ = ["Forest", "Guide", "Pair", "Uniform", "fit_forest", "mixed", "puzzle_grammar", "uniform_chances"]

_Floats = npt.NDArray[np.float64]
_COPY = 0.5
"""Chance that a leaf is copied from the puzzle, where it offers any."""


class Guide(Protocol):
    """Chances for a puzzle."""

    def __call__(self, puzzle: PuzzleView) -> _Floats:
        """``(c, r)``: chance of each rule in each context of ``puzzle_grammar()``."""
        ...


@dataclass(frozen=True, slots=True)
class Pair:
    """What a guide learns from: a puzzle and a tree that solves it."""

    puzzle: PuzzleView
    kind: str
    tree: Node


@lru_cache(maxsize=1)
def puzzle_grammar() -> tuple[TypedGrammar, tuple[Operator, ...]]:
    """The grammar and its operators, by rule number."""
    table = operators()
    return TypedGrammar(tuple(operator.rule for operator in table)), table


class Uniform:
    """Every rule of the kind wanted is equally likely; where the puzzle has constants, one is copied half the time."""

    def __call__(self, puzzle: PuzzleView) -> _Floats:
        """See ``Guide``."""
        return uniform_chances(puzzle)


def uniform_chances(puzzle: PuzzleView) -> _Floats:
    """``(c, r)`` chances of ``Uniform``."""
    fits = _fits(puzzle)
    copied = np.array([rule.leaf == "copied" for rule in puzzle_grammar()[0].rules])
    others = fits & ~copied
    chances = others / np.maximum(others.sum(axis=1, keepdims=True), 1)
    has_copy = (fits & copied).any(axis=1, keepdims=True)
    return np.asarray(np.where(has_copy, (1 - _COPY) * chances + _COPY * (fits & copied), chances))


def mixed(raw: _Floats, puzzle: PuzzleView, *, share: float) -> _Floats:
    """``(c, r)``: what a model says, masked and normalised, mixed with the uniform chances.

    Args:
        raw: ``(c, r)``, not negative.
        puzzle: Says what can be copied.
        share: Of the uniform chances; all of it where the model has no mass on the kind wanted.
    """
    masked = raw * _fits(puzzle)
    total = masked.sum(axis=1, keepdims=True)
    uniform = uniform_chances(puzzle)
    learned = np.divide(masked, total, out=np.zeros_like(masked), where=total > 0)
    return np.asarray(np.where(total > 0, (1 - share) * learned + share * uniform, uniform))


def _fits(puzzle: PuzzleView) -> npt.NDArray[np.bool_]:
    """``(c, r)``: rules of the kind wanted, without copying where there is nothing to copy."""
    offered = leaves_by_kind(puzzle.leaves)
    grammar, _ = puzzle_grammar()
    usable = np.array([rule.leaf != "copied" or rule.gives in offered for rule in grammar.rules])
    return np.asarray(grammar.fits & usable[None, :])


@dataclass(frozen=True, slots=True)
class Forest:
    """A guide learned by ``fit_forest``; ``model`` is scikit-learn's."""

    model: Any
    share: float

    def __call__(self, puzzle: PuzzleView) -> _Floats:
        """See ``Guide``."""
        grammar, _ = puzzle_grammar()
        rows = np.concatenate([np.tile(puzzle.bag, (len(grammar.contexts), 1)), _places()], axis=1)
        raw = np.zeros((len(grammar.contexts), len(grammar.rules)))
        raw[:, self.model.classes_] = self.model.predict_proba(rows.astype(np.float32))
        return mixed(raw, puzzle, share=self.share)


def fit_forest(pairs: Sequence[Pair], *, rng: np.random.Generator, n_trees: int = 50, share: float = 0.2) -> Forest:
    """A random forest that predicts a rule from the puzzle's bag of features, the parent rule and the place below it.

    Args:
        pairs: Solved puzzles; every node of every tree is one example.
        rng: Seeds the forest.
        n_trees: Trees of the forest.
        share: Of the uniform chances in the mixture.

    Raises:
        BadInput: There are no pairs.
        MissingExtra: scikit-learn is not installed.
    """
    if not pairs:
        raise BadInput("fit_forest: expected solved puzzles to learn from, got none; search longer without a guide")
    try:
        from sklearn.ensemble import RandomForestClassifier
    except ImportError as error:
        raise MissingExtra("the forest that guides the search for answers", "unriddle[learn]") from error
    grammar, _ = puzzle_grammar()
    rows, rules = [], []
    for pair in pairs:
        for context, rule in grammar.chain(pair.tree, pair.kind):
            rows.append(np.concatenate([pair.puzzle.bag, _places()[context]]))
            rules.append(rule)
    model = RandomForestClassifier(n_trees, random_state=int(rng.integers(2**31)), n_jobs=1)
    model.fit(np.array(rows, dtype=np.float32), np.array(rules))
    return Forest(model, share)


@lru_cache(maxsize=1)
def _places() -> _Floats:
    """``(c, …)``: one-hot parent (rule, or kind at the root) and the place below it, at most 9."""
    grammar, _ = puzzle_grammar()
    parents = sorted({(rule, slot if rule < 0 else 0) for rule, slot in grammar.contexts})
    out = np.zeros((len(grammar.contexts), len(parents) + 1))
    for i, (rule, slot) in enumerate(grammar.contexts):
        out[i, parents.index((rule, slot if rule < 0 else 0))] = 1
        out[i, -1] = min(slot, 9) if rule >= 0 else 0
    return out
