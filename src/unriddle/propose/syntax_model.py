"""How good an edit of a broken program looks, from what can be seen of it: a linear model over features.

Weights are fitted on pairs of a broken and the right program (``unriddle.propose.syntax_fit``). Without weights an edit
is as good as its surroundings become likely and as it is near the parser's place. Not covered: making edits.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import log1p
from pathlib import Path
from typing import Any

from unriddle.errors import BadInput
from unriddle.language.syntax_error import SyntaxProblem
from unriddle.propose.syntax_edits import Edit
from unriddle.propose.token_model import TokenModel

__all__ = ["SyntaxModel", "edit_features"]

_OPENING, _CLOSING = "([{", ")]}"
_UNFITTED = {"gain": 0.5, "far": -0.5, "line off": -0.7, "n edits": -3.0}


def edit_features(edit: Edit, problem: SyntaxProblem, balance: int, said: str) -> dict[str, float]:
    """Feature -> value for an edit answering a complaint of the parser.

    Args:
        edit: The edit.
        problem: What the parser said before it.
        balance: Brackets without a partner before the edit: opening minus closing ones.
        said: ``problem.kind``, which takes long to find out.
    """
    action = edit.kind.split()[0]
    off = edit.line - problem.line
    side = "at" if edit.distance == 0 else "before" if edit.distance < 0 else "after"
    kind = edit.kind
    found = {
        f"kind {kind}": 1.0,
        f"kind {kind}, {said}": 1.0,
        f"{action}, {said}": 1.0,
        f"kind {kind}, {edit.place}": 1.0,
        f"{action}, {side}": 1.0,
        f"kind {kind}, {side}": 1.0,
        f"line {max(-2, min(2, off))}": 1.0,
        "gain": max(-12.0, min(12.0, edit.gain)),
        f"gain, {action}": max(-12.0, min(12.0, edit.gain)),
        "far": log1p(abs(edit.distance)),
        f"far, {action}": log1p(abs(edit.distance)),
        "line off": float(off != 0),
    }
    if edit.distance == -1:
        found[f"{action}, just before"] = 1.0
    change = _brackets(edit.new) - _brackets(edit.old)
    if change:
        found["brackets"] = float(abs(balance) - abs(balance + change))
    return found


def _brackets(text: str) -> int:
    return sum((c in _OPENING) - (c in _CLOSING) for c in text) if len(text) < 3 else 0


@dataclass(frozen=True, slots=True)
class SyntaxModel:
    """What the repairer knows of code and of mistakes.

    Attributes:
        tokens: How likely code is.
        weights: Feature -> weight; empty for a model that saw no mistakes.
    """

    tokens: TokenModel
    weights: Mapping[str, float] = field(default_factory=dict)

    def score(self, features: Mapping[str, float]) -> float:
        """The higher, the better the edit looks; differences are log-odds once the weights are fitted."""
        weights = self.weights or _UNFITTED
        return sum(weights[name] * value for name, value in features.items() if name in weights)

    def as_dict(self) -> dict[str, Any]:
        """Plain data from which ``from_dict`` makes the same model."""
        return {"tokens": self.tokens.as_dict(), "weights": dict(self.weights)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> SyntaxModel:
        """The model of ``as_dict``.

        Raises:
            BadInput: The data is no such model.
        """
        try:
            weights = {str(name): float(value) for name, value in data["weights"].items()}
            return cls(TokenModel.from_dict(data["tokens"]), weights)
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise BadInput(f"SyntaxModel: expected tokens and weights, got something else ({error!r})") from error


def read_json(path: Path) -> dict[str, Any]:
    """A stored document.

    Raises:
        BadInput: The file cannot be read or is no JSON object.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput(f"{path}: expected a stored model ({error}); make it again") from error
    if not isinstance(data, dict):
        raise BadInput(f"{path}: expected a JSON object, got {type(data).__name__}")
    return data
