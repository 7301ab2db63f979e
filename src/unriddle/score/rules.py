"""The scores by name, for the command line and for tables.

These need the verdicts alone. Scores that need the candidates' text are in ``TEXT_RULES`` and are made from them.
A name that ends in ``.json`` is the file of a learned reranker. Not covered: scores with options; use the functions.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence

from unriddle.candidate import Candidate
from unriddle.contracts import Score
from unriddle.errors import BadInput, shorten
from unriddle.score.b4 import b4
from unriddle.score.chance import random
from unriddle.score.cluster import cluster
from unriddle.score.codet import codet
from unriddle.score.likelihood import likelihood, mean_likelihood
from unriddle.score.mbr import mbr
from unriddle.score.passed import fraction, passed
from unriddle.score.pragmatic import pragmatic
from unriddle.score.reranker import load
from unriddle.score.speed import speed
from unriddle.score.text import length
from unriddle.score.vote import output_vote, soft_vote

__all__ = ["RULES", "TEXT_RULES", "rule", "rule_names"]

RULES: Mapping[str, Score] = {
    "random": random,
    "passed": passed,
    "fraction": fraction,
    "codet": codet,
    "b4": b4,
    "mbr": mbr,
    "vote": output_vote,
    "soft_vote": soft_vote,
    "cluster": cluster,
    "pragmatic": pragmatic,
    "likelihood": likelihood,
    "speed": speed,
}
"""Scores of the verdicts alone. ``fraction`` is also known as MaxPass."""

TEXT_RULES: Mapping[str, Callable[[Sequence[Candidate]], Score]] = {
    "length": length,
    "mean_likelihood": mean_likelihood,
}
"""Factories of the scores that read the candidates."""

_OTHER_NAMES = {"maxpass": "fraction", "mbr_exec": "mbr", "output_vote": "vote", "alphacode": "cluster"}


def rule(name: str, *, candidates: Sequence[Candidate] | None = None) -> Score:
    """The score called ``name``.

    Args:
        name: A key of ``RULES`` or ``TEXT_RULES`` (letters of either case, ``-`` for ``_``), or a reranker's file.
        candidates: Needed by the rules that read the programs.

    Raises:
        BadInput: There is no such rule, or it needs candidates and there are none.

    >>> rule("CodeT") is codet
    True
    """
    if name.strip().endswith(".json"):
        return load(name.strip()).score(candidates or ())
    key = _key(name)
    if key in RULES:
        return RULES[key]
    if key in TEXT_RULES:
        if candidates is None:
            raise BadInput(f"rule {key!r} reads the programs' text, which is not in a file of verdicts; use another")
        return TEXT_RULES[key](candidates)
    raise _unknown(key)


def rule_names(text: str) -> list[str]:
    """The names in a comma-separated list, checked and without repeats, as they stand in the tables.

    Raises:
        BadInput: The list is empty, or a name is unknown.

    >>> rule_names("CodeT, b4,codet")
    ['codet', 'b4']
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    keys = [part if part.endswith(".json") else _key(part) for part in parts]
    if not keys:
        raise BadInput(f"expected names of rules separated by commas (codet,b4), got {shorten(text)}")
    for key in keys:
        if key.endswith(".json"):
            load(key)
        elif key not in RULES and key not in TEXT_RULES:
            raise _unknown(key)
    return list(dict.fromkeys(keys))


def _key(name: str) -> str:
    key = name.strip().lower().replace("-", "_")
    return _OTHER_NAMES.get(key, key)


def _unknown(name: str) -> BadInput:
    close = difflib.get_close_matches(name, [*RULES, *TEXT_RULES, *_OTHER_NAMES], n=1)
    hint = f"; did you mean {close[0]!r}?" if close else ";"
    return BadInput(f"no rule is called {shorten(name)}{hint} known are {', '.join([*RULES, *TEXT_RULES])}")
