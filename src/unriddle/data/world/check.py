"""From a draft to a problem: run it on the common bank, judge whether it is worth asking, choose cases, kill mutants.

Not covered: the split, and problems seen before (``generate``).
"""

from __future__ import annotations

import random
from typing import Any

from unriddle.data.world.draft import Draft
from unriddle.data.world.kinds import bank
from unriddle.data.world.mutate import mutants
from unriddle.data.world.problem import Case, Difficulty, WorldProblem
from unriddle.data.world.run import FAILED, Function, call, functions

__all__ = ["build", "outputs", "worthwhile"]

_N_MUTANTS = 6
_N_EXAMPLES = 3
_N_HIDDEN = 8
_LEAST_VALID = 12
_LEAST_DISTINCT = 5
_LEAST_RARE = 4


def outputs(of: Draft | WorldProblem) -> list[Any]:
    """What the program returns on the common bank of its signature; ``FAILED`` where it does not return."""
    function = functions([of.body], entry=of.entry, params=[name for name, _ in of.params])[0]
    return [call(function, args) for args in bank(tuple([kind for _, kind in of.params]))]


def worthwhile(draft: Draft, values: list[Any]) -> bool:
    """Whether the outputs differ enough, exist often enough, and are not just one of the arguments."""
    valid = [value for value in values if value is not FAILED]
    if len(valid) < _LEAST_VALID:
        return False
    if draft.returns == "bool":
        n_true = valid.count(True)
        return min(n_true, len(valid) - n_true) >= _LEAST_RARE
    if len({repr(value) for value in valid}) < _LEAST_DISTINCT:
        return False
    rows = [args for args, value in zip(_bank(draft), values, strict=True) if value is not FAILED]
    return all([args[place] for args in rows] != valid for place in range(len(draft.params)))


def _bank(draft: Draft) -> tuple[tuple[Any, ...], ...]:
    return bank(tuple([kind for _, kind in draft.params]))


def build(
    draft: Draft, values: list[Any], *, level: int, behaviour: int, seed: int, rng: random.Random
) -> WorldProblem | None:
    """The problem of a draft; ``None`` where no mutant can be told from it.

    Args:
        draft: The draft.
        values: Its outputs on the common bank.
        level: Its level.
        behaviour: Its fingerprint.
        seed: Seed of the stream.
        rng: Draws cases and mutants.
    """
    cases = [case for case in zip(_bank(draft), values, strict=True) if case[1] is not FAILED]
    rng.shuffle(cases)
    examples = _examples(cases)
    rest = [case for case in cases if case not in examples]
    bodies = mutants(draft.body, n=_N_MUTANTS, rng=rng)
    made = functions(bodies, entry=draft.entry, params=[name for name, _ in draft.params]) if bodies else []
    hidden, killed = _kill(made, rest)
    if not any(killed):
        return None
    header = draft.header
    return WorldProblem(
        id=f"nursery/{level}-{behaviour:012x}",
        level=level,
        statement=draft.statement,
        header=header,
        body=draft.body,
        entry=draft.entry,
        params=draft.params,
        returns=draft.returns,
        examples=tuple(examples),
        hidden=tuple(hidden),
        structure=draft.structure,
        plan=draft.plan,
        mutants=tuple([f"{header}\n{body}" for body, dead in zip(bodies, killed, strict=True) if dead]),
        difficulty=_measured(draft, n_mutants=len(bodies), n_killed=sum(killed)),
        seed=seed,
        behaviour=behaviour,
    )


def _measured(draft: Draft, *, n_mutants: int, n_killed: int) -> Difficulty:
    depth, deepest = 0, 0
    for letter in draft.structure:
        depth += (letter == "(") - (letter == ")")
        deepest = max(deepest, depth)
    n_nodes = draft.structure.count("(") + draft.structure.count(",") + 1
    return Difficulty(n_nodes, deepest + 1, draft.body.count("\n"), n_mutants, n_killed)


def _examples(cases: list[Case]) -> list[Case]:
    """Visible cases: different outputs first, so that they say something."""
    chosen: list[Case] = []
    for case in cases:
        if all(case[1] != other[1] for other in chosen):
            chosen.append(case)
        if len(chosen) == _N_EXAMPLES:
            return chosen
    chosen += [case for case in cases if case not in chosen][: _N_EXAMPLES - len(chosen)]
    return chosen


def _kill(made: list[Function], cases: list[Case]) -> tuple[list[Case], list[bool]]:
    """Hidden cases, and which mutants they kill: every mutant that any case kills is killed by a chosen one."""
    chosen, others = cases[:4], cases[4:]
    killed = []
    for function in made:
        dead = any(_differs(function, case) for case in chosen)
        if not dead:
            for place, case in enumerate(others):
                if _differs(function, case):
                    chosen.append(others.pop(place))
                    dead = True
                    break
        killed.append(dead)
    chosen += others[: max(0, _N_HIDDEN - len(chosen))]
    return chosen, killed


def _differs(function: Function, case: Case) -> bool:
    value = call(function, case[0])
    return type(value) is not type(case[1]) or bool(value != case[1])
