"""The experiment of ``unriddle.methods.pyfixv``: generated syntax errors on the functions of the interpreter's library.

Repairers are fitted, thresholds chosen and claims measured on different files, and five of the mistakes are in none of
what is fitted. Not covered: students' own programs, which are not public, and graders.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from unriddle.data.syntax_breaks import OPERATORS, BrokenProgram, break_programs
from unriddle.lab._pyfixv_baselines import first_that_parses, hinted, without_line
from unriddle.lab._pyfixv_data import HELD_OUT, Sides, fit_repairers, graded, is_right, read_sides, run_feedback
from unriddle.lab._pyfixv_more import shipped_claims, small_model_claim
from unriddle.lab._pyfixv_wrong import wrong_claims
from unriddle.lab._resample import resampled
from unriddle.lab.base import Claim, Context, Preset, claim, generator
from unriddle.language.loose_tokens import essential_tokens
from unriddle.methods._pac_calibrate import upper_bound
from unriddle.methods._pyfixv_store import Repairers
from unriddle.methods.pyfixv import Feedback, Graded, area, calibrate

__all__ = ["experiment"]

_SIZES = {"small": (200, 250, 500), "full": (1000, 1000, 2000)}
"""Broken programs to fit each repairer on, to calibrate on, to measure on."""


def experiment(preset: Preset, *, seed: int, context: Context) -> list[Claim]:
    """Recovery, precision against coverage, baselines, held-out mistakes, wrong explanations."""
    n_fit, n_known, n_test = _SIZES[preset]
    sides = read_sides(most=2000 if preset == "small" else None)
    repairers, calibration, test = _prepared(sides, n_fit, n_known, n_test, seed=seed, context=context)
    programs, found = test
    rows, known = graded(programs, found), graded(*calibration)
    return [
        *_recovery(programs, found, rows),
        *_against_baselines(programs, found, repairers, seed),
        *_curve(found, rows),
        *_thresholds(programs, rows, known),
        *_held_out(programs, rows, known),
        *wrong_claims(calibration, test, repairers.second.tokens, rng=generator(seed, stream=6)),
        *shipped_claims(preset, seed=seed, context=context),
        small_model_claim(programs, found, preset=preset, context=context),
    ]


_Graded = tuple[list[BrokenProgram], list[Feedback]]


def _prepared(
    sides: Sides, n_fit: int, n_known: int, n_test: int, *, seed: int, context: Context
) -> tuple[Repairers, _Graded, _Graded]:
    """Repairers, and feedback on the calibration side (held-out mistakes left out) and the test side (all)."""
    fitted_on = [name for name in OPERATORS if name not in HELD_OUT]
    repairers = fit_repairers(sides.train, rng=generator(seed, stream=1), n=n_fit, operators=fitted_on, say=context.say)
    known = break_programs(sides.calibration, rng=generator(seed, stream=2), n=n_known, operators=fitted_on)
    test = break_programs(sides.test, rng=generator(seed, stream=3), n=n_test)
    rng = generator(seed, stream=4)
    first = run_feedback(known, repairers, rng=rng, say=context.say)
    return repairers, (known, first), (test, run_feedback(test, repairers, rng=rng, say=context.say))


def _recovery(programs: Sequence[BrokenProgram], found: Sequence[Feedback], rows: Sequence[Graded]) -> list[Claim]:
    n = len(programs)
    same = [
        one.fixed is not None and essential_tokens(one.fixed) == essential_tokens(program.original)
        for program, one in zip(programs, found, strict=True)
    ]
    deleted = [without_line(p.source, p.problem) for p in programs]
    recovered = sum(is_right(text, p.original) for text, p in zip(deleted, programs, strict=True))
    per = ", ".join(
        f"{name} {sum(r.right for r, p in zip(rows, programs, strict=True) if p.operator == name)}"
        f"/{sum(p.operator == name for p in programs)}"
        for name in OPERATORS
    )
    low = 1.0 - upper_bound(n - sum(same), n, 0.025)
    return [
        claim("generated broken programs", n, relation=">=", baseline=500,
              note=f"{len({p.group for p in programs})} files of the library; mistakes (recovered): {per}"),
        claim("share for which a program that parses is found", float(np.mean([o.fixed is not None for o in found])),
              relation=">=", baseline=0.9),
        claim("share whose original tokens are recovered", float(np.mean(same)), relation=">=", baseline=0.6, low=low,
              high=upper_bound(sum(same), n, 0.025),
              note=f"the same syntax tree: {np.mean([r.right for r in rows]):.3f}"),
        claim("recovered against deleting the line the parser names", float(np.mean([r.right for r in rows])),
              relation=">", baseline=recovered / n,
              note=f"deleting parses for {np.mean([text is not None for text in deleted]):.3f}"),
        claim("share of explanations that hold a line of the repair", float(np.mean([o.quotes_fix for o in found])),
              relation="==", baseline=0.0),
    ]  # fmt: skip


def _against_baselines(
    programs: Sequence[BrokenProgram], found: Sequence[Feedback], repairers: Repairers, seed: int
) -> list[Claim]:
    """The first edit that parses, the parser's hint as a repair, and the parser's line as the place."""
    ours = np.array([is_right(o.fixed, p.original) for o, p in zip(found, programs, strict=True)], np.float64)
    first = np.array(
        [is_right(first_that_parses(p.source, p.problem, repairers.first), p.original) for p in programs], np.float64
    )
    hints = [hinted(p.source, p.problem) for p in programs]
    hint = np.array([is_right(text, p.original) for text, p in zip(hints, programs, strict=True)], np.float64)
    spoken = np.array([text is not None for text in hints])
    order = np.argsort([-o.score for o in found], kind="stable")[: max(1, int(spoken.sum()))]
    named = np.mean([p.problem.line == p.line for p in programs])
    lines = np.mean([bool(o.edits) and o.edits[0].line == p.line for o, p in zip(found, programs, strict=True)])
    gap = resampled(np.stack([ours, first], 1), lambda x: float((x[:, 0] - x[:, 1]).mean()),
                    rng=generator(seed, stream=5), n_draws=400)  # fmt: skip
    return [
        claim("share recovered against the first edit that parses", float(ours.mean()), relation=">",
              baseline=float(first.mean()), note=f"difference, 95 % over programs: [{gap[0]:+.3f}, {gap[1]:+.3f}]"),
        claim("precision against the parser's own hint taken as a repair, at the hint's coverage",
              float(ours[order].mean()), relation=">", baseline=float(hint[spoken].mean()) if spoken.any() else 0.0,
              note=f"the hint parses for {spoken.mean():.3f} and recovers {hint.mean():.3f} of all"),
        claim("share whose line is named rightly, against the line in the parser's message", float(lines),
              relation=">", baseline=float(named)),
    ]  # fmt: skip


def _curve(found: Sequence[Feedback], rows: Sequence[Graded]) -> list[Claim]:
    """Area under the precision-coverage curve of the score, of its parts, and of rules that know nothing."""
    order = sorted(rows, key=lambda g: -g.score)
    at = {
        share: float(np.mean([g.right for g in order[: int(share * len(order))]]))
        for share in (0.25, 0.5, 0.75, 0.9, 1)
    }

    def by(value: Sequence[float]) -> float:
        pairs = zip(value, rows, found, strict=True)
        return area([Graded(v if o.fixed is not None else -np.inf, g.right) for v, g, o in pairs])

    length = by([-float(len(o.explanation.split())) for o in found])
    chance, second = by([o.chance for o in found]), by([o.second_chance for o in found])
    agreeing = by([float(o.n_agreeing) for o in found])
    share = float(np.mean([g.right for g, o in zip(rows, found, strict=True) if o.fixed is not None]))
    note = (
        "precision at coverage: " + ", ".join(f"{p:.3f} at {s:g}" for s, p in at.items())
        + f"; areas: first repairer alone {chance:.4f}, second alone {second:.4f}, agreement alone {agreeing:.4f}, "
        f"right ones first {by([float(g.right) for g in rows]):.4f}"
    )  # fmt: skip
    return [
        claim("area under the precision-coverage curve against random acceptance", area(rows), relation=">",
              baseline=share, note=note),
        claim("area under the precision-coverage curve against the length rule", area(rows), relation=">",
              baseline=length),
        claim("area under the precision-coverage curve, score against agreement alone", area(rows), relation=">",
              baseline=agreeing),
        claim("area under the precision-coverage curve, score against the first repairer alone", area(rows),
              relation=">", baseline=chance),
    ]  # fmt: skip


def _thresholds(programs: Sequence[BrokenProgram], rows: Sequence[Graded], known: Sequence[Graded]) -> list[Claim]:
    """Thresholds certified on the calibration side, measured on the mistakes they were certified for."""
    seen = [g for g, p in zip(rows, programs, strict=True) if p.operator not in HELD_OUT]
    claims = []
    for precision in (0.8, 0.9, 0.95):
        policy = calibrate(known, precision=precision)
        shown = [g.right for g in seen if g.score >= policy.threshold]
        name = f"precision on the test side of the threshold certified for {precision:g}"
        if not shown:
            claims.append(
                claim(name, float("nan"), relation=">=", baseline=precision, note="no threshold was certified")
            )
            continue
        n, right = len(shown), sum(shown)
        claims.append(claim(name, right / n, relation=">=", baseline=precision,
                            low=1.0 - upper_bound(n - right, n, 0.025), high=upper_bound(right, n, 0.025),
                            note=f"coverage {n / len(seen):.3f} of {len(seen)}; calibration: bound {policy.bound:.3f}, "
                            f"coverage {policy.coverage:.3f} of {policy.n}"))  # fmt: skip
    return claims


def _held_out(programs: Sequence[BrokenProgram], rows: Sequence[Graded], known: Sequence[Graded]) -> list[Claim]:
    """Mistakes that neither weights nor thresholds have seen."""
    unseen = [g for g, p in zip(rows, programs, strict=True) if p.operator in HELD_OUT]
    seen = [g for g, p in zip(rows, programs, strict=True) if p.operator not in HELD_OUT]
    policy = calibrate(known, precision=0.9)
    shown = [g.right for g in unseen if g.score >= policy.threshold]
    note = f"{', '.join(HELD_OUT)}; {len(unseen)} programs; the other mistakes {np.mean([g.right for g in seen]):.3f}"
    return [
        claim("held-out mistakes: share recovered", float(np.mean([g.right for g in unseen])), relation=">=",
              baseline=0.6, note=note),
        claim("held-out mistakes: precision at the threshold certified for 0.9 on the others",
              float(np.mean(shown)) if shown else float("nan"), relation=">=", baseline=0.9,
              note=f"coverage {len(shown) / max(1, len(unseen)):.3f}"),
    ]  # fmt: skip
