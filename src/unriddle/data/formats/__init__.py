"""Task formats: ``(WorldProblem, rng) -> list[Example]``, by name in ``FORMATS``.

Not covered: tokens, packing and masks (``unriddle.train``).
"""

from unriddle.data.formats.base import Example, Format
from unriddle.data.formats.program import describe, program, program_plain

__all__ = ["FORMATS", "Example", "Format"]

FORMATS: dict[str, Format] = {
    "program": program,
    "program_plain": program_plain,
    "describe": describe,
}
"""The formats by name; ``program`` is the main one."""
