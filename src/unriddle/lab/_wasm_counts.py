"""Counts of the monitors against counts by hand, and what cannot be watched.

Not covered: the published engine's own modules and their expected output, which are not part of this package; the few
of its numbers that are known are held against modules of the same shape.
"""

from __future__ import annotations

from typing import Any

from unriddle.errors import BadInput
from unriddle.execute.trace.wasm import EVERYWHERE, Machine, Moment, monitors_of, text_to_wasm
from unriddle.lab._wasm_counted import COUNTED, PUBLISHED_BRANCHES, PUBLISHED_LOOPS, Counted
from unriddle.lab.base import Claim, claim, not_run

__all__ = ["REFUSED", "counts"]

REFUSED = {
    "vectors": "(func (result v128) v128.const i32x4 1 2 3 4)",
    "several memories": "(memory 1) (memory 1)",
    "64-bit memories": "(memory i64 1)",
    "shared memories": "(memory 1 1 shared)",
    "tail calls": '(func $f (export "f") return_call $f)',
    "exceptions": '(tag $e) (func (export "f") throw $e)',
    "structures": "(type $t (struct (field i32))) (func (param (ref null $t)))",
    "imported memories": '(import "env" "m" (memory 1)) (func (export "f"))',
    "imported tables": '(import "env" "t" (table 1 funcref)) (func (export "f"))',
    "imported globals": '(import "env" "g" (global i32)) (func (export "f"))',
}
"""What cannot be watched, with a module that uses it."""


def counts() -> list[Claim]:
    """By hand, as published, and refused."""
    right = {case: _as_counted(case) for case in COUNTED}
    modules = {case.text for case in COUNTED}
    whole = modules - {case.text for case, agrees in right.items() if not agrees}
    published, agree = _published()
    refused = [name for name, text in REFUSED.items() if _refused(text)]
    return [
        claim(
            f"share of {len(modules)} small modules whose counts are those made by hand",
            len(whole) / len(modules),
            relation="==",
            baseline=1.0,
            note=f"{sum(right.values())} of {len(right)} runs; instructions, ways of branches, passes of loops, a "
            "budget of instructions and a probe everywhere",
        ),
        not_run(
            "modules of the published engine's tests for which our monitors give its expected output",
            "its 11 modules and their expected output are not part of the reference data",
            relation=">=",
            baseline=9.0,
        ),
        claim(
            "numbers of the published engine's monitors that ours give for modules of the same shape",
            agree,
            relation="==",
            baseline=published,
            note="loops 133, 399, 123; coverage 33 of 36; branch at byte 18 [1, 4]",
        ),
        claim(
            "kinds of modules that are not supported, refused with a reason",
            len(refused),
            relation="==",
            baseline=len(REFUSED),
            note=f"not supported: {', '.join(REFUSED)}",
        ),
    ]


def _as_counted(case: Counted) -> bool:
    wasm = text_to_wasm(f"(module {case.text})")
    machine, monitors = Machine(wasm), monitors_of(["hotness", "branches", "loops"], instructions=1000)
    machine.attach(*monitors)
    ended = machine.run("f", case.args)
    found: dict[str, Any] = {monitor.name: monitor.report() for monitor in monitors}
    seen: list[Moment] = []
    everywhere = Machine(wasm)
    everywhere.probe(EVERYWHERE, seen.append)
    return (
        ended.values == everywhere.run("f", case.args).values == case.values
        and found["hotness"]["instructions"] == found["timeout"]["spent"] == len(seen) == case.n
        and tuple(tuple(row[3]) for row in found["branches"]["rows"]) == case.branches
        and tuple(row[2] for row in found["loops"]["rows"]) == case.loops
    )


def _published() -> tuple[int, int]:
    """How many numbers are known, and how many of them ours are."""
    found: dict[str, Any] = {}
    for text, names in ((PUBLISHED_LOOPS, ("loops", "coverage")), (PUBLISHED_BRANCHES, ("branches",))):
        machine, monitors = Machine(text_to_wasm(text)), monitors_of(names)
        machine.attach(*monitors)
        machine.run("main")
        found |= {monitor.name: monitor.report() for monitor in monitors}
    ran, missed = (sum(len(row[key]) for row in found["coverage"].values()) for key in ("ran", "missed"))
    ours = [*(row[2] for row in found["loops"]["rows"][:3]), ran, ran + missed, found["branches"]["rows"][0][1:]]
    known = [133, 399, 123, 33, 36, [18, "br_if", [1, 4]]]
    return len(known), sum(one == other for one, other in zip(ours, known, strict=True))


def _refused(text: str) -> bool:
    try:
        Machine(text_to_wasm(f"(module {text})")).run("f")
    except BadInput:
        return True
    return False
