"""Proposers: ask/tell, one file per idea.

Not covered: running what they propose; ``unriddle.solve`` is the loop.
"""

from unriddle.propose.chain import Chain
from unriddle.propose.enumerate import Enumerate, can_enumerate
from unriddle.propose.sample import Sample

__all__ = ["Chain", "Enumerate", "Sample", "can_enumerate"]
