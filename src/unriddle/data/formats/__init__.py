"""Task formats: ``(WorldProblem, rng) -> list[Example]``, by name in ``FORMATS``.

Not covered: tokens, packing and masks (``unriddle.train``).
"""

from unriddle.data.formats.base import Example, Format
from unriddle.data.formats.edits import edits
from unriddle.data.formats.execution import backward, output, output_trace
from unriddle.data.formats.plans import plan, plan_program, tests
from unriddle.data.formats.program import describe, program, program_plain
from unriddle.data.formats.repair import KINDS, fix_all, fix_failure, fix_format

__all__ = ["FORMATS", "Example", "Format", "fix_failure"]

FORMATS: dict[str, Format] = {
    "program": program,
    "program_plain": program_plain,
    "describe": describe,
    "output": output,
    "output_trace": output_trace,
    "input": backward,
    **{f"fix_{kind}": fix_format(kind) for kind in KINDS},
    "fix_all": fix_all,
    "tests": tests,
    "plan": plan,
    "plan_program": plan_program,
    "edits": edits,
}
"""The formats by name; ``program`` is the main one."""
