"""Chen 2023: Symbolic Discovery of Optimization Algorithms.

Array programs that compute an optimiser's update are evolved from AdamW: tournaments, one mutation per child, the
oldest leaves. Programs with the same semantic key share their fitness, statements that nothing depends on are skipped,
a funnel of ever larger tasks chooses among what was found, and liveness, removal and algebra make it readable. The
paper found Lion this way: the sign of an interpolated momentum.

What differs from the paper: tasks are logistic regressions and small networks in numpy, milliseconds each, instead of
models on accelerators; 20,000 children instead of 300,000; the key knows that commutative arguments may change
places; functions are guarded (a division by 0 gives 0), and what is not finite is worst. Lion itself is
``unriddle.train.optim.Lion``.

Expected in the lab: no key that lies, most children known by their key, better optimisers than the start on unseen
tasks, and Lion from the paper's raw program by the simplifier. Not that a search of this size finds Lion by itself.

Not covered: several machines; noise in the fitness.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from unriddle.errors import BadInput
from unriddle.grammar.array_mutate import MutationKind, mutate_program
from unriddle.grammar.array_program import ArrayProgram, ProgramSpace, abstract_execute, program_space
from unriddle.grammar.array_simplify import live_program, simplify
from unriddle.grammar.array_text import read_program, show_program
from unriddle.methods._lion_funnel import FunnelResult, MetaPoint, funnel, meta_curve
from unriddle.methods._lion_history import History, keep, load, summary
from unriddle.propose.aging import Aging, run

__all__ = [
    "FunnelResult",
    "History",
    "MetaPoint",
    "adamw_program",
    "evolve",
    "funnel",
    "lion_program",
    "meta_curve",
    "optimizer_space",
    "raw_lion_program",
    "simplify",
]

_ADAMW = """
def train(w, g, m, v, lr):
    g2 = square(g)
    m = interp(g, m, 0.9)
    v = interp(g2, v, 0.999)
    root = sqrt(v)
    update = m / root
    decay = w * 0.01
    update = update + decay
    rate = lr * {rate}
    update = update * rate
    return update, m, v
"""
_RAW_LION = """
def train(w, g, m, v, lr):
    m = interp(g, v, {first})
    v = interp(g, m, {second})
    size = sqrt(m * m)
    update = m / size
    rate = lr * {rate}
    update = update * rate
    return update, m, v
"""
_LION = """
def train(w, g, m, v, lr):
    c = interp(g, m, {first})
    update = sign(c)
    m = interp(g, m, {second})
    rate = lr * {rate}
    update = update * rate
    return update, m, v
"""


def optimizer_space() -> ProgramSpace:
    """``train(w, g, m, v, lr) -> (update, m, v)``: weights, gradient, two states, and the schedule's value."""
    array = np.zeros((2, 3))
    inputs = {"w": array, "g": array, "m": array, "v": array, "lr": 1.0}
    return program_space(inputs, {"update": array, "m": array, "v": array}, name="train")


def adamw_program(*, rate: float = 0.01) -> ArrayProgram:
    """AdamW as the paper starts from it: no bias correction, decay 0.01."""
    return read_program(_ADAMW.format(rate=rate), optimizer_space())


def raw_lion_program(*, first: float = 0.9, second: float = 1.1, rate: float = 0.01) -> ArrayProgram:
    """The three statements of the paper's search that became Lion, before any algebra; ``v`` is the momentum."""
    return read_program(_RAW_LION.format(first=first, second=second, rate=rate), optimizer_space())


def lion_program(*, first: float = 0.9, second: float = 0.99, rate: float = 0.01) -> ArrayProgram:
    """Lion without decay as an array program."""
    return read_program(_LION.format(first=first, second=second, rate=rate), optimizer_space())


def evolve(
    init: ArrayProgram,
    fitness: Callable[[ArrayProgram], float],
    *,
    rng: np.random.Generator,
    n_children: int | None = 20_000,
    n_evaluated: int | None = None,
    population: int = 1000,
    tournament: int = 2,
    restart_after: int | None = 300_000,
    kinds: Sequence[MutationKind] = ("insert", "delete", "modify"),
    cache: bool = True,
    path: Path | None = None,
    save_every: int = 2000,
    watch: Callable[[History], None] | None = None,
) -> History:
    """Evolve programs from one.

    Args:
        init: The first members are copies of it.
        fitness: Higher is better; NaN and infinity are the worst.
        rng: Decides everything besides the fitness.
        n_children: End after this many children.
        n_evaluated: End after this many measured values of fitness, whichever comes first.
        population: Members.
        tournament: Members drawn for each child.
        restart_after: Children without a better one after which all members become the best, without the statements
            that nothing depends on.
        kinds: Mutations.
        cache: Reuse the fitness of programs with the same key.
        path: Where the search is kept every ``save_every`` children, and taken up again if it is there: what comes out
            is what an uninterrupted search gives, and a finished one is only read.
        save_every: Children between writes and calls of ``watch``.
        watch: Called with the history so far.

    Raises:
        BadInput: ``init`` is not valid, a number is out of range, or the file belongs to another search.
    """
    fault = abstract_execute(init).fault
    if fault or save_every < 1:
        raise BadInput(f"evolve: {fault or f'save_every must be 1 or more, got {save_every}'}")
    evolution = Aging(
        [init],
        mutate=lambda program: mutate_program(program, rng=rng, kinds=kinds),
        key=lambda program: abstract_execute(program).key,
        rng=rng,
        population=population,
        tournament=tournament,
        restart_after=restart_after,
        cache=cache,
        tidy=live_program,
    )
    text = show_program(init) + repr(init.space) + str(rng.bit_generator.state)
    plan = {
        "start": hashlib.blake2b(text.encode(), digest_size=16).hexdigest(),
        "population": population,
        "tournament": tournament,
        "restart_after": restart_after,
        "kinds": list(kinds),
        "cache": cache,
    }
    if path is not None and path.is_file():
        load(path, evolution, plan=plan, space=init.space)
    while _goes_on(evolution, n_children, n_evaluated):
        step = evolution.n_children - evolution.n_children % save_every + save_every
        before = evolution.n_children, evolution.n_evaluated
        run(evolution, fitness, n_children=min(step, n_children or step), n_evaluated=n_evaluated)
        if path is not None:
            keep(path, evolution, plan=plan)
        if watch is not None:
            watch(summary(init, evolution))
        if before == (evolution.n_children, evolution.n_evaluated):
            break
    return summary(init, evolution)


def _goes_on(evolution: Aging[ArrayProgram], n_children: int | None, n_evaluated: int | None) -> bool:
    return (n_children is None or evolution.n_children < n_children) and (
        n_evaluated is None or evolution.n_evaluated < n_evaluated
    )
