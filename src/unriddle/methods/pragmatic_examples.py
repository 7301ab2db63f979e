"""Vaduguru 2024: Generating Pragmatic Examples to Train Neural Program Synthesizers (arXiv 2311.05740).

Examples that somebody chose tell more than that they hold: who meant another program would have chosen others. A
speaker picks the example that leaves the fewest of the programs the listener still believes in; self-play between the
two makes training data from which a listener learns to expect such speakers, with no human data.

What differs from the paper: a turn is one call for all targets; programs are merged by behaviour before they are
counted (equal ones can never be told apart and would waste turns); the consistency function is vectorised and must be
safe by itself, so there is no time-out here; listener and speaker are anything that proposes, symbolic or learned.

Expected in the lab: informative examples need at least a quarter fewer turns than random ones with the same literal
listener, and a pragmatic listener beats the literal one on informative examples. The people's examples of the paper
are not in the reference data: nothing is claimed about them.

Not covered: the paper's model (ByT5-small) and its user study.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from unriddle.errors import BadInput
from unriddle.score.pragmatic import most_informative, pragmatic_listener

__all__ = [
    "Consistent",
    "Example",
    "Listener",
    "Played",
    "Speaker",
    "informative_examples",
    "rsa_beliefs",
    "rsa_rank",
    "self_play",
]

Program = TypeVar("Program", bound=Hashable)
Wanted = TypeVar("Wanted", bound=Hashable, contravariant=True)

Example = tuple[str, bool]
"""An input and whether the program accepts it."""

Consistent = Callable[[Sequence[Program], Sequence[Example]], npt.NDArray[np.bool_]]
"""``(programs, examples) -> (n, m)``: which programs agree with which examples."""


class Listener(Protocol[Program]):
    """Guesses programs from examples."""

    def programs(self, specs: Sequence[Sequence[Example]], k: int) -> list[list[Program]]:
        """At most ``k`` programs for each list of examples; they need not be consistent with it."""
        ...


class Speaker(Protocol[Wanted]):
    """Proposes examples for programs."""

    def examples(self, targets: Sequence[Wanted], specs: Sequence[Sequence[Example]], k: int) -> list[list[Example]]:
        """At most ``k`` examples for each program, given those already said; they need not be right."""
        ...


@dataclass(frozen=True, slots=True)
class Played(Generic[Program]):
    """One target and the examples that were chosen for it, in order."""

    target: Program
    spec: tuple[Example, ...]
    round: int = 0


def informative_examples(
    targets: Sequence[Program],
    listeners: Sequence[Listener[Program]],
    speakers: Sequence[Speaker[Program]],
    *,
    consistent: Consistent[Program],
    n_turns: int = 10,
    n_programs: int = 500,
    n_examples: int = 500,
) -> list[tuple[Example, ...]]:
    """The examples a pragmatic speaker gives for each target, turn by turn, all targets at once.

    Each turn the listeners' programs that agree with everything said so far are the competitors, and of the speakers'
    examples that are true of the target the one is said that the fewest competitors share (ties: the first in sorted
    order). Where no competitor is left the first example is said; where no example is left the turn is skipped.

    Args:
        targets: The programs meant.
        listeners: Each gives an equal share of the competitors; with a frozen base model among them, play does not
            drift into a private code.
        speakers: Each gives an equal share of the examples.
        consistent: Which programs agree with which examples.
        n_turns: Examples for each target.
        n_programs: Competitors to ask for in all.
        n_examples: Examples to ask for in all.

    Raises:
        BadInput: There is no listener or no speaker.
    """
    if not listeners or not speakers:
        raise BadInput("informative_examples: needs at least one listener and one speaker, got none")
    specs: list[list[Example]] = [[] for _ in targets]
    for _ in range(n_turns):
        heard = [one.programs(specs, -(-n_programs // len(listeners))) for one in listeners]
        said = [one.examples(targets, specs, -(-n_examples // len(speakers))) for one in speakers]
        for i, target in enumerate(targets):
            programs = list(dict.fromkeys(h for answer in heard for h in answer[i] if h != target))
            offered = sorted({e for answer in said for e in answer[i]} - set(specs[i]))
            chosen = _say(target, programs, offered, specs[i], consistent)
            if chosen is not None:
                specs[i].append(chosen)
    return [tuple(spec) for spec in specs]


def _say(
    target: Program,
    programs: list[Program],
    offered: list[Example],
    spec: list[Example],
    consistent: Consistent[Program],
) -> Example | None:
    """What is said next; ``None`` where nothing true is left to say."""
    table = consistent([*programs, target], [*offered, *spec])
    true: list[int] = np.flatnonzero(table[-1, : len(offered)]).tolist()
    if not true:
        return None
    alive: list[int] = np.flatnonzero(table[:-1, len(offered) :].all(axis=1)).tolist()
    if not alive:
        return offered[true[0]]
    seen = table[np.ix_([*alive, len(programs)], true)]
    return offered[true[most_informative(seen, len(alive))]]


def rsa_beliefs(
    programs: Sequence[Program],
    spec: Sequence[Example],
    *,
    alternatives: Sequence[Example],
    consistent: Consistent[Program],
    prior: npt.ArrayLike | None = None,
    rationality: float = 1.0,
    mode: Literal["incremental", "last"] = "incremental",
) -> npt.NDArray[np.float64]:
    """``(n,)`` belief of a pragmatic listener in each program; sums to 1, or all 0 where none is consistent.

    Args:
        programs: Distinct in behaviour.
        spec: The examples given, in order.
        alternatives: Examples that could have been given instead.
        consistent: Which programs agree with which examples.
        prior: ``(n,)`` weight of each program; even when ``None``.
        rationality: Exponent of the speaker.
        mode: ``incremental`` reckons with the speaker's choice at every turn; ``last`` (the comparator in the paper)
            only with the last example, among the programs that agree with those before.

    Raises:
        BadInput: There is no such mode, or a bad prior or rationality.
    """
    if mode not in ("incremental", "last"):
        raise BadInput(f"rsa_beliefs: mode must be 'incremental' or 'last', got {mode!r}")
    given = list(dict.fromkeys(spec))
    columns = [*given, *(e for e in dict.fromkeys(alternatives) if e not in set(given))]
    table = consistent(programs, columns)
    weights = np.ones(len(programs)) if prior is None else np.asarray(prior, dtype=np.float64)
    if mode == "incremental" or not given:
        return pragmatic_listener(table, list(range(len(given))), prior=weights, rationality=rationality)
    before = len(given) - 1
    weights = weights * table[:, :before].all(axis=1)
    return pragmatic_listener(table[:, before:], [0], prior=weights, rationality=rationality)


def rsa_rank(
    programs: Sequence[Program],
    spec: Sequence[Example],
    *,
    alternatives: Sequence[Example],
    consistent: Consistent[Program],
    prior: npt.ArrayLike | None = None,
    rationality: float = 1.0,
    mode: Literal["incremental", "last"] = "incremental",
) -> list[int]:
    """The places of the consistent programs, the most believed first; ties in order. See ``rsa_beliefs``."""
    belief = rsa_beliefs(
        programs,
        spec,
        alternatives=alternatives,
        consistent=consistent,
        prior=prior,
        rationality=rationality,
        mode=mode,
    )
    return [int(i) for i in np.argsort(-belief, kind="stable") if belief[i] > 0]


Learn = Callable[[Sequence[Played[Program]]], tuple[Listener[Program], Speaker[Program]]]
"""Learns from everything played so far, starting from the base models again; gives the new listener and speaker."""


def self_play(
    listener: Listener[Program],
    speaker: Speaker[Program],
    targets: Sequence[Sequence[Program]],
    *,
    consistent: Consistent[Program],
    learn: Learn[Program] | None = None,
    n_turns: int = 10,
    n_programs: int = 500,
    n_examples: int = 500,
) -> list[Played[Program]]:
    """The training data of all rounds: each target with its chosen examples.

    From the second round on the candidates come half from the models learnt so far and half from the base models.

    Args:
        listener: The base listener.
        speaker: The base speaker.
        targets: The targets of each round.
        consistent: Which programs agree with which examples.
        learn: Makes the next models from all data so far; the base models stay alone when ``None``.
        n_turns: Examples for each target.
        n_programs: Competitors to ask for at each turn.
        n_examples: Examples to ask for at each turn.
    """
    listeners, speakers = [listener], [speaker]
    played: list[Played[Program]] = []
    for number, wanted in enumerate(targets):
        specs = informative_examples(
            wanted,
            listeners,
            speakers,
            consistent=consistent,
            n_turns=n_turns,
            n_programs=n_programs,
            n_examples=n_examples,
        )
        played += [Played(target, spec, number) for target, spec in zip(wanted, specs, strict=True)]
        if learn is not None and number + 1 < len(targets):
            newest = learn(played)
            listeners, speakers = [newest[0], listener], [newest[1], speaker]
    return played
