"""Whether the block that LDB would name is where the repair is: edits tried there first, against edits tried anywhere.

The block is the first one of the failing call that differs from the run of the reference: an oracle's verdict, where a
model would have to see it. The rival that needs no reference is Ochiai over lines. Not covered: blocks that a model
names.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from unriddle.benchmarks.base import Task
from unriddle.benchmarks.metrics import paired_bootstrap
from unriddle.contracts import Executor
from unriddle.execute.trace import outermost, steps, trace
from unriddle.feedback.failing import entry_call
from unriddle.feedback.localise import localise
from unriddle.lab._ldb_traces import first_difference
from unriddle.lab._repair_kinds import Bug
from unriddle.lab.base import Claim, claim, not_run
from unriddle.language.blocks import basic_blocks
from unriddle.outcome import Limits

__all__ = ["Seen", "edits_until_repaired", "ochiai_chance", "repair_claims", "seen"]

_LIMITS = Limits(cpu_seconds=5.0)
_N_ORDERS = 50
_NAME = "edits run until all visible tests pass, those of the first differing block before all others"


@dataclass(frozen=True, slots=True)
class Seen:
    """What one bug showed.

    Attributes:
        bug: The bug.
        block: Lines of the first block that differs from the run of the reference; empty where no run differs.
        ochiai: Chance that the block of a line with the highest suspicion holds the mistake.
    """

    bug: Bug
    block: frozenset[int]
    ochiai: float

    @property
    def held(self) -> bool:
        """Whether the block holds the mistake."""
        return self.bug.mutated in self.block


def seen(bug: Bug, task: Task, *, executor: Executor) -> Seen:
    """Trace the bug and its reference on the first failing visible test, and localise the mistake by all of them."""
    call = entry_call(task.problem.tests[bug.failing])
    block = _first_block(ast.unparse(ast.parse(task.reference or "")), bug.source, call, executor) if call else ()
    lines = [(one.line, one.score) for one in localise(bug.source, task.problem.tests, executor=executor).lines]
    return Seen(bug, frozenset(block), ochiai_chance(bug.source, lines, mutated=bug.mutated))


def _first_block(right: str, wrong: str, call: str, executor: Executor) -> Sequence[int]:
    traces = [trace(source, call, executor=executor, limits=_LIMITS, max_events=3000) for source in (right, wrong)]
    ran = [steps(one, calls=outermost(one)) for one in traces]
    at = first_difference(*ran)
    if at < 0 or not ran[1] or ran[1][at].block < 0:
        return ()
    step = ran[1][at]
    return traces[1].scopes[traces[1].calls[step.call].scope].blocks[step.block].lines


def ochiai_chance(source: str, lines: Sequence[tuple[int, float]], *, mutated: int) -> float:
    """Chance that the block of a line drawn from those with the highest score holds the mutated line.

    >>> ochiai_chance("def f(x):\\n    if x:\\n        x = 1\\n    return x\\n", [(3, 0.7), (4, 0.7)], mutated=3)
    0.5
    """
    blocks = [set(block.lines) for scope in basic_blocks(source) for block in scope.blocks]
    highest = max((score for _, score in lines), default=0.0)
    top = [line for line, score in lines if score == highest and highest > 0]
    hit = [any(line in block and mutated in block for block in blocks) for line in top]
    return float(np.mean(hit)) if hit else 0.0


def edits_until_repaired(one: Seen, *, n_orders: int = _N_ORDERS, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """Mean edits run until one passes all visible tests, and how often that passes the hidden ones: those of the block
    first, then those anywhere; ``(2, 2)``. All other edits follow, so that a wrong block costs what was tried in it.
    """
    outside = np.array([line not in one.block for line in one.bug.line])
    rows = []
    for order in (rng.permutation(len(outside)) for _ in range(n_orders)):
        first = order[np.argsort(outside[order], kind="stable")]
        rows.append([_until(one.bug, tried) for tried in (first, order)])
    return np.asarray(np.mean(rows, axis=0), dtype=np.float64)


def _until(bug: Bug, order: npt.NDArray[np.int64]) -> tuple[int, bool]:
    at = int(np.flatnonzero(bug.repairs[order])[0])
    return at + 1, bool(bug.right[order[at]])


def repair_claims(found: Sequence[Seen], *, rng: np.random.Generator) -> list[Claim]:
    """Localisation against Ochiai, and edits saved by looking into the block first."""
    if not found:
        return [not_run(_NAME, "no bug could be repaired", relation="<=", baseline=0.5)]
    held = np.array([one.held for one in found], dtype=np.float64)
    ochiai = np.array([one.ochiai for one in found])
    better = paired_bootstrap(held, ochiai, rng=rng)
    played = np.array([edits_until_repaired(one, rng=rng) for one in found])
    counts, hidden = played[:, :, 0], played[:, :, 1]
    ratios = counts[:, 0] / counts[:, 1]
    medians = np.median(ratios[rng.integers(len(ratios), size=(2000, len(ratios)))], axis=1)
    low, high = np.quantile(medians, (0.025, 0.975))
    saved = paired_bootstrap(counts[:, 1], counts[:, 0], rng=rng)
    success = paired_bootstrap(hidden[:, 0], hidden[:, 1], rng=rng)
    inside = [np.mean([line in one.block for line in one.bug.line]) for one in found]
    wrong = ratios[held == 0]
    note = (
        f"{len(found)} bugs of one mutation that an edit repairs, {_N_ORDERS} orders each; means "
        f"{counts[:, 0].mean():.1f} against {counts[:, 1].mean():.1f} edits, medians {np.median(counts[:, 0]):.1f} and "
        f"{np.median(counts[:, 1]):.1f}; no block for {sum(not one.block for one in found)}; the block holds "
        f"{np.median(inside):.0%} of all edits (median); {len(wrong)} blocks without the mistake"
        + (f": median share {np.median(wrong):.2f}" if len(wrong) else "")
    )
    return [
        claim("the first differing block holds the mistake, against the block of Ochiai's most suspicious line",
              float(held.mean()), relation=">", baseline=float(ochiai.mean()), low=better["low"], high=better["high"],
              note=f"{len(found)} bugs; the interval is of the difference; the block needs the reference's run, Ochiai "
              "only the visible tests, ties drawn"),
        claim(f"{_NAME}: median of the share of what any order takes", float(np.median(ratios)), relation="<=",
              baseline=0.5, low=float(low), high=float(high), note=note),
        claim("edits saved so, on average: lower end of the paired 95 % interval", saved["low"], relation=">",
              baseline=0.0, low=saved["low"], high=saved["high"], note=f"mean {saved['value']:.1f}"),
        claim("hidden success of the repair found so, less that of any order", success["value"], relation=">=",
              baseline=-0.05, low=success["low"], high=success["high"],
              note=f"{hidden[:, 0].mean():.2f} against {hidden[:, 1].mean():.2f}"),
    ]  # fmt: skip
