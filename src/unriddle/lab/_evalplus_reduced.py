"""How small a suite may be and still reject the same programs; part of the experiment of EvalPlus.

Not covered: making suites.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from unriddle.candidate import Candidate
from unriddle.lab._evalplus_tasks import Strengthened
from unriddle.lab.base import Claim, claim
from unriddle.testgen.reduce import greedy_cover

__all__ = ["reduced_claims"]

_Bools = npt.NDArray[np.bool_]


def reduced_claims(
    tasks: Sequence[Strengthened], programs: Mapping[str, Sequence[Candidate]], rejected: Mapping[str, _Bools]
) -> list[Claim]:
    """Same rejected programs, branches and mutants with a twentieth of the tests; halves of the programs left out.

    Args:
        tasks: With their inputs.
        programs: Recorded programs by task.
        rejected: By task, ``(programs, inputs)``.
    """
    full = kept = programs_lost = held_out = held_out_caught = 0
    for task in tasks:
        table = rejected.get(task.name)
        wrong = table.T if table is not None else np.zeros((len(task.inputs), 0), np.bool_)
        met = np.hstack([task.covered, task.killed, wrong])
        chosen = greedy_cover(met, prefer=[len(value) for value in task.values])
        full, kept = full + len(task.inputs), kept + len(chosen)
        programs_lost += int((wrong.any(axis=0) & ~wrong[chosen].any(axis=0)).sum())
        for half in (0, 1):  # chosen without looking at half of the programs, judged on them
            shown, hidden = wrong[:, half::2], wrong[:, 1 - half :: 2]
            blind = greedy_cover(np.hstack([task.covered, task.killed, shown]))
            held_out += int(hidden.any(axis=0).sum())
            held_out_caught += int(hidden[blind].any(axis=0).sum())
    sizes = f"{full} tests, {kept} kept ({kept / max(len(tasks), 1):.1f} a task)"
    return [
        claim("tests of the reduced suites, part of all", kept / max(full, 1), relation="<=", baseline=1 / 20,
              note=f"{sizes}; same branches, mutants and rejected programs"),
        claim("recorded programs the reduced suites no longer reject", programs_lost, relation="==", baseline=0),
        claim("rejected programs of a half that had no part in reducing, share still rejected",
              held_out_caught / max(held_out, 1), relation=">=", baseline=0.9, note=f"{held_out} programs"),
    ]  # fmt: skip
