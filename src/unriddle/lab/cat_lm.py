"""The experiment of ``unriddle.methods.cat_lm``: the pair miner, the filter, and whether alignment is what helps.

The miner pairs the interpreter's own library and installed packages that bring their tests. The filter runs recorded
asserts on HumanEval's reference programs. The models learn functions of the generated world with asserts, aligned or
shuffled, and are asked about functions whose structure is held out; HumanEval is in nobody's training. Not covered:
training on whole files, and a model of the paper's size.
"""

from __future__ import annotations

import importlib.util
import sysconfig
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from unriddle.benchmarks.metrics import bootstrap, paired_bootstrap
from unriddle.data.code_test_pairs import Pair, drop_copies, mine
from unriddle.data.file_names import subject
from unriddle.errors import MissingExtra
from unriddle.lab._cat_filter import KS, RECORDING, Filtered, filtered, yields
from unriddle.lab.base import Claim, Context, Preset, claim, generator, not_run

if TYPE_CHECKING:
    from unriddle.lab._cat_models import Plan

__all__ = ["experiment", "repositories"]

_Floats = npt.NDArray[np.float64]

_PACKAGES = {"small": ("networkx", "numpy"), "full": ("networkx", "sympy", "scipy", "numpy", "matplotlib")}


@dataclass(frozen=True, slots=True)
class _Sizes:
    """Functions that are filtered, asserts and mutants of each; how the models are trained and judged."""

    n_tasks: int
    n_tests: int
    n_mutants: int
    size: str
    n_train: int
    tokens: int
    n_held_out: int
    n_sampled: int
    n_draws: int


_SIZES: Mapping[str, _Sizes] = {
    "small": _Sizes(6, 20, 20, "200k", 600, 60_000, 60, 8, 5),
    "full": _Sizes(100, 40, 40, "1m", 2000, 200_000, 200, 30, 10),
}


def experiment(preset: Preset, *, seed: int, context: Context) -> list[Claim]:
    """Every claim; the first run of the full preset trains two models for some minutes each."""
    sizes = _SIZES[preset]
    claims = _miner(repositories(preset), seed, context)
    found = filtered(context, n_tasks=sizes.n_tasks, n_tests=sizes.n_tests, n_mutants=sizes.n_mutants, seed=seed)
    if found is None:
        claims.append(not_run("the filter on recorded asserts", f"needs {RECORDING} of the reference data"))
    else:
        claims += _filter(found, seed)
    try:
        from unriddle.lm.hf_folder import need_torch

        need_torch("training a small model")
    except MissingExtra as error:
        return [*claims, not_run("alignment of code and test", str(error))]
    from unriddle.lab._cat_models import Plan
    from unriddle.train.threads import one_thread

    plan = Plan(sizes.size, sizes.n_train, sizes.tokens)
    with one_thread():
        return claims + _alignment(plan, sizes, seed, context, judged=preset == "full")


def repositories(preset: Preset) -> dict[str, Path]:
    """Folders with code and tests on this machine: installed packages, and the interpreter's library in ``full``."""
    found = {}
    library = Path(sysconfig.get_path("stdlib"))
    if preset == "full" and (library / "test" / "test_json").is_dir():
        found["python"] = library
    for name in _PACKAGES[preset]:
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.submodule_search_locations:
            found[name] = Path(next(iter(spec.submodule_search_locations)))
    return found


