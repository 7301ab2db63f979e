"""Candidate: one proposed program, as source text, with where it came from."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from unriddle.errors import BadInput, shorten

__all__ = ["Candidate"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A program that may solve a problem.

    Args:
        source: The whole program as text.
        language: The language it is written in; one of the names in ``unriddle.language``.
        parents: Ids of the candidates this one was made from (repair, crossover, mutation).
        prior: Log-weight under the proposer that made it; ``None`` when the proposer does not know it.
        proposer: Name of what proposed it, for reports.
        n_tokens: Language-model tokens spent on it (prompt share included); 0 without a model.
        meta: Anything else worth keeping, as plain data; not part of the identity.

    Two candidates are the same program when their ``id`` is equal: language and source decide.

    >>> Candidate("def f(x):\\n    return x").id == Candidate("def f(x):\\n    return x", prior=-1.0).id
    True
    """

    source: str
    language: str = "python"
    parents: tuple[str, ...] = ()
    prior: float | None = None
    proposer: str = ""
    n_tokens: int = 0
    meta: Mapping[str, Any] = field(default_factory=dict, hash=False, compare=False)
    id: str = field(init=False, default="")

    def __post_init__(self) -> None:
        if not isinstance(self.source, str):
            raise BadInput(f"Candidate: source must be text, got {type(self.source).__name__} {shorten(self.source)}")
        text = f"{self.language}\0{self.source}".encode("utf-8", "surrogatepass")
        object.__setattr__(self, "id", hashlib.blake2b(text, digest_size=8).hexdigest())
