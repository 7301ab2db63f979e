"""The learned part of the experiment on pragmatic examples: self-play data against random examples, equal steps.

The held-out targets' examples come from a teacher who reckons with a pool of expressions and knows nothing of the
learned listeners. Not covered: more than one round of self-play.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from unriddle.lab.base import generator
from unriddle.language.regex import Regex, full_match, regex_text
from unriddle.methods._regex_domain import RegexPool, draw_pool, draw_regex
from unriddle.methods._regex_model import Pair, SeqListener
from unriddle.methods._regex_players import PoolListener, StringSpeaker, consistent, label, proposals
from unriddle.methods.pragmatic_examples import Example, informative_examples, self_play

__all__ = ["Learned", "Sizes", "run_learned"]


@dataclass(frozen=True, slots=True)
class Sizes:
    """How large the experiment is.

    Attributes:
        n_drawn: Expressions drawn for the pool.
        n_base: Random pairs the base listener learns from.
        base_steps: Its steps.
        n_targets: Targets of the self-play round.
        arm_steps: Steps of each arm.
        n_held_out: Targets of the test.
        n_turns: Examples for each target.
        n_draws: Programs drawn from a listener at a time.
        hidden: Width of the listener.
    """

    n_drawn: int = 8_000
    n_base: int = 40_000
    base_steps: int = 3_000
    n_targets: int = 400
    arm_steps: int = 600
    n_held_out: int = 200
    n_turns: int = 5
    n_draws: int = 50
    hidden: int = 128


@dataclass(frozen=True, slots=True)
class Learned:
    """``(n_held_out, n_turns)`` whether the first guess is right after 1, 2, … examples, for each listener."""

    base: npt.NDArray[np.bool_]
    random: npt.NDArray[np.bool_]
    pragmatic: npt.NDArray[np.bool_]
    n_parameters: int


def run_learned(sizes: Sizes, *, seed: int, say: Callable[[str], None]) -> Learned:
    """Train the base listener and both arms, and test all three on held-out targets."""
    rng = generator(seed, stream=20)
    pool = draw_pool(sizes.n_drawn, rng=rng, max_parts=2)
    order = rng.permutation(len(pool.regexes))
    held_out = [pool.regexes[int(i)] for i in order[: sizes.n_held_out]]
    targets = [pool.regexes[int(i)] for i in order[sizes.n_held_out : sizes.n_held_out + sizes.n_targets]]
    base = SeqListener(seed=seed, hidden=sizes.hidden)
    avoid = {regex_text(regex) for regex in held_out}
    losses = base.train(_random_pairs(sizes, avoid, rng), n_steps=sizes.base_steps, rng=rng)
    say(f"base listener: loss {losses[0]:.2f} -> {np.mean(losses[-50:]):.2f}")
    speaker = StringSpeaker(pool, rng=generator(seed, stream=21))
    played = self_play(
        base,
        speaker,
        [targets],
        consistent=consistent,
        n_turns=sizes.n_turns,
        n_programs=sizes.n_draws,
        n_examples=60,
    )
    chosen = [(p.spec, p.target) for p in played]
    drawn = [(_random_spec(target, pool, sizes.n_turns, rng), target) for target in targets]
    arms = []
    for specs in (drawn, chosen):
        arm = base.copied()
        # Equal steps, equal batches: the arms differ in the examples alone.
        arm.train(_prefixes(specs), n_steps=sizes.arm_steps, rng=generator(seed, stream=22), lr=5e-4)
        arms.append(arm)
    say("both arms trained")
    teacher = PoolListener(pool, rng=generator(seed, stream=23))
    said = informative_examples(
        held_out,
        [teacher],
        [StringSpeaker(pool, rng=generator(seed, stream=24))],
        consistent=consistent,
        n_turns=sizes.n_turns,
        n_programs=300,
        n_examples=60,
    )
    tested = [_first_guesses(listener, held_out, said, pool, sizes) for listener in (base, *arms)]
    return Learned(base=tested[0], random=tested[1], pragmatic=tested[2], n_parameters=base.n_parameters)


def _random_pairs(sizes: Sizes, avoid: set[str], rng: np.random.Generator) -> list[Pair]:
    """Random expressions with random true examples, 0 to the most in number; held-out ones are left out."""
    pairs: list[Pair] = []
    others = [draw_regex(rng, max_parts=2) for _ in range(200)]
    while len(pairs) < sizes.n_base:
        regex = draw_regex(rng, max_parts=2)
        if regex_text(regex) in avoid:
            continue
        texts = proposals(regex, others, 2 * sizes.n_turns, rng=rng)
        order = rng.permutation(len(texts))[: int(rng.integers(sizes.n_turns + 1))]
        pairs.append((label(regex, [texts[int(i)] for i in order]), regex))
    return pairs


def _random_spec(target: Regex, pool: RegexPool, n_turns: int, rng: np.random.Generator) -> tuple[Example, ...]:
    """Examples drawn from the same offers that the speaker of self-play chooses from."""
    offered = label(target, sorted(set(proposals(target, pool.regexes, 60, rng=rng))))
    return tuple(offered[int(i)] for i in rng.permutation(len(offered))[:n_turns])


def _prefixes(specs: Sequence[tuple[Sequence[Example], Regex]]) -> list[Pair]:
    return [(spec[:i], target) for spec, target in specs for i in range(1, len(spec) + 1)]


def _first_guesses(
    listener: SeqListener,
    targets: Sequence[Regex],
    said: Sequence[tuple[Example, ...]],
    pool: RegexPool,
    sizes: Sizes,
) -> npt.NDArray[np.bool_]:
    """``(targets, turns)``: the first guess behaves like the target on all probes."""
    truth = [full_match(target, pool.probes) for target in targets]
    columns = []
    for t in range(1, sizes.n_turns + 1):
        guesses = listener.guesses([spec[:t] for spec in said], sizes.n_draws)
        hits = [
            guess is not None and np.array_equal(full_match(guess, pool.probes), right)
            for guess, right in zip(guesses, truth, strict=True)
        ]
        columns.append(hits)
    return np.array(columns, np.bool_).T
