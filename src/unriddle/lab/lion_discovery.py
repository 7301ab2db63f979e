"""The experiment of ``unriddle.methods.lion_discovery``: keys, liveness, search against rivals, Lion by algebra.

Not covered: the paper's tasks on accelerators; a search long enough to find Lion.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from unriddle.benchmarks.metrics import bootstrap
from unriddle.grammar.array_mutate import mutate_program
from unriddle.grammar.array_program import ArrayProgram, abstract_execute
from unriddle.grammar.array_run import compile_program
from unriddle.grammar.array_text import show_program
from unriddle.lab._lion_search import Plan, SeedResult, one_seed
from unriddle.lab._lion_transformer import transformer_claim
from unriddle.lab.base import Claim, Context, Preset, claim, generator, not_run
from unriddle.methods.lion_discovery import adamw_program, lion_program, raw_lion_program, simplify

__all__ = ["experiment"]

_PLANS = {"small": Plan(2000, 50, 200, 20, 3, 10), "full": Plan(20_000, 100, 2000, 50, 10, 20)}
"""With the paper's thousand members 20,000 children would be 20 generations; with a hundred they are 200."""
_N_SEEDS = {"small": 3, "full": 5}
_TRANSFORMER = "Lion's loss on the small transformer over AdamW's, each with the best of 4 learning rates"


def experiment(preset: Preset, *, seed: int, context: Context) -> list[Claim]:
    """Every claim of the method; the transformer is trained by the full preset only."""
    claims = [*_machinery(2000, seed), *_algebra(seed)]
    found = [one_seed(i, _PLANS[preset], seed=seed, context=context) for i in range(_N_SEEDS[preset])]
    claims += [*_cache(found), *_search(found, seed), *_funnel(found, seed)]
    if preset == "small":
        return [*claims, not_run(_TRANSFORMER, "eight trainings; --preset full has them", relation="<=")]
    return [*claims, transformer_claim(_TRANSFORMER, seed=seed, context=context)]


def _machinery(n_pairs: int, seed: int) -> list[Claim]:
    """Pairs of different programs with one key, from walks of mutations; each pair on 20 random inputs at once."""
    rng = generator(seed, stream=1)
    pairs: list[tuple[ArrayProgram, ArrayProgram]] = []
    walked: list[ArrayProgram] = []
    while len(pairs) < n_pairs:
        program = adamw_program()
        by_key = {abstract_execute(program).key: program}
        for _ in range(40):
            program = mutate_program(program, rng=rng)
            walked.append(program)
            twin = by_key.setdefault(abstract_execute(program).key, program)
            if twin.statements != program.statements:
                pairs.append((twin, program))
    inputs = [rng.normal(size=(20, 1 if name == "lr" else 5)) for name, _ in adamw_program().space.inputs]
    wrong = sum(not _equal(_outputs(a, inputs), _outputs(b, inputs)) for a, b in pairs[:n_pairs])
    dead = sum(not _equal(_outputs(p, inputs), _outputs(p, inputs, live_only=False)) for p in walked[:n_pairs])
    return [
        claim(
            f"pairs of {n_pairs} with equal keys whose outputs differ on 20 random inputs",
            wrong,
            relation="==",
            baseline=0,
            note="different programs, from walks of 40 mutations",
        ),
        claim(
            f"programs of {n_pairs} whose outputs change when dead statements are skipped",
            dead,
            relation="==",
            baseline=0,
        ),
    ]


def _outputs(program: ArrayProgram, inputs: Sequence[np.ndarray], *, live_only: bool = True) -> list[np.ndarray]:
    with np.errstate(all="ignore"):
        return list(compile_program(program, live_only=live_only)(*inputs))


def _equal(one: Sequence[np.ndarray], other: Sequence[np.ndarray]) -> bool:
    return all(np.array_equal(a, b, equal_nan=True) for a, b in zip(one, other, strict=True))


def _algebra(seed: int) -> list[Claim]:
    """Lion from the paper's raw program, by the simplifier alone and by running both."""
    raw, lion = raw_lion_program(), lion_program()
    short = simplify(raw)
    rng = generator(seed, stream=2)
    signs, largest = _side_by_side(raw, lion, rng)
    same, between = _side_by_side(raw, short, rng)
    text = "; ".join(line.strip() for line in show_program(short).splitlines()[1:-1])
    calls = {statement.function for statement in short.statements}
    form = calls == {"interp", "sign", "multiply"} and len(short.statements) <= len(lion.statements)
    note = f"100 steps from zero state, |c| < 1e-9 left out; largest difference of the momenta {largest:.1e}"
    return [
        claim("share of equal sign updates of the raw program and Lion", signs, relation="==", baseline=1, note=note),
        claim("largest difference of the momenta of the raw program and Lion", largest, relation="<=", baseline=1e-6),
        claim(
            "the simplifier makes Lion of the raw program: sign of an interpolation, momentum interpolated with 0.99",
            float(form and same == 1 and between <= 1e-6),
            relation="==",
            baseline=1,
            note=text,
        ),
    ]


def _side_by_side(one: ArrayProgram, other: ArrayProgram, rng: np.random.Generator) -> tuple[float, float]:
    """Share of equal signs of the updates over 100 steps, and the largest difference of the momenta.

    The momentum is ``v`` in the raw program and what is made of it, ``m`` in Lion as it is written.
    """
    first, second = compile_program(one), compile_program(other)
    w = rng.normal(size=(4, 50))
    rate = np.ones(1)
    states = [[np.zeros_like(w), np.zeros_like(w)] for _ in range(2)]
    slots = [1 if "v = " in show_program(program) else 0 for program in (one, other)]
    equal = total = 0
    largest = 0.0
    for _ in range(100):
        g = rng.normal(size=w.shape)
        c = 0.1 * g + 0.9 * states[0][slots[0]]
        a, *states[0] = first(w, g, *states[0], rate)
        b, *states[1] = second(w, g, *states[1], rate)
        clear = np.abs(c) >= 1e-9
        equal += int((np.sign(a) == np.sign(b))[clear].sum())
        total += int(clear.sum())
        largest = max(largest, float(np.abs(states[0][slots[0]] - states[1][slots[1]]).max()))
    return equal / total, largest


