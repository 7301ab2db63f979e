"""Which of the cases a search found are worth a closer look, and what the others say about the module.

Not covered: the closer look (``unriddle.testgen.module_tests``).
"""

from __future__ import annotations

import numpy as np

from unriddle.outcome import Status
from unriddle.testgen.case_search import Found
from unriddle.testgen.cases import Case
from unriddle.testgen.reduce import greedy_cover
from unriddle.testgen.targets import Module

__all__ = ["findings", "worth_a_look"]


def findings(found: Found, module: Module) -> dict[str, str]:
    """Exceptions nobody raises on purpose, with the shortest case of each; endless calls; what the sandbox denies."""
    told: dict[str, str] = {}
    shortest: dict[tuple[str, str], Case] = {}
    for case, status, error in zip(found.cases, found.status, found.errors, strict=True):
        name = error.partition(":")[0]
        if status is Status.ERROR and name not in module.raised and name not in ("TypeError", "AttributeError"):
            old = shortest.get((case.entry, name))
            if old is None or case.size < old.size:
                shortest[case.entry, name] = case
    for (entry, name), case in shortest.items():
        told[f"{entry}: {name}"] = case.code
    for entry, endings in found.problems.items():
        words = {"TIMEOUT": "did not return in time", "FORBIDDEN": "tried what the sandbox denies",
                 "MEMORY": "took too much memory", "CRASH": "ended the process"}  # fmt: skip
        name, n = endings.most_common(1)[0]
        told.setdefault(f"{entry}: {name}", f"{n} cases {words.get(name, name)}")
    return told


def worth_a_look(found: Found, module: Module, *, most: int) -> list[int]:
    """At most so many places of cases worth a closer look: short ones for every branch, one for each ending."""
    usable = [
        i
        for i, (status, error) in enumerate(zip(found.status, found.errors, strict=True))
        if status is Status.PASS or error.partition(":")[0] in module.raised
    ]
    usable.sort(key=lambda i: found.cases[i].size)
    if not usable:
        return []
    taken = np.array([found.counts[i] for i in usable])
    met = np.hstack([taken > 0, taken > 1])
    sizes = [found.cases[i].size for i in usable]
    chosen: list[int] = []
    for _ in range(4):
        free = np.ones(len(usable), np.bool_)
        free[chosen] = False
        chosen += [j for j in greedy_cover(met & free[:, None], prefer=sizes) if free[j]]
    endings: set[tuple[str, str]] = set()
    for j, i in enumerate(usable):
        mark = (found.cases[i].entry, found.errors[i].partition(":")[0])
        if mark not in endings:
            endings.add(mark)
            chosen.append(j)
    rest = [j for j in range(len(usable)) if j not in set(chosen)]
    chosen = list(dict.fromkeys([*chosen, *rest]))[:most]
    return [usable[j] for j in chosen]
