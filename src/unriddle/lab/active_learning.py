"""The experiment of ``unriddle.methods.active_learning``: gradients, tiny optima, robustness, programs to tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from unriddle.lab._mapo_programs import program_questions
from unriddle.lab.base import Claim, Context, Preset, claim, generator, not_run
from unriddle.methods._mapo_play import play_out, soft_loss
from unriddle.methods.active_learning import (
    LearnedPolicy,
    Policy,
    Questions,
    Recipe,
    Standing,
    evaluate,
    exact_gradients,
    exact_losses,
    information_gain,
    learn_policy,
    make_questions,
    mean_loss,
    minimax_loss,
    new_particles,
    new_weights,
    noise_gradient,
    noisy_splitting,
    policy_gradient,
    random,
    splitting,
    worst_loss,
)

__all__ = ["experiment"]

_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Sizes:
    """What a preset runs."""

    n: int
    n_questions: int
    noises: tuple[float, ...]
    seeds: int
    recipe: Recipe
    n_search: int
    n_final: int
    tiny: int
    programs: int


_PRESETS: dict[str, _Sizes] = {
    "small": _Sizes(8, 8, (0.05, 0.15, 0.25), 1, Recipe(steps=90, episodes=384, width=24), 150, 1500, 1, 40),
    "full": _Sizes(10, 12, (0.05, 0.15, 0.25, 0.35), 3, Recipe(), 400, 4000, 3, 200),
}


def experiment(preset: Preset, *, seed: int, context: Context) -> list[Claim]:
    """Every claim of the method; without torch none of them can be measured."""
    try:
        import torch
    except ImportError:
        return [not_run("a learned policy against splitting in worst-case accuracy", "needs torch (unriddle[train])")]
    sizes, threads = _PRESETS[preset], torch.get_num_threads()
    torch.set_num_threads(1)  # the networks are so small that threads only wait for each other
    try:
        return [
            *_gradients(seed, context),
            *_tiny(sizes, seed, context),
            *_robustness(sizes, seed, context),
            *_programs(sizes, seed, context),
        ]
    finally:
        torch.set_num_threads(threads)


def _gradients(seed: int, context: Context) -> list[Claim]:
    """Score-function estimates beside exact ones, for 4 hypotheses, 4 queries and 3 questions."""
    context.say("gradients by sampling and by writing out every history")
    rng = generator(seed, stream=1)
    questions = make_questions([[0, 0, 1, 1], [0, 1, 0, 1], [1, 0, 0, 1], [1, 1, 1, 0]], noise=0.2)
    weights = {
        name: (array + rng.normal(0, 0.01 if name == "dial" else 0.3, array.shape)).astype(np.float32)
        for name, array in new_weights(questions, width=6, rng=rng).items()
    }
    particles = new_particles(questions, {0.3: 0.0}, rng=rng, each=1)
    particles.noise, particles.score = 0.1 + 0.2 * rng.random(4), rng.normal(0, 1, 4)
    exact, slopes = exact_gradients(questions, weights, particles, n_questions=3, sharpness=5.0)
    each = 100_000
    errors = []
    for baseline in (True, False):
        found = policy_gradient(
            questions,
            weights,
            particles,
            n_questions=3,
            each=each,
            sharpness=5.0,
            rng=rng,
            baseline=baseline,
        )
        errors.append(_off(found, exact))
    policy = LearnedPolicy(questions, 3, weights)
    hypothesis = np.repeat(particles.hypothesis, each)
    plays = play_out(
        questions,
        policy.chances,
        hypothesis=hypothesis,
        noise=np.repeat(particles.noise, each),
        n_questions=3,
        rng=rng,
    )
    loss = soft_loss(plays.play, hypothesis, sharpness=5.0).reshape(-1, each)
    noise_error = np.linalg.norm(noise_gradient(plays, loss, particles.noise) - slopes) / np.linalg.norm(slopes)
    note = "4 hypotheses, 4 queries, 3 questions, 512 histories; 100,000 plays of each hypothesis"
    return [
        claim("relative error of the policy's gradient", errors[0], relation="<", baseline=0.02, note=note),
        claim("the same without a baseline", errors[1], relation=">", baseline=errors[0], note=note),
        claim("relative error of the noise's gradient", float(noise_error), relation="<", baseline=0.02, note=note),
    ]


def _off(found: Mapping[str, npt.NDArray[np.float32]], exact: Mapping[str, _Floats]) -> float:
    difference = np.concatenate([(found[name] - exact[name]).ravel() for name in exact])
    return float(np.linalg.norm(difference) / np.linalg.norm(np.concatenate([g.ravel() for g in exact.values()])))


def _tiny(sizes: _Sizes, seed: int, context: Context) -> list[Claim]:
    """Learned policies beside the exact minimax policy of games so small that it can be computed."""
    name = "tiny games: worst-case loss of the learned policy above the exact optimum (largest)"
    try:
        import scipy.optimize  # noqa: F401
    except ImportError:
        return [not_run(name, "needs scipy (unriddle[fit])", relation="<=", baseline=0.03)]
    rows, above = [], []
    for i in range(sizes.tiny):
        context.say(f"tiny game {i + 1} of {sizes.tiny}")
        rng = generator(seed + i, stream=2)
        questions = _table(5, 4, noise=0.2, rng=rng)
        n = questions.shape[0]
        hypothesis, noise = np.repeat(np.arange(n), 3), np.tile([0.0, 0.1, 0.2], n)
        best = minimax_loss(questions, hypothesis=hypothesis, noise=noise, n_questions=3)
        free = minimax_loss(questions, hypothesis=hypothesis, noise=noise, n_questions=3, free=True)
        recipe = replace(sizes.recipe, steps=300, episodes=256, width=16)
        policy = learn_policy(questions, rng=rng, n_questions=3, noises=(0.2,), recipe=recipe)
        worst = float(exact_losses(policy, hypothesis=hypothesis, noise=noise).max())
        split = splitting(questions, n_questions=3)
        halves = float(exact_losses(split, hypothesis=hypothesis, noise=noise).max())
        above.append(worst - best)
        rows.append(f"{worst:.3f} against {best:.3f} (any recommender {free:.3f}, splitting {halves:.3f})")
    note = "5 hypotheses, 4 queries, 3 questions, noise up to 0.2: " + "; ".join(rows)
    return [claim(name, max(above), relation="<=", baseline=0.03, note=note)]


def _table(n: int, m: int, *, noise: float, rng: np.random.Generator) -> Questions:
    """Random yes-or-no answers of ``n`` different hypotheses; queries are of unequal balance."""
    while True:
        answers = rng.random((n, m)) < rng.uniform(0.15, 0.6, m)
        if len(np.unique(answers, axis=0)) == n:
            return make_questions(answers.astype(np.int64), noise=noise)


def _robustness(sizes: _Sizes, seed: int, context: Context) -> list[Claim]:
    """Worst-case losses and gaps per class of every policy, over several tables."""
    tables = [_one_table(sizes, seed + i, context) for i in range(sizes.seeds)]
    k, names = len(sizes.noises), list(tables[0])
    note = (
        f"{sizes.seeds} random tables of {sizes.n} hypotheses and {sizes.n} queries, {sizes.n_questions} questions; "
        "worst-case loss by class, mean over tables: "
        + "; ".join(
            f"{name} " + ", ".join(f"{np.mean([t[name][c].worst.loss for t in tables]):.3f}" for c in range(k))
            for name in names
        )
    )
    claims = [_against_splitting(tables, c, noise, note) for c, noise in enumerate(sizes.noises)]
    gaps = {name: np.array([max(s.gap for s in t[name]) for t in tables]) for name in names}
    for name in names[1:]:
        low, high = _interval(gaps["learned"] - gaps[name])
        claims.append(
            claim(
                f"largest gap to the class's own policy, learned against {name}",
                float(gaps["learned"].mean()),
                relation="<",
                baseline=float(gaps[name].mean()),
                low=low,
                high=high,
                note=f"low and high bound the difference over tables; {note}",
            )
        )
    return claims


def _against_splitting(tables: Sequence[Mapping[str, list[Standing]]], c: int, noise: float, note: str) -> Claim:
    """Worst-case accuracy in one class, with an interval of the difference."""
    learned = np.array([1 - t["learned"][c].worst.loss for t in tables])
    halves = np.array([1 - t["splitting"][c].worst.loss for t in tables])
    if len(tables) > 1:
        low, high = _interval(learned - halves)
    else:
        a, b = tables[0]["learned"][c].worst, tables[0]["splitting"][c].worst
        half = float(np.hypot((a.high - a.low) / 2, (b.high - b.low) / 2))
        low, high = float(learned[0] - halves[0]) - half, float(learned[0] - halves[0]) + half
    return claim(
        f"worst-case accuracy against noiseless splitting, noise up to {noise:g}",
        float(learned.mean()),
        relation=">",
        baseline=float(halves.mean()),
        low=low,
        high=high,
        note=f"low and high bound the difference; {note}",
    )


def _one_table(sizes: _Sizes, seed: int, context: Context) -> dict[str, list[Standing]]:
    """Every policy on one random table."""
    rng = generator(seed, stream=3)
    questions = _table(sizes.n, sizes.n, noise=sizes.noises[-1], rng=rng)
    t, noises, recipe = sizes.n_questions, sizes.noises, sizes.recipe
    context.say(f"table {seed}: training for all classes")
    learned = learn_policy(questions, rng=rng, n_questions=t, noises=noises, recipe=recipe)
    context.say(f"table {seed}: training for the hardest class alone, and on a uniform prior")
    longer = replace(recipe, steps=recipe.steps * (len(noises) + 1))
    hardest = learn_policy(questions, rng=rng, n_questions=t, noises=noises[-1:], recipe=longer)
    uniform = learn_policy(
        questions, rng=rng, n_questions=t, noises=noises[-1:], recipe=replace(longer, adversary=False)
    )
    policies: dict[str, Policy] = {
        "learned": learned,
        "random": random(questions, n_questions=t),
        "splitting": splitting(questions, n_questions=t),
        "splitting by weights": noisy_splitting(questions, n_questions=t),
        "information gain": information_gain(questions, n_questions=t),
        "trained at the hardest class": hardest,
        "trained on a uniform prior": uniform,
    }
    context.say(f"table {seed}: attacking {len(policies)} policies")
    return evaluate(
        policies, noises=noises, rng=rng, values=learned.values, n_search=sizes.n_search, n_final=sizes.n_final
    )


def _programs(sizes: _Sizes, seed: int, context: Context) -> list[Claim]:
    """Which of many programs that fit two examples is meant, after 8 questions with 10 % wrong answers."""
    rng = generator(seed, stream=4)
    questions, programs = program_questions(sizes.programs, n_queries=12, noise=0.1, rng=rng)
    context.say(f"{len(programs)} programs that agree on two examples: training")
    policy = learn_policy(questions, rng=rng, n_questions=8, noises=(0.1,), recipe=sizes.recipe)
    rules = {"weights": noisy_splitting, "plain": splitting, "gain": information_gain, "random": random}
    policies: dict[str, Policy] = {
        "learned": policy,
        **{n: rule(questions, n_questions=8) for n, rule in rules.items()},
    }
    context.say("attacking the policies")
    means = {name: mean_loss(p, noise=0.1, rng=rng, n_plays=20_000) for name, p in policies.items()}
    worst = {name: worst_loss(p, noise=0.1, rng=rng, n_search=100, n_levels=2).loss for name, p in policies.items()}
    note = (
        f"{len(programs)} programs such as {', '.join(programs[1:60:20])}; 12 inputs; mean and worst-case accuracy: "
        + "; ".join(f"{name} {1 - means[name][0]:.3f}, {1 - worst[name]:.3f}" for name in policies)
    )
    error = 1.96 * float(np.hypot(means["learned"][1], means["weights"][1]))
    difference = means["weights"][0] - means["learned"][0]
    return [
        claim(
            "programs: mean accuracy after 8 questions, learned against splitting by weights",
            1 - means["learned"][0],
            relation=">=",
            baseline=1 - means["weights"][0],
            low=difference - error,
            high=difference + error,
            note=f"low and high bound the difference; {note}",
        ),
        claim(
            "programs: worst-case accuracy after 8 questions, learned against splitting by weights",
            1 - worst["learned"],
            relation=">=",
            baseline=1 - worst["weights"],
            note=note,
        ),
    ]


def _interval(values: _Floats) -> tuple[float | None, float | None]:
    """95 % interval of a mean by Student's t; nothing for a single value."""
    if values.size < 2:
        return None, None
    quantile = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776}.get(values.size, 2.0)
    half = quantile * float(values.std(ddof=1)) / np.sqrt(values.size)
    return float(values.mean()) - half, float(values.mean()) + half