def _cache(found: Sequence[SeedResult]) -> list[Claim]:
    rates = [one.history.hit_rate for one in found]
    history = found[0].history
    note = ", ".join(
        f"{one.history.n_evaluated} of {one.history.n_children} evaluated, {one.history.redundant:.0%} of the members' "
        "statements redundant"
        for one in found
    )
    return [
        claim(
            f"share of {history.n_children} children whose fitness was known by their key",
            float(np.mean(rates)),
            relation=">=",
            baseline=0.5,
            low=min(rates),
            high=max(rates),
            note=f"low and high are the lowest and highest of {len(found)} seeds; {note}",
        )
    ]


def _search(found: Sequence[SeedResult], seed: int) -> list[Claim]:
    """Evolution against its rivals on A, where it was searched, at equal evaluations."""
    rivals: dict[str, Callable[[SeedResult], float]] = {
        "changing constants only": lambda one: one.constants,
        "random programs": lambda one: one.random,
        "AdamW's grid": lambda one: one.tuned.best_on_a,
    }
    best = [one.history.best.fitness for one in found]
    claims = []
    for name, value in rivals.items():
        other = [value(one) for one in found]
        rows = ", ".join(f"{a:.4f} ({b:.4f})" for a, b in zip(best, other, strict=True))
        claims.append(
            _difference(
                f"best fitness on A: evolution above {name}, mean difference over seeds",
                best,
                other,
                seed=seed,
                note=f"as many evaluations; minus the loss, evolution ({name}): {rows}",
            )
        )
    return claims


def _difference(name: str, ours: Sequence[float], others: Sequence[float], *, seed: int, note: str) -> Claim:
    gaps = np.array(ours) - np.array(others)
    ends = bootstrap(gaps, rng=generator(seed, stream=3))
    return claim(name, float(gaps.mean()), relation=">", baseline=0.0, low=ends["low"], high=ends["high"], note=note)


def _funnel(found: Sequence[SeedResult], seed: int) -> list[Claim]:
    """What the search found on unseen tasks, beside its start, tuned AdamW and the best on A."""
    at = {size: {name: [one.tests[size][name] for one in found] for name in found[0].tests[size]} for size in "BC"}
    n = len(found)
    wins = [at["B"]["winner"][i] >= at["B"]["AdamW"][i] for i in range(n)]
    wins_c = [at["C"]["winner"][i] >= at["C"]["AdamW"][i] for i in range(n)]
    better = [all(at[size]["winner"][i] > at[size]["start"][i] for size in "BC") for i in range(n)]
    falls = [max(p.elsewhere for p in one.curve) - one.curve[-1].elsewhere for one in found]
    sizes = ", ".join(f"{len(one.funnel.winner.statements)} to {len(one.short.statements)}" for one in found)
    lost = [b - a for a, b in zip(at["B"]["winner"], at["B"]["simplified"], strict=True)]
    beat = ", ".join("/".join(map(str, one.funnel.n_beat)) for one in found)
    programs = " | ".join(
        "; ".join(line.strip() for line in show_program(one.short).splitlines()[1:-1]) for one in found
    )
    return [
        claim("seeds whose funnel winner beats the start on unseen tasks of sizes B and C", sum(better),
              relation=">=", baseline=int(np.ceil(0.8 * n)),
              note=f"{n} seeds; B: {_rows(at['B'], 'winner', 'start')}; C: {_rows(at['C'], 'winner', 'start')}"),
        claim("seeds whose funnel winner reaches tuned AdamW on unseen tasks of size B", sum(wins),
              relation=">=", baseline=int(np.ceil(0.6 * n)),
              note=f"{n} seeds; {_rows(at['B'], 'winner', 'AdamW')}; on C {sum(wins_c)} seeds: "
              f"{_rows(at['C'], 'winner', 'AdamW')}; programs over AdamW on B/C of the funnel: {beat}"),
        _difference("unseen tasks of size B: funnel winner above the best on A, mean difference over seeds",
                    at["B"]["winner"], at["B"]["best on A"], seed=seed, note=_rows(at["B"], "winner", "best on A")),
        claim("meta-overfitting: fall on B from the best moment of the search to its end, mean over seeds",
              float(np.mean(falls)), relation=">", baseline=0.0, note=_curves(found)),
        claim("simplified winners on unseen tasks of size B: largest loss of fitness", -min(lost),
              relation="<=", baseline=0.005, note=f"statements: {sizes}; programs: {programs}"),
    ]  # fmt: skip


def _rows(values: dict[str, list[float]], one: str, other: str) -> str:
    pairs = ", ".join(f"{a:.4f} ({b:.4f})" for a, b in zip(values[one], values[other], strict=True))
    return f"{one} ({other}) {pairs}"


def _curves(found: Sequence[SeedResult]) -> str:
    texts = []
    for one in found:
        points = [one.curve[i] for i in sorted({0, len(one.curve) // 3, 2 * len(one.curve) // 3, len(one.curve) - 1})]
        texts.append(", ".join(f"{p.n_children}: {p.fitness:.3f}/{p.elsewhere:.3f}" for p in points))
    return "children: fitness on A/on B; " + "; ".join(texts)
