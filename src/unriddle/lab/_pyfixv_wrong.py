"""Explanations of which some are wrong on purpose, and what repairing from them shows.

Not covered: wrong explanations as people or models write them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import inf

import numpy as np

from unriddle.data.syntax_breaks import BrokenProgram
from unriddle.lab._pyfixv_data import is_right
from unriddle.lab.base import Claim, claim
from unriddle.methods._pyfixv_back import Choices, agreement
from unriddle.methods._pyfixv_words import explanation
from unriddle.methods.pyfixv import Feedback, Graded, area, calibrate, calibrate_card, curve
from unriddle.propose.syntax_edits import Edit
from unriddle.propose.token_model import TokenModel

__all__ = ["wrong_claims"]

_TEMPERATURES = (0.3, 0.5, 0.8)
_SIGNS = (":", ")", ",", "(", "==", "in", "]")
_SHARE = 0.3


def _spoilt(edits: tuple[Edit, ...], n_lines: int, rng: np.random.Generator) -> tuple[Edit, ...]:
    """The edits as somebody mistaken would tell them: another line, or another sign."""
    first, rest = edits[0], edits[1:]
    if rng.random() < 0.5 or first.kind.split()[0] in ("tabs", "braces", "call") or not first.new:
        others = [n for n in range(max(1, first.line - 3), min(n_lines, first.line + 3) + 1) if n != first.line]
        return (replace(first, line=int(rng.choice(others)) if others else first.line + 1), *rest)
    if first.kind.startswith("indent"):
        return (replace(first, new=str(int(first.new) + int(rng.choice([1, 2, 4])))), *rest)
    return (replace(first, new=str(rng.choice([s for s in _SIGNS if s != first.new]))), *rest)


def _told(
    programs: Sequence[BrokenProgram], found: Sequence[Feedback], tokens: TokenModel, rng: np.random.Generator
) -> tuple[list[list[Graded]], list[Graded]]:
    """Agreement at each temperature, and the length rule, on the same explanations."""
    by_agreement: list[list[Graded]] = [[] for _ in _TEMPERATURES]
    by_length: list[Graded] = []
    for program, one in zip(programs, found, strict=True):
        if one.fixed is None:
            for rows in (*by_agreement, by_length):
                rows.append(Graded(-inf, False))
            continue
        wrong = bool(rng.random() < _SHARE)
        edits = _spoilt(one.edits, program.source.count("\n") + 1, rng) if wrong else one.edits
        text = explanation(edits)
        right = not wrong and is_right(one.fixed, program.original)
        by_length.append(Graded(-float(len(text.split())), right))
        seen: Choices = {}
        for rows, temperature in zip(by_agreement, _TEMPERATURES, strict=True):
            n = agreement(
                program.source, one.fixed, text, tokens=tokens, rng=rng, temperature=temperature, choices=seen
            )
            rows.append(Graded(float(n), right))
    return by_agreement, by_length


def wrong_claims(
    calibration: tuple[Sequence[BrokenProgram], Sequence[Feedback]],
    test: tuple[Sequence[BrokenProgram], Sequence[Feedback]],
    tokens: TokenModel,
    *,
    rng: np.random.Generator,
) -> list[Claim]:
    """What the paper's rule does when three explanations in ten are wrong."""
    known, _ = _told(*calibration, tokens, rng)
    unseen, by_length = _told(*test, tokens, rng)
    middle = unseen[1]
    shown = {h: [g for g in middle if g.score >= h] for h in range(11)}
    precision = {h: float(np.mean([g.right for g in rows])) for h, rows in shown.items() if rows}
    told = ", ".join(f"h={h} {precision[h]:.3f} at {len(shown[h]) / len(middle):.2f}" for h in precision)
    share = float(np.mean([g.right for g in middle if g.score > -inf]))
    head = "30 % wrong explanations: "
    claims = [
        claim(f"{head}precision at the strictest threshold (10 of 10 agree) against showing everything",
              precision[10], relation=">", baseline=precision[0],
              note=f"{len(middle)} programs, temperature 0.5; precision at coverage: {told}"),
        claim(f"{head}smallest step of precision from one threshold to the next",
              min(precision[h + 1] - precision[h] for h in range(10)), relation=">=", baseline=0.0),
        claim(f"{head}area under the precision-coverage curve, agreement against the length rule", area(middle),
              relation=">", baseline=area(by_length)),
        claim(f"{head}area under the precision-coverage curve, agreement against random acceptance", area(middle),
              relation=">", baseline=share),
    ]  # fmt: skip
    return [*claims, *_chosen(known, unseen, head)]


def _chosen(known: list[list[Graded]], unseen: list[list[Graded]], head: str) -> list[Claim]:
    """The paper's choice of temperature and threshold for precision 0.9, and the certified one."""
    chosen = calibrate_card(known, precision=0.9)
    policy = calibrate(known[1], precision=0.9)
    name = f"{head}precision on the test side of the paper's calibrated policy for 0.9"
    claims = []
    if chosen is None:
        best = max(p.precision or 0.0 for rows in known for p in curve(rows))
        claims.append(claim(name, float("nan"), relation=">=", baseline=0.9,
                            note=f"no setting reached 0.9 on the calibration side; best {best:.3f}"))  # fmt: skip
    else:
        k, threshold = chosen
        rows = [g.right for g in unseen[k] if g.score >= threshold]
        low, high = _interval(rows)
        claims.append(claim(name, float(np.mean(rows)), relation="between", low=0.9 - (high - low) / 2, high=1.0,
                            note=f"temperature {_TEMPERATURES[k]}, h={threshold:g}, coverage "
                            f"{len(rows) / len(unseen[k]):.2f}; 95 % [{low:.3f}, {high:.3f}]"))  # fmt: skip
    rows = [g.right for g in unseen[1] if g.score >= policy.threshold]
    note = f"threshold {policy.threshold:g}, coverage {len(rows) / len(unseen[1]):.2f}, certified {policy.bound:.3f}"
    name = f"{head}coverage on the test side of the certified policy for 0.9"
    return [*claims, claim(name, len(rows) / len(unseen[1]), relation=">", baseline=0.0, note=note)]


def _interval(rows: Sequence[bool]) -> tuple[float, float]:
    from unriddle.methods._pac_calibrate import upper_bound

    n, right = len(rows), sum(rows)
    return 1.0 - upper_bound(n - right, n, 0.025), upper_bound(right, n, 0.025)