def _miner(folders: Mapping[str, Path], seed: int, context: Context) -> list[Claim]:
    """Precision by imports, of the default and of equal names alone."""
    if not folders:
        return [not_run("precision of the pairs", "no installed package here brings its tests")]
    context.say(f"pairing code and tests of {', '.join(folders)}")
    mined = [mine(folder, repo=name) for name, folder in folders.items()]
    pairs = drop_copies([pair for one in mined for pair in one.pairs])
    # What ``mine(exact=True)`` gives: similar names are only looked for where no equal one is.
    exact = [pair for pair in pairs if subject(pair.test_path) == subject(pair.code_path)]
    good, strict = (np.array([bool(test(p)) for p in pairs], float) for test in (_confirmed, _imported))
    share, sure = (bootstrap(values, rng=generator(seed, stream=1)) for values in (good, strict))
    n_files = sum(one.counts["code"] + one.counts["test"] for one in mined)
    each = ", ".join(f"{one.repo} {sum(map(_confirmed, one.pairs))} of {len(one.pairs)}" for one in mined)
    tokens = sum(p.code_tokens for p in pairs), sum(p.test_tokens for p in pairs)
    note = f"{len(pairs)} pairs from {n_files} files, {tokens[0]:,} tokens of code and {tokens[1]:,} of tests; {each}"
    n_exact = sum(map(_confirmed, exact))
    return [
        claim(
            "pairs whose test imports the module, or a package above it and a name of the module",
            share["value"], relation=">", baseline=0.9, low=share["low"], high=share["high"], note=note,
        ),
        claim(
            "pairs whose test imports that very module", sure["value"], relation=">", baseline=0.9, low=sure["low"],
            high=sure["high"], note="packages hand their names on, so that tests need not name the module",
        ),
        claim(
            "right pairs (by imports) found by the default, against equal names alone", float(good.sum()),
            relation=">", baseline=float(n_exact),
            note=f"precision of equal names {n_exact / max(1, len(exact)):.3f} over {len(exact)} pairs",
        ),
    ]  # fmt: skip


def _confirmed(pair: Pair) -> bool:
    return bool(pair.imports)


def _imported(pair: Pair) -> bool:
    return pair.imports == "module"


def _filter(found: Sequence[Filtered], seed: int) -> list[Claim]:
    """Yields, and greedy against random choice."""
    counts = yields(found)
    some = [one for one in found if one.report.yields["new"] > 1]
    note = f"{len(some)} of {len(found)} functions have 2 tests or more that pass and are new; "
    flow = ", ".join(f"{stage} {n}" for stage, n in counts.items())
    after = np.mean([one.report.coverage_after for one in found])
    claims = [
        claim("share of recorded asserts that pass twice", counts["pass"] / max(1, counts["drawn"]), relation=">",
              baseline=0.0, note=f"tests left: {flow}; mean branch coverage of all kept {after:.3f}"),
    ]  # fmt: skip
    if not some:
        return [*claims, not_run("greedy against random choice", "no function has two tests that pass")]
    greedy, random = (np.array([getattr(one, name) for one in some]) for name in ("greedy", "random"))
    gaps = np.nanmean(greedy - random, axis=0)
    table = ", ".join(f"k={k}: {a:.3f} ({b:.3f})" for k, a, b in zip(KS, _mean(greedy), _mean(random), strict=True))
    claims.append(
        claim("branch coverage, greedy minus random choice: the smallest difference over k", float(gaps.min()),
              relation=">=", baseline=0.0, note=f"{note}greedy (random): {table}")
    )  # fmt: skip
    many = [one for one in some if one.n_mutants]
    kills, chance = (np.array([getattr(one, f"killed_{name}") for one in many]) for name in ("greedy", "random"))
    shown = ", ".join(f"k={k}: {a:.3f} ({b:.3f})" for k, a, b in zip(KS, _mean(kills), _mean(chance), strict=True))
    enough = sum(one.n_mutants >= 30 for one in many)
    for place in (0, 1, 2):
        gap = paired_bootstrap(kills[:, place], chance[:, place], rng=generator(seed, stream=2))
        claims.append(
            claim(f"mutants told from the reference by {KS[place]} test(s), greedy minus random choice", gap["value"],
                  relation=">", baseline=0.0, low=gap["low"], high=gap["high"],
                  note=f"{len(many)} functions, {enough} of them with 30 mutants or more; greedy (random): {shown}")
        )  # fmt: skip
    return claims


def _mean(rows: _Floats) -> _Floats:
    return np.asarray(np.nanmean(rows, axis=0), dtype=np.float64)


