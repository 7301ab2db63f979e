"""Behaviours: candidates merged by what they do on many inputs, ready to be asked about.

Inputs are made from the signature, from known inputs and from the constants in the programs. Where nothing tells the
types, a first round finds inputs on which most programs return, and more are made like those. Not covered: programs
that answer differently each time they run (they count as what they did once).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from unriddle.candidate import Candidate
from unriddle.contracts import Executor
from unriddle.errors import BadInput, BadProblem, shorten
from unriddle.language.python import function_names, signature
from unriddle.outcome import Limits
from unriddle.problem import CallTest, Signature
from unriddle.testgen.distinguish import cell_answers
from unriddle.testgen.inputs import argument_kinds, generate_inputs
from unriddle.verdicts import Verdicts

__all__ = ["Pool", "common_signature", "make_pool"]

_ROUND = 40
"""Inputs of the first round, where types are not known."""


@dataclass(frozen=True, slots=True)
class Pool:
    """Behaviours and the inputs that tell them apart.

    Attributes:
        entry: Name of the function.
        candidates: ``(b,)`` one program for each behaviour, that with most programs first.
        counts: ``(b,)`` programs that behave like it.
        inputs: ``(m,)`` argument tuples.
        verdicts: ``(b, m)`` what each behaviour does on each input.
        n_silent: Programs left out because they returned on no input.
    """

    entry: str
    candidates: tuple[Candidate, ...]
    counts: npt.NDArray[np.int64]
    inputs: tuple[tuple[Any, ...], ...]
    verdicts: Verdicts
    n_silent: int


def common_signature(candidates: Sequence[Candidate], entry: str | None = None) -> Signature:
    """The signature that most candidates give the function; of equal ones that with most annotations.

    Args:
        candidates: The programs; those that cannot be read do not vote.
        entry: Name of the function; the top-level function that most programs define when ``None``.

    Raises:
        BadInput: No program defines such a function.
    """
    names: Counter[str] = Counter()
    for candidate in candidates:
        try:
            names.update(reversed(function_names(candidate.source)))
        except BadProblem:
            continue
    entry = entry or (names.most_common(1)[0][0] if names else "")
    headers: Counter[Signature] = Counter()
    for candidate in candidates:
        try:
            headers[signature(candidate.source, entry or None)] += 1
        except BadProblem:
            continue
    if not headers:
        have = ", ".join(name for name, _ in names.most_common(5)) or "none"
        raise BadInput(
            f"choose: no program defines a function {shorten(entry)}; they define: {have}; give --entry NAME"
        )
    width = Counter(len(s.parameters) for s in headers.elements()).most_common(1)[0][0]
    fitting = [s for s in headers if len(s.parameters) == width]
    return max(fitting, key=lambda s: (sum(bool(p.annotation) for p in s.parameters), headers[s]))


def make_pool(
    candidates: Sequence[Candidate],
    *,
    executor: Executor,
    entry: str | None = None,
    known: Sequence[tuple[Any, ...]] = (),
    n_inputs: int = 100,
    rng: np.random.Generator,
    limits: Limits | None = None,
) -> Pool:
    """The candidates merged by behaviour.

    Args:
        candidates: The programs; equal ones are run once and counted as often as they stand there.
        executor: Runs them.
        entry: Name of the function; see ``common_signature``.
        known: Argument tuples that are asked about as well, and that tell types.
        n_inputs: Inputs to make besides the known ones.
        rng: Where the inputs come from.
        limits: Per call.

    Raises:
        BadInput: There are no programs, none defines the function, there are no inputs, or the known ones do not fit.
    """
    if not candidates:
        raise BadInput("choose: there are no programs to choose from; give at least one")
    head = common_signature(candidates, entry)
    weight = Counter(c.id for c in candidates)
    distinct = list({c.id: c for c in candidates}.values())
    sources = [c.source for c in distinct]
    inputs = list(known)
    vague = any(kind.vague for kind in argument_kinds(head, known))
    made = generate_inputs(head, known, n=min(n_inputs, _ROUND) if vague else n_inputs, rng=rng, sources=sources)
    inputs += made
    if not inputs:
        raise BadInput(f"choose: there are no inputs for {head.header()}; give --inputs FILE")
    verdicts = _run(distinct, head.name, inputs, executor, limits)
    if vague and n_inputs > _ROUND:
        good = [a for a, share in zip(inputs, (verdicts.value >= 0).mean(axis=0), strict=True) if share >= 0.5]
        more = generate_inputs(head, good or inputs, n=n_inputs - len(made), rng=rng, sources=sources) if good else []
        if more:
            verdicts = Verdicts.join_columns([verdicts, _run(distinct, head.name, more, executor, limits)])
            inputs += more
    return _merge(head.name, distinct, [weight[c.id] for c in distinct], inputs, verdicts)


def _run(
    candidates: Sequence[Candidate],
    entry: str,
    inputs: Sequence[tuple[Any, ...]],
    executor: Executor,
    limits: Limits | None,
) -> Verdicts:
    return executor.run(candidates, [CallTest(entry, args) for args in inputs], limits=limits)


def _merge(
    entry: str,
    candidates: Sequence[Candidate],
    weight: Sequence[int],
    inputs: list[tuple[Any, ...]],
    verdicts: Verdicts,
) -> Pool:
    speaks = (verdicts.value >= 0).any(axis=1)
    rows = np.flatnonzero(speaks)
    w = np.asarray(weight, dtype=np.int64)
    n_silent = int(w[~speaks].sum())
    if not len(rows):
        return Pool(entry, (), np.zeros(0, np.int64), tuple(inputs), verdicts.take([]), n_silent)
    answers = cell_answers(verdicts)[rows]
    _, first, of_row = np.unique(answers, axis=0, return_index=True, return_inverse=True)
    counts = np.bincount(of_row.reshape(-1), weights=w[rows]).astype(np.int64)
    order = np.lexsort((first, -counts))
    # Of programs that behave alike the shortest stands for all; a user has to read it.
    chosen = [min(rows[of_row.reshape(-1) == b], key=lambda i: (len(candidates[i].source), i)) for b in order]
    return Pool(
        entry, tuple(candidates[i] for i in chosen), counts[order], tuple(inputs), verdicts.take(chosen), n_silent
    )
