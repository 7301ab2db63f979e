"""The experiment of ``unriddle.methods.wasm_probes``: counts, composition, cost, and tests chosen by coverage.

All programs are in WebAssembly's text format, so that no compiler is needed. Not covered: the published engine's own
expected output, which is not part of this package, and its benchmarks.
"""

from __future__ import annotations

from unriddle.execute import open_executor
from unriddle.execute.trace.wasm import PACKAGES
from unriddle.lab._wasm_composition import composition
from unriddle.lab._wasm_cost import cost
from unriddle.lab._wasm_counts import counts
from unriddle.lab._wasm_suites import suites
from unriddle.lab.base import Claim, Context, Preset

__all__ = ["experiment"]

_PROGRAMS: dict[str, int] = {"small": 40, "full": 200}


def experiment(preset: Preset, *, seed: int, context: Context) -> list[Claim]:
    """Every claim of the method; time is measured with nothing else of the experiment running."""
    claims = [*counts(), *composition(_PROGRAMS[preset], seed=seed)]
    context.say("counts and composition: done")
    claims += cost(preset)
    context.say("cost: done")
    with open_executor(workers=context.workers, packages=PACKAGES) as executor:
        return claims + suites(preset, seed=seed, context=context, executor=executor)