def _alignment(plan: Plan, sizes: _Sizes, seed: int, context: Context, *, judged: bool) -> list[Claim]:
    from unriddle.lab._cat_ask import Asked, losses, sampled
    from unriddle.lab._cat_models import items, trained

    held_out = items(plan, split="held_out", n=sizes.n_held_out, seed=seed + 1)
    lms = {layout: trained(plan, layout, seed=seed, context=context) for layout in ("paired", "shuffled")}
    lost = {layout: losses(lm, held_out) for layout, (lm, _) in lms.items()}
    weights = lms["paired"][1]
    note = f"{weights:,} weights, {plan.tokens:,} tokens each, {len(held_out)} held-out functions; nats per token: "
    note += "; ".join(
        f"{layout} {', '.join(f'{name} {rows.mean():.3f}' for name, rows in by.items())}" for layout, by in lost.items()
    )
    claims = _losses(lost, note, seed)
    if not judged:
        return [*claims, not_run(_RIGHT, _LATER), not_run(_PASSING, _LATER), not_run(_CONTEXT, _LATER)]
    few = held_out[: sizes.n_sampled]
    asked: dict[tuple[str, bool], list[Asked]] = {}
    with context.executor() as executor:
        for layout, (lm, _) in lms.items():
            for given in (False, True):
                context.say(f"drawing tests from the {layout} model{', its import given' if given else ''}")
                asked[layout, given] = sampled(lm, few, executor=executor, n=sizes.n_draws, seed=seed, given=given)
    return claims + _sampled(asked, seed)


_LATER = "the full preset only: in seconds a model does not learn to copy a name"
_RIGHT = "drawn tests that call the right function, aligned minus shuffled model"
_PASSING = "drawn tests that call the right function and pass, aligned minus shuffled model"
_CONTEXT = "distinct tests that pass and are new per function, the aligned model with the code minus without it"


def _losses(lost: Mapping[str, Mapping[str, _Floats]], note: str, seed: int) -> list[Claim]:
    """Per-token loss of the test: the true code, another code, none."""
    paired, shuffled = lost["paired"], lost["shuffled"]
    rows = (
        ("aligned model: the test is likelier after its code than after another", paired["other"], paired["true"]),
        ("aligned model: the test is likelier after its code than without any", paired["none"], paired["true"]),
        ("the aligned model beats the shuffled one, given the true code", shuffled["true"], paired["true"]),
        ("the aligned model loses its edge, given another code: it is not better there", paired["other"],
         shuffled["other"]),
    )  # fmt: skip
    claims = []
    for name, worse, better in rows:
        gap = paired_bootstrap(worse, better, rng=generator(seed, stream=4))
        claims.append(
            claim(f"{name} (nats per token gained)", gap["value"], relation=">", baseline=0.0, low=gap["low"],
                  high=gap["high"], note=note)
        )  # fmt: skip
    gap = paired_bootstrap(shuffled["other"], shuffled["true"], rng=generator(seed, stream=5))
    name = "shuffled model: the true code helps no more than another (share of the aligned model's gain)"
    gain = float((paired["other"] - paired["true"]).mean())
    share = gap["value"] / gain if gain > 0 else float("nan")
    return [*claims, claim(name, share, relation="<", baseline=0.1, note=note)]


def _sampled(asked: Mapping[tuple[str, bool], Sequence[object]], seed: int) -> list[Claim]:
    """Shares of drawn tests, and what the code in the prompt adds."""

    def rows(layout: str, given: bool, name: str) -> _Floats:
        return np.array([getattr(one, name) for one in asked[layout, given]], dtype=np.float64)

    claims = []
    for title, field in ((_RIGHT, "right"), (_PASSING, "passing")):
        aligned, control = (rows(layout, False, field) for layout in ("paired", "shuffled"))
        gap = paired_bootstrap(aligned, control, rng=generator(seed, stream=6))
        claims.append(
            claim(title, gap["value"], relation=">", baseline=0.0, low=gap["low"], high=gap["high"],
                  note=f"{len(aligned)} functions; aligned {aligned.mean():.3f}, shuffled {control.mean():.3f}")
        )  # fmt: skip
    for title, field in ((_CONTEXT, "new"), (f"{_CONTEXT}, as a share of the draws", "passing")):
        having, without = rows("paired", True, field), rows("paired", True, f"{field}_without")
        other = rows("shuffled", True, field), rows("shuffled", True, f"{field}_without")
        gap = paired_bootstrap(having, without, rng=generator(seed, stream=7))
        claims.append(
            claim(title, gap["value"], relation=">", baseline=0.0, low=gap["low"], high=gap["high"],
                  note=f"{len(having)} functions, the test's import given; with {having.mean():.3f}, without "
                  f"{without.mean():.3f}; the shuffled model: {other[0].mean():.3f} and {other[1].mean():.3f}")
        )  # fmt: skip
    return claims
