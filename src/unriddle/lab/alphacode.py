"""The experiment of ``unriddle.methods.alphacode``: filtering and grouping recorded programs, n submissions of k drawn.

Examples are the doctests of the published prompts (the recorded programs were sampled from prompts without them); where
a prompt has none, the first assert that the model wrote takes their place. Inputs to group by come from the asserts a
model wrote (what they expect is ignored) and are filled up by type; hidden inputs are not used.

Not covered: contest problems, and the models of the paper.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from unriddle.benchmarks.metrics import Interval
from unriddle.lab.base import Claim, Context, Preset, claim, generator, not_run
from unriddle.lab.codet import recorded_tasks
from unriddle.lab.recorded import NEEDS
from unriddle.lab.recorded_rules import RULES, pass_at_1, spread
from unriddle.lab.recorded_tests import RecordedTask, given_up, run_kept
from unriddle.methods.alphacode import Selector, cluster_inputs, n_at_k
from unriddle.problem import CallTest, Test
from unriddle.verdicts import Verdicts

__all__ = ["experiment"]

_Floats = npt.NDArray[np.float64]
_N_INPUTS = 50


@dataclass(frozen=True, slots=True)
class _Ready:
    """One problem: programs on examples and then on inputs, and which are right."""

    drawn: Verdicts
    n_examples: int
    right: npt.NDArray[np.bool_]

    def first_inputs(self, n_inputs: int) -> Verdicts:
        """Only this many inputs."""
        return self.drawn.take(None, range(min(self.drawn.shape[1], self.n_examples + n_inputs)))


def experiment(preset: Preset, *, seed: int, context: Context) -> list[Claim]:
    """Every claim of the method; all of them need the recording."""
    found = recorded_tasks(preset, context)
    if found is None:
        return [not_run("10@100: filtering and grouping beat filtering alone", NEEDS)]
    tasks = found[0]
    ready = _prepare(tasks, context, seed)
    k, resamples = (20, 5) if preset == "small" else (100, 20)
    compared: tuple[Selector, ...] = ("random", "filter", "clusters")
    values: dict[tuple[str, int], _Floats] = {
        (name, n): _n_at_k(ready, n=n, k=k, selector=name, seed=seed, resamples=resamples)
        for name in compared
        for n in (1, 3, 10)
    }
    oracle = _n_at_k(ready, n=10, k=k, selector="oracle", seed=seed, resamples=resamples)
    return [
        *_selectors(values, oracle, k, seed),
        *_more_programs(ready, preset, seed),
        *_more_inputs(ready, values[("filter", 1)], k, resamples, seed),
        *_without_examples(tasks, seed),
    ]


def _prepare(tasks: Sequence[RecordedTask], context: Context, seed: int) -> list[_Ready]:
    """Every program on the examples and on the inputs; kept like all recorded verdicts."""
    examples: dict[str, list[Test]] = {}
    groups = {}
    for i, task in enumerate(tasks):
        name = task.problem.id
        examples[name] = list(task.problem.tests or task.tests[:1])
        made = cluster_inputs(
            task.problem, task.programs, n=_N_INPUTS, written=task.tests, rng=generator(seed, stream=1000 + i)
        )
        inputs = [CallTest(test.entry, test.args, test.kwargs) for test in made]
        named = [*examples[name], *(_as_column(test, j) for j, test in enumerate(inputs))]
        groups[name] = (task.programs, named)
    ran, _ = run_kept(groups, context=context)
    return [
        _Ready(given_up(ran[task.problem.id].spread()), len(examples[task.problem.id]), task.right) for task in tasks
    ]


def _as_column(test: CallTest, j: int) -> CallTest:
    """The call with a text of its own, so that no two columns are taken for one."""
    return CallTest(test.entry, test.args, test.kwargs, source=f"input {j}")


def _n_at_k(
    ready: Sequence[_Ready],
    *,
    n: int,
    k: int,
    selector: Selector,
    seed: int,
    resamples: int,
    n_inputs: int = _N_INPUTS,
) -> _Floats:
    """``(p,)`` chance that a problem is solved."""
    rng = generator(seed, stream=2)
    return np.array(
        [
            n_at_k(
                task.first_inputs(n_inputs),
                task.right,
                k=min(k, task.right.size),
                n=n,
                n_examples=task.n_examples,
                selector=selector,
                n_resamples=resamples,
                rng=rng,
            )
            for task in ready
        ]
    )


def _selectors(values: dict[tuple[str, int], _Floats], oracle: _Floats, k: int, seed: int) -> list[Claim]:
    """n@k of each way to choose, on the same draws."""
    claims = []
    for n in (1, 3, 10):
        for better, worse in (("filter", "random"), ("clusters", "filter")):
            mine, other = values[better, n], values[worse, n]
            found, gain = spread(mine, seed=seed), spread(mine - other, seed=seed)
            word = {"filter": "filtering", "clusters": "filtering and grouping", "random": "a random choice"}
            claims.append(
                claim(
                    f"{n}@{k}: {word[better]} beats {word[worse]}{' alone' if worse == 'filter' else ''}",
                    found["value"],
                    relation=">",
                    baseline=float(other.mean()),
                    low=found["low"],
                    high=found["high"],
                    note=_ends(gain) + f"; {mine.size} problems",
                )
            )
    best, bound = float(values["clusters", 10].mean()), float(oracle.mean())
    note = f"perfect selection solves {bound:.4f}: it finds a right program among the {k} drawn, where there is one"
    return [
        *claims,
        claim(f"a gap to perfect selection remains at 10@{k}", bound - best, relation=">", baseline=0, note=note),
    ]


def _ends(gain: Interval) -> str:
    return f"paired difference {gain['value']:+.4f} [{gain['low']:+.4f}, {gain['high']:+.4f}]"


def _more_programs(ready: Sequence[_Ready], preset: Preset, seed: int) -> list[Claim]:
    """10@k at growing k; ten programs drawn at random solve the same share whatever k is."""
    ks = (10, 20) if preset == "small" else (10, 20, 50, 100)
    compared: tuple[Selector, ...] = ("random", "clusters")
    means = {
        name: [float(_n_at_k(ready, n=10, k=k, selector=name, seed=seed, resamples=10).mean()) for k in ks]
        for name in compared
    }
    note = "; ".join(f"{name} {', '.join(f'{v:.4f}' for v in row)}" for name, row in means.items())
    note = f"10@k at k = {', '.join(map(str, ks))}: {note}"
    return [
        claim(
            "more programs help when filtered and grouped: 10@k gained from the first to the last k",
            means["clusters"][-1] - means["clusters"][0],
            relation=">",
            baseline=0.0,
            note=note,
        ),
    ]


def _more_inputs(ready: Sequence[_Ready], alone: _Floats, k: int, resamples: int, seed: int) -> list[Claim]:
    """1@k with 0, 5, 20 and 50 inputs to group by: it rises, then stays."""
    means = {}
    for n_inputs in (0, 5, 20, _N_INPUTS):
        found = _n_at_k(ready, n=1, k=k, selector="clusters", seed=seed, resamples=resamples, n_inputs=n_inputs)
        means[n_inputs] = float(found.mean())
    note = ", ".join(f"{n_inputs} inputs {value:.4f}" for n_inputs, value in means.items())
    note = f"1@{k}: {note}; filtering alone {alone.mean():.4f}"
    return [
        claim("five inputs to group by are better than none", means[5], relation=">", baseline=means[0], note=note),
        claim(
            "the gain levels off: from 20 inputs to 50 it changes by at most as much as from 0 to 20",
            abs(means[_N_INPUTS] - means[20]),
            relation="<=",
            baseline=abs(means[20] - means[0]),
            note=note,
        ),
    ]


def _without_examples(tasks: Sequence[RecordedTask], seed: int) -> list[Claim]:
    """The baseline of the CodeT paper: groups by equal outputs on the inputs of written tests, no examples at all."""
    names = ("AlphaCode clusters", "CodeT", "random")
    values = {name: pass_at_1(tasks, RULES[name]) for name in names}
    gap = spread(values["CodeT"] - values["AlphaCode clusters"], seed=seed)
    means = ", ".join(f"{name} {value.mean():.4f}" for name, value in values.items())
    note = f"pass@1 without examples: {means}; {_ends(gap)}; published: a few points below CodeT"
    return [
        claim(
            "without examples, groups by equal outputs gain over a random choice",
            float(values["AlphaCode clusters"].mean()),
            relation=">",
            baseline=float(values["random"].mean()),
            note=note,
        ),
        claim(
            "and stay below CodeT, as published",
            float(values["AlphaCode clusters"].mean()),
            relation="<=",
            baseline=float(values["CodeT"].mean()),
            note=note,
        ),
    ]
