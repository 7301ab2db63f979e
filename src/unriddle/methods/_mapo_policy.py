"""The policy network: statistics of a play in, chances of the queries out; saved as one NPZ file.

Part of ``unriddle.methods.active_learning``. The network runs on numpy; only training needs torch. Its sizes are those
of the questions it was trained on. Not covered: weights shared between queries.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from unriddle.errors import BadInput
from unriddle.methods._mapo_questions import Play, Questions
from unriddle.methods._mapo_rules import best_hypothesis, next_query
from unriddle.whole_file import replacing

__all__ = ["LearnedPolicy", "features", "load_policy", "logits", "new_weights", "save_policy"]

_Floats = npt.NDArray[np.float64]
Weights = Mapping[str, npt.NDArray[np.float32]]
_NAMES = ("w1", "b1", "w2", "b2", "w3", "b3", "skip", "dial")
_DIAL = 64.0
"""How fast the weight that all queries share moves, against the others: a posterior divides by small differences."""

_KIND = "unriddle active_learning policy 1"


@dataclass(frozen=True, eq=False)
class LearnedPolicy:
    """A trained policy.

    Attributes:
        questions: What it asks about.
        n_questions: How many questions it may put.
        weights: Arrays of the network.
        noises: ``(k,)`` noise of each difficulty class it was trained for, easiest first.
        values: ``(k,)`` worst-case loss that the policy trained for that class alone reached in training.
    """

    questions: Questions
    n_questions: int
    weights: Weights
    noises: tuple[float, ...] = ()
    values: tuple[float, ...] = ()

    def chances(self, play: Play) -> _Floats:
        """``(b, m)`` chances with which each query comes next."""
        out = logits(self.weights, features(play))
        weight = np.exp(out - out.max(axis=1, keepdims=True))
        return np.asarray(weight / weight.sum(axis=1, keepdims=True), np.float64)

    def next(self, history: Sequence[tuple[int, int]], *, rng: np.random.Generator | None = None) -> int:
        """The next query after this history of (query, answer number); the likeliest one without ``rng``.

        Raises:
            BadInput: The history has a query out of range or leaves no question.
        """
        return next_query(self, history, rng)

    def recommend(self, history: Sequence[tuple[int, int]], *, rng: np.random.Generator | None = None) -> int:
        """The hypothesis of highest likelihood; ``rng`` breaks ties, without it the first one is returned."""
        return best_hypothesis(self, history, rng)


def features(play: Play) -> npt.NDArray[np.float32]:
    """``(b, d)`` what the network sees.

    For each query how often it was put and what was answered; the share of the budget spent; for each hypothesis its
    posterior; for each query how evenly the posterior divides it.
    """
    total = np.float32(play.n_questions)
    posterior = play.posterior().astype(np.float32)
    clash = np.add.reduceat(play.questions.shares(posterior) ** 2, play.questions.starts, axis=1)
    spent = np.full((posterior.shape[0], 1), play.t / play.n_questions, np.float32)
    return np.concatenate([play.counts / total, play.tally / total, spent, posterior, 1 - clash], axis=1)


def logits(weights: Mapping[str, Any], x: Any) -> Any:
    """``(b, m)`` of the network on features ``(b, d)``; numpy arrays and torch tensors alike."""
    h = x @ weights["w1"] + weights["b1"]
    h = h * (h > 0)
    g = h @ weights["w2"] + weights["b2"]
    h = h + g * (g > 0)
    evenness = x[:, -weights["b3"].shape[0] :]
    return h @ weights["w3"] + x @ weights["skip"] + weights["b3"] + _DIAL * weights["dial"] * evenness


def new_weights(questions: Questions, *, width: int, rng: np.random.Generator) -> dict[str, npt.NDArray[np.float32]]:
    """Random weights under which every query is equally likely."""
    n, m = questions.shape
    d = 3 * m + 1 + n

    def dense(rows: int, columns: int) -> npt.NDArray[np.float32]:
        return rng.normal(0.0, np.sqrt(2.0 / rows), (rows, columns)).astype(np.float32)

    zero = np.float32(0)
    return {
        "w1": dense(d, width),
        "b1": np.full(width, zero),
        "w2": dense(width, width),
        "b2": np.full(width, zero),
        "w3": np.full((width, m), zero),
        "b3": np.full(m, zero),
        "skip": np.full((d, m), zero),
        "dial": np.full(1, zero),
    }


def save_policy(policy: LearnedPolicy, path: str | Path) -> None:
    """Write a policy to one NPZ file, whole or not at all."""
    target = Path(path)
    meta = {
        "kind": _KIND,
        "n_questions": policy.n_questions,
        "noise": policy.questions.noise,
        "noises": list(policy.noises),
        "values": list(policy.values),
    }
    q = policy.questions
    weights: dict[str, Any] = dict(policy.weights)
    with replacing(target) as scratch, scratch.open("wb") as file:
        np.savez(
            file,
            meta=np.frombuffer(json.dumps(meta).encode(), np.uint8),
            answers=q.answers,
            loss=q.loss,
            member=q.member,
            **weights,
        )


def load_policy(path: str | Path) -> LearnedPolicy:
    """The policy of a file that ``save_policy`` wrote; nothing in it is executed.

    Raises:
        BadInput: The file is not there, is not such a file, or its arrays do not fit together.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        meta = json.loads(arrays["meta"].tobytes())
        if meta["kind"] != _KIND:
            raise ValueError(f"kind is {meta['kind']!r}")
        answers = arrays["answers"].astype(np.int64)
        questions = Questions(
            answers, answers.max(axis=0) + 1, arrays["loss"], arrays["member"].astype(np.int64), float(meta["noise"])
        )
        weights = {name: arrays[name].astype(np.float32) for name in _NAMES}
        policy = LearnedPolicy(
            questions, int(meta["n_questions"]), weights, tuple(meta["noises"]), tuple(meta["values"])
        )
        policy.chances(Play.begin(questions, b=1, n_questions=policy.n_questions))
    except (OSError, KeyError, ValueError, TypeError, IndexError, EOFError, RuntimeError, zipfile.BadZipFile) as error:
        raise BadInput(f"{path}: not a saved policy ({error}); write one with save_policy") from error
    return policy
