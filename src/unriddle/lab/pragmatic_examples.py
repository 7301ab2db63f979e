"""Experiment on pragmatic examples: regular expressions, a literal and a pragmatic listener, a learned one.

Not covered: the published expressions and people's examples, which are not in the reference data.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from unriddle.errors import MissingExtra
from unriddle.lab._resample import resampled
from unriddle.lab.base import Claim, Context, Preset, claim, generator, not_run
from unriddle.methods._regex_domain import RegexPool, draw_pool
from unriddle.methods._regex_players import PoolListener, label, proposals
from unriddle.methods.pragmatic_examples import Example
from unriddle.score.pragmatic import most_informative, pragmatic_listener

__all__ = ["experiment"]

_Bools = npt.NDArray[np.bool_]
_Floats = npt.NDArray[np.float64]

_TURNS = 10


def experiment(preset: Preset, *, seed: int, context: Context) -> list[Claim]:
    """Examples needed, informative against random; pragmatic against literal listener; the learned listener."""
    n_drawn, n_targets = (4_000, 60) if preset == "small" else (20_000, 300)
    pool = draw_pool(n_drawn, rng=generator(seed, stream=1))
    context.say(f"{len(pool.regexes)} behaviours of {n_drawn} expressions")
    games = _games(pool, n_targets, seed)
    return [
        *_examples_needed(games, len(pool.regexes), seed),
        *_listeners(games, pool, seed),
        *_learned(preset, seed, context),
    ]


@dataclass(frozen=True, slots=True)
class _Game:
    """One target, the examples that two teachers gave for it, and what the pool makes of them.

    Attributes:
        target: Its row in the pool.
        informative: Chosen to leave the fewest expressions.
        random: Chosen at random from the same offers.
        agrees_informative: ``(n, turns)`` which expressions agree with each informative example.
        agrees_random: ``(n, turns)`` likewise.
    """

    target: int
    informative: list[Example]
    random: list[Example]
    agrees_informative: _Bools
    agrees_random: _Bools


def _games(pool: RegexPool, n_targets: int, seed: int) -> list[_Game]:
    """The same offers go to a teacher who chooses and to one who draws."""
    rng = generator(seed, stream=2)
    listener = PoolListener(pool, rng=rng)
    targets = rng.choice(len(pool.regexes), size=n_targets, replace=False)
    offers = [
        label(pool.regexes[t], sorted(set(proposals(pool.regexes[t], pool.regexes, 90, rng=rng)))) for t in targets
    ]
    listener.accepts([text for offer in offers for text, _ in offer])
    games = []
    for target, offer in zip(targets, offers, strict=True):
        signs = np.array([sign for _, sign in offer])
        agrees = listener.accepts([text for text, _ in offer]) == signs
        chosen = _chosen(agrees, int(target), rng)
        drawn = [int(j) for j in rng.permutation(len(offer))[:_TURNS]]
        games.append(
            _Game(
                int(target),
                [offer[j] for j in chosen],
                [offer[j] for j in drawn],
                agrees[:, chosen],
                agrees[:, drawn],
            )
        )
    return games


def _chosen(agrees: _Bools, target: int, rng: np.random.Generator, n_programs: int = 500) -> list[int]:
    """The columns a pragmatic speaker says, against at most 500 of the expressions that are left."""
    said: list[int] = []
    for _ in range(min(_TURNS, agrees.shape[1])):
        rows = np.flatnonzero(agrees[:, said].all(axis=1))
        rows = rows[rows != target]
        rows = rng.choice(rows, size=min(n_programs, len(rows)), replace=False)
        said.append(most_informative(agrees[[*rows.tolist(), target]], len(rows), given=said))
    return said


def _turns_needed(hits: _Floats) -> float:
    """Examples until the guess is right, where ``hits[t]`` is the chance of a right guess after t + 1 of them."""
    return float(1 + np.cumprod(1 - hits)[:-1].sum())


def _literal_hits(agrees: _Bools, target: int) -> _Floats:
    """``(turns,)``: chance that a guess among the expressions that agree so far is the target."""
    alive = np.logical_and.accumulate(agrees, axis=1)
    return np.asarray(alive[target] / np.maximum(1, alive.sum(axis=0)), dtype=np.float64)


def _examples_needed(games: list[_Game], n_pool: int, seed: int) -> list[Claim]:
    """Turns with the same literal listener, informative against random examples."""
    chosen = [_literal_hits(g.agrees_informative, g.target) for g in games]
    drawn = [_literal_hits(g.agrees_random, g.target) for g in games]
    turns = np.array([[_turns_needed(a), _turns_needed(b)] for a, b in zip(chosen, drawn, strict=True)])
    low, high = resampled(turns, lambda x: float(1 - x[:, 0].mean() / x[:, 1].mean()), rng=generator(seed, stream=9))
    mean = turns.mean(axis=0)
    note = (
        f"{len(games)} targets of {n_pool} behaviours, at most {_TURNS} examples, a new guess after each; mean "
        f"{mean[0]:.2f} informative, {mean[1]:.2f} random"
    )
    fifth = float(np.mean([h[:5][-1] for h in chosen])), float(np.mean([h[:5][-1] for h in drawn]))
    return [
        claim(
            "share of examples saved by informative ones, same literal listener",
            1 - mean[0] / mean[1],
            relation=">=",
            baseline=0.25,
            low=low,
            high=high,
            note=note,
        ),
        claim(
            "right guesses of the literal listener after 5 examples, informative against random",
            fifth[0],
            relation=">",
            baseline=fifth[1],
            note=note,
        ),
    ]


def _listeners(games: list[_Game], pool: RegexPool, seed: int) -> list[Claim]:
    """Literal against pragmatic listener on the same examples; the listener thinks of alternatives of its own."""
    rng = generator(seed, stream=3)
    n_other = 100
    texts = sorted(
        {
            t
            for i in rng.integers(len(pool.regexes), size=n_other)
            for t in proposals(pool.regexes[int(i)], pool.regexes, 3, rng=rng)
        }
    )
    accepts = pool.matches(texts)
    other = np.concatenate([accepts, ~accepts], axis=1)
    hits: dict[str, list[_Floats]] = {"literal": [], "pragmatic": [], "last": []}
    for game in games:
        agrees = game.agrees_informative[:, :5]
        hits["literal"].append(_literal_hits(agrees, game.target))
        hits["pragmatic"].append(_pragmatic_hits(agrees, other, game.target))
        hits["last"].append(_last_hits(agrees, other, game.target))
    note = (
        f"{len(games)} targets, {other.shape[1]} alternatives of the listener's own; "
        + "; ".join(f"{name}: " + " ".join(f"{x:.2f}" for x in np.mean(h, axis=0)) for name, h in hits.items())
        + " (right guesses after 1, 2, 3, … examples; 'last' reckons with the last example only)"
    )
    after3 = {name: np.array([h[min(2, len(h) - 1)] for h in rows]) for name, rows in hits.items()}
    pairs = np.stack([after3["pragmatic"], after3["literal"]], axis=1)
    low, high = resampled(pairs, _mean_difference, rng=generator(seed, stream=9))
    note += f"; difference, 95 % over targets: [{low:+.3f}, {high:+.3f}]"
    turns = {name: float(np.mean([_turns_needed(h) for h in rows])) for name, rows in hits.items()}
    return [
        claim(
            "right guesses after 3 informative examples, pragmatic against literal listener",
            float(pairs[:, 0].mean()),
            relation=">",
            baseline=float(pairs[:, 1].mean()),
            note=note,
        ),
        claim(
            "informative examples until the guess is right (5 at most), pragmatic against literal listener",
            turns["pragmatic"],
            relation="<",
            baseline=turns["literal"],
        ),
        claim(
            "right guesses after 3 informative examples, reckoning with the last example only, against literal",
            float(after3["last"].mean()),
            relation=">",
            baseline=float(pairs[:, 1].mean()),
        ),
    ]


def _pragmatic_hits(agrees: _Bools, other: _Bools, target: int) -> _Floats:
    """``(turns,)``: chance that the most believed expression is the target, ties even."""
    turns = agrees.shape[1]
    table = np.concatenate([agrees, other], axis=1)
    # Expressions that behave alike on every column here share their fate; a program contradicted stays in the sums.
    return np.array([_share(pragmatic_listener(table, list(range(t + 1))), target) for t in range(turns)])


def _last_hits(agrees: _Bools, other: _Bools, target: int) -> _Floats:
    out = []
    for t in range(agrees.shape[1]):
        alive = agrees[:, :t].all(axis=1)
        table = np.concatenate([agrees[:, [t]], other], axis=1)
        out.append(_share(pragmatic_listener(table, [0], prior=alive.astype(float)), target))
    return np.array(out)


def _share(belief: _Floats, target: int) -> float:
    top = belief >= belief.max() * (1 - 1e-9)
    return float(top[target] and belief[target] > 0) / max(1, int(top.sum()))


def _mean_difference(pairs: _Floats) -> float:
    return float((pairs[:, 0] - pairs[:, 1]).mean())


def _learned(preset: Preset, seed: int, context: Context) -> list[Claim]:
    """The learned listener; the full preset only."""
    name = "learned listener, right first guesses after 3 examples on held-out targets: self-play data against random"
    if preset == "small":
        return [not_run(name, "the full preset only; training takes minutes on two cores")]
    try:
        from unriddle.lab._pragmatic_learned import Sizes, run_learned

        sizes = Sizes()
        found = run_learned(sizes, seed=seed, say=context.say)
    except MissingExtra as error:
        return [not_run(name, str(error))]
    turn = min(2, sizes.n_turns - 1)
    pairs = np.stack([found.pragmatic[:, turn], found.random[:, turn]], axis=1).astype(np.float64)
    low, high = resampled(pairs, _mean_difference, rng=generator(seed, stream=9))
    shown = {"base": found.base, "random": found.random, "self-play": found.pragmatic}
    note = (
        f"{found.n_parameters:,} parameters, {sizes.n_held_out} targets, {sizes.base_steps} steps of base training and "
        f"{sizes.arm_steps} of each arm, examples by an independent informative teacher; "
        + "; ".join(f"{who}: " + " ".join(f"{x:.3f}" for x in hits.mean(axis=0)) for who, hits in shown.items())
        + f" (after 1, 2, … examples); difference, 95 % over targets: [{low:+.3f}, {high:+.3f}]"
    )
    return [
        claim(name, float(pairs[:, 0].mean()), relation=">", baseline=float(pairs[:, 1].mean()), note=note),
    ]
