"""An input on which two programs do different things, made as small as possible; or how far none was found.

Inputs come from ``difference_inputs``; what counts as different is in ``difference_observe``. A suspected difference is
run again, alone and twice with other seeds: what a program does differently each time is named and does not count. An
input on which the first program does not return may not be meant for it: such a difference is reported only when there
is no other (``Difference.valid`` is false). Programs run with one hash seed, so the order of sets is what it is there.

Not covered: proving that there is no difference, effects outside the process, and objects as arguments.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from unriddle.budget import Budget
from unriddle.contracts import Executor
from unriddle.errors import BadInput, shorten
from unriddle.outcome import Limits
from unriddle.testgen.difference_entries import affected_entries, difference_pool, same_program
from unriddle.testgen.difference_inputs import Args, MixedInputs, Proposed, Steering
from unriddle.testgen.difference_kinds import probe_kinds
from unriddle.testgen.difference_observe import look_at
from unriddle.testgen.difference_result import Difference, NoDifference, SearchLog
from unriddle.testgen.difference_search import PairSearch
from unriddle.testgen.guess_kinds import example_calls, find_signature
from unriddle.testgen.kinds import Kind, fits, kind_of_values, merge

__all__ = ["BUDGET", "LIMITS", "Difference", "NoDifference", "SearchLog", "find_difference"]

BUDGET = Budget(candidates=None, runs=40_000, seconds=10.0)
LIMITS = Limits(cpu_seconds=1.0, memory_mb=512, max_kills=3)


def find_difference(
    p: str,
    q: str,
    *,
    executor: Executor,
    rng: np.random.Generator,
    entry: str | None = None,
    seeds: Sequence[Args] = (),
    budget: Budget = BUDGET,
    limits: Limits = LIMITS,
    equal: Callable[[Any, Any], bool] | None = None,
    accepts: Callable[[Args], bool] | None = None,
    effects: bool = True,
    steering: Steering = "coverage",
    small: bool = True,
    propose: Proposed | None = None,
    shrink: bool = True,
) -> Difference | NoDifference:
    """The smallest input found on which the programs differ.

    Args:
        p: The first program; what it does not accept counts less.
        q: The second.
        executor: Runs them.
        rng: Where inputs come from.
        entry: Function or class of both; the one that differs when ``None``. For a class an input is its arguments and
            a list of calls ``(method, *arguments)``.
        seeds: Inputs that are known to be good. Calls with literal arguments in the programs are added.
        budget: Bounds on runs, CPU seconds (search included) and wall seconds.
        limits: Per call.
        equal: Values that count as equal though they are not.
        accepts: Which inputs are allowed.
        effects: A changed argument and printed text are differences too.
        steering: Where inputs come from besides the small ones, see ``MixedInputs``.
        small: Small inputs are enumerated.
        propose: Asked for further inputs.
        shrink: Make the input smaller.

    Raises:
        BadProblem: A program cannot be read or does not define the entry.
        BadInput: The programs have no entry in common, one does not load, or a seed does not fit the signature.
    """
    if budget.runs is None and budget.cpu_seconds is None and budget.seconds is None:
        raise BadInput("diff: the budget must bound runs, CPU seconds or seconds, or the search would never end")
    entry = entry or affected_entries(p, q)[0]
    for source in (p, q):
        find_signature(source, entry)
    looks = [look_at(source, entry, effects=effects) for source in (p, q)]
    search = PairSearch(looks, executor, budget, limits, equal)
    if same_program(p, q):
        return search.nothing(entry, "the programs differ in comments and layout at most")
    known = [*seeds, *(args for source in (p, q) for args in example_calls(source, entry))]
    pool = difference_pool(p, q)
    probing = None if budget.runs is None else budget.runs // 4
    probed = probe_kinds(
        looks, p, known=known, executor=executor, limits=search.quick, rng=rng, pool=pool, max_runs=probing
    )
    search.log.spent.runs += probed.n_runs
    search.cpu += probed.cpu_seconds
    width = range(probed.n_required, len(probed.kinds) + 1)
    for args in seeds:
        if len(args) not in width:
            raise BadInput(
                f"diff: expected inputs with {len(probed.kinds)} arguments for {probed.signature.header()} got "
                f"{shorten(args)}; correct the input"
            )
    good = [*(args for args in known if len(args) in width), *probed.good]
    kinds = _widened(probed.kinds, good)
    inputs = MixedInputs(
        probed.signature, kinds, good, rng, pool, accepts, steering=steering, small=small, propose=propose
    )
    why = search.run(inputs)
    search.log.n_refused = inputs.n_refused
    if search.best is None:
        return search.nothing(entry, why)
    found = search.best
    args = search.smallest(found, inputs, accepts) if shrink else found.args
    return search.report(entry, args, found)


def _widened(kinds: Sequence[Kind], known: Sequence[Args]) -> tuple[Kind, ...]:
    """The kinds, and what the known inputs show besides."""
    columns = [[args[i] for args in known if len(args) > i] for i in range(len(kinds))]
    return tuple(
        kind if all(fits(value, kind) for value in values) else merge([kind, kind_of_values(values)])
        for kind, values in zip(kinds, columns, strict=True)
    )
