"""A world of small typed programs with statements in words: endless, seeded, no behaviour twice, split by structure.

Programs come from our own grammar of ideas and are the only ones that may be evaluated in process. Not covered:
classes, files, exceptions, floats, and everything that needs an import.
"""

from unriddle.data.world.generate import generate
from unriddle.data.world.problem import LEVELS, Difficulty, Split, WorldProblem

__all__ = ["LEVELS", "Difficulty", "Split", "WorldProblem", "generate"]
