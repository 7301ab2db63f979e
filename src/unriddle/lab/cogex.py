"""The experiment of ``unriddle.methods.cogex``: does one program that was chosen on labelled data serve new data?

Programs come from a grammar per task, leaves are Python that errs, and everything runs in the sandbox; a small model is
trained to emulate in the full preset. Not covered: the paper's own model and tasks, which were not published.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from unriddle.benchmarks.metrics import bootstrap, paired_bootstrap
from unriddle.contracts import Executor
from unriddle.lab._coc_words import KINDS
from unriddle.lab._cogex_control import control, vote
from unriddle.lab._cogex_emulation import NAMES, emulation
from unriddle.lab._cogex_tables import ERROR, Floats, Table, make_table
from unriddle.lab._cogex_tasks import TASKS, leaves
from unriddle.lab.base import Claim, Context, Preset, claim, generator, not_run
from unriddle.methods._coc_emulate import Leaves
from unriddle.methods._cogex_prompt import as_text
from unriddle.methods.cogex import (
    PseudoProgram,
    exact,
    leaf_emulator,
    run_emulator,
    task_search,
    voted,
)

__all__ = ["experiment"]


def experiment(preset: Preset, *, seed: int, context: Context) -> list[Claim]:
    """Every claim of the method."""
    small = preset == "small"
    n_dev, n_test = (100, 200) if small else (200, 500)
    with context.executor() as executor:
        tables = []
        for number, task in enumerate(TASKS):
            context.say(f"running the programs of {task.name}")
            rng = generator(seed, stream=number)
            tables.append(make_table(task, executor, n_search=30 + n_dev, n_test=n_test, seed=seed, rng=rng))
        claims = _search(tables, n_searches=10 if small else 30, seed=seed)
        claims += vote(tables, executor, seed=seed)
        claims += control(tables, executor, seed=seed)
        claims += _curve(tables, sizes=(10, 50, n_dev), n_searches=20 if small else 100, seed=seed)
        context.say("asking for leaves, and running them")
        claims += _paths(executor, n=10 if small else 40, seed=seed)
        if small:
            why = "trains a model for minutes; run --preset full"
            return [*claims, *(not_run(name, why) for name in NAMES)]
        return claims + emulation(executor, n_steps=600, n_new=200, seed=seed, context=context)


def _search(tables: Sequence[Table], *, n_searches: int, seed: int) -> list[Claim]:
    """Searches with their own training examples and proposals, measured on new examples."""
    rows = [_one_search(table, generator(seed, stream=100 * t + s)) for t, table in enumerate(tables)
            for s in range(n_searches)]  # fmt: skip
    found = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    by_task = {name: values.reshape(len(tables), n_searches).mean(axis=1) for name, values in found.items()}
    note = "; ".join(
        f"{task.name} {by_task['one'][t]:.2f} of {by_task['best'][t]:.2f}, mean {by_task['mean'][t]:.2f}"
        for t, task in enumerate(TASKS)
    )
    rng = generator(seed, stream=9999)
    behind = paired_bootstrap(found["one"], found["best"], rng=rng)
    above = paired_bootstrap(found["one"], found["mean"], rng=rng)
    first = paired_bootstrap(found["one"], found["first"], rng=rng)
    each = paired_bootstrap(found["one"], found["each"], rng=rng)
    noisy = np.repeat([table.has_leaves for table in tables], n_searches)
    three = paired_bootstrap(found["three"][noisy], found["one"][noisy], rng=rng)
    same = bootstrap(found["same"], rng=rng)
    spent = bootstrap(found["spent"], rng=rng)
    own = paired_bootstrap(found["dev"], found["one"], rng=rng)
    sizes = (
        f"intervals over searches, each with another split; {len(tables)} tasks, {n_searches} searches each, a program "
        "from each of 30 examples"
    )
    return [
        claim("the chosen program on new examples, against the best candidate", behind["value"], relation=">=",
              baseline=-0.05, low=behind["low"], high=behind["high"], note=f"{sizes}; {note}"),
        claim("the chosen program beats the mean candidate", above["value"], relation=">=", baseline=0.2,
              low=above["low"], high=above["high"]),
        claim("the chosen program beats the first candidate", first["value"], relation=">", baseline=0.0,
              low=first["low"], high=first["high"]),
        claim("the chosen program beats a random candidate for each example", each["value"], relation=">",
              baseline=0.0, low=each["low"], high=each["high"]),
        claim("three programs and a vote are no worse than one, where leaves err", three["value"], relation=">=",
              baseline=0.0, low=three["low"], high=three["high"],
              note=f"{found['three'][noisy].mean():.3f} against {found['one'][noisy].mean():.3f}, leaves wrong in "
              f"{ERROR:.0%} of calls; {_why(tables, by_task)}"),
        claim("halving: searches that find a program as good as the full table's", same["value"], relation=">=",
              baseline=0.9, low=same["low"], high=same["high"], note="at most one point worse on new examples"),
        claim("halving: share of the full table's emulations", spent["value"], relation="<=", baseline=0.25,
              low=spent["low"], high=spent["high"]),
        claim("the score that chose a program is too good for new examples", own["value"], relation=">=",
              baseline=0.0, low=own["low"], high=own["high"], note="score on the choosing examples minus on new ones"),
    ]  # fmt: skip


def _why(tables: Sequence[Table], by_task: Mapping[str, Floats]) -> str:
    """Where a vote of three gains or loses: it takes three programs that are right but for their leaves."""
    told = [
        f"{table.task.name} {by_task['three'][t] - by_task['one'][t]:+.3f} with {by_task['sound'][t]:.1f} right "
        f"programs of the 3 ({table.sound.sum()} of {len(table.programs)} in the grammar)"
        for t, table in enumerate(tables)
        if table.has_leaves
    ]
    return "; ".join(told)


def _one_search(table: Table, rng: np.random.Generator) -> dict[str, float]:
    """Accuracies on new examples of what a search chose and of what it is compared with."""
    proposed: list[int] = []

    def propose(_: Any, n: int) -> list[PseudoProgram]:
        chosen = rng.integers(len(table.programs), size=n).tolist()
        proposed.extend(chosen)
        return [table.programs[i] for i in chosen]

    order = rng.permutation(len(table.data))  # another split each time, or all searches would share its luck
    seen, new_places = [table.data[j] for j in order[: table.n_search]], order[table.n_search :]
    state = rng.bit_generator.state
    full = task_search(seen, propose, table.emulate, rng=rng, n=30, k=3)
    candidates = np.unique(proposed)
    rng.bit_generator.state = state  # the same training examples and proposals again
    halved = task_search(seen, propose, table.emulate, rng=rng, n=30, k=1, spend="halving")
    new = table.right[:, new_places]
    one, three = (_accuracy(table, full.programs[:n], new_places, rng) for n in (1, 3))
    quick = _accuracy(table, halved.programs, new_places, rng)
    drawn = rng.choice(candidates, size=new.shape[1])
    return {
        "one": one,
        "three": three,
        "best": float(new[candidates].mean(axis=1).max()),
        "mean": float(new[candidates].mean()),
        "first": float(new[proposed[0]].mean()),
        "each": float(new[drawn, np.arange(new.shape[1])].mean()),
        "same": float(quick >= one - 0.01),
        "spent": halved.n_emulations / full.n_emulations,
        "dev": full.dev_scores[0],
        "sound": sum(table.sound[table.programs.index(program)] for program in full.programs),
    }


def _accuracy(
    table: Table, programs: Sequence[PseudoProgram], places: npt.NDArray[np.intp], rng: np.random.Generator
) -> float:
    """Share of the examples at these places that a vote of the programs gets right."""
    new = [table.data[j] for j in places]
    answers = [table.emulate(program, [given for given, _ in new]) for program in programs]
    found = [voted([of[j] for of in answers], rng=rng) for j in range(len(new))]
    return float(np.mean([exact(one, wanted) for one, (_, wanted) in zip(found, new, strict=True)]))


def _curve(tables: Sequence[Table], *, sizes: tuple[int, int, int], n_searches: int, seed: int) -> list[Claim]:
    """How many examples choosing takes."""
    rng = generator(seed, stream=7777)
    found = np.zeros((len(tables) * n_searches, len(sizes)))
    for row in range(len(found)):
        table = tables[row // n_searches]
        candidates = rng.integers(len(table.programs), size=30)
        order = rng.permutation(len(table.data))
        for s, size in enumerate(sizes):
            scores = table.right[np.ix_(candidates, order[:size])].mean(axis=1)
            chosen = candidates[int(scores.argmax())]
            found[row, s] = table.right[chosen, order[table.n_search :]].mean()
    gap = paired_bootstrap(found[:, 2], found[:, 1], rng=rng)
    means = ", ".join(f"{size}: {value:.3f}" for size, value in zip(sizes, found.mean(axis=0), strict=True))
    return [
        claim(f"{sizes[1]} examples choose nearly as well as {sizes[2]}: what more of them gain", gap["value"],
              relation="<=", baseline=0.02, low=gap["low"], high=gap["high"], note=f"accuracy by examples: {means}"),
    ]  # fmt: skip


def _paths(executor: Executor, *, n: int, seed: int) -> list[Claim]:
    """Leaves asked for from outside, and leaves that are Python in the sandbox: the same answers."""
    kinds = {word: kind for kind, words in KINDS.items() for word in words}
    asked = Leaves(
        {"is_kind": lambda word, kind: kinds.get(word) == kind, "is_flipped": lambda text: "does not" not in text}
    )
    same = []
    for task in TASKS[3], TASKS[5]:
        inputs = [given for given, _ in task.data(n, rng=generator(seed, stream=50))]
        for program in task.programs()[:3]:
            ran = run_emulator(leaves(error=0.0, salt=""), executor=executor)(program, inputs)
            filled = leaf_emulator(asked, executor=executor)(program, inputs)
            same += [as_text(a) == as_text(b) and a is not None for a, b in zip(ran, filled, strict=True)]
    return [
        claim("leaves asked for one by one give the answers of leaves that run", float(np.mean(same)), relation="==",
              baseline=1.0, note=f"{len(same)} runs, {asked.n_calls} leaves asked for"),
    ]  # fmt: skip
