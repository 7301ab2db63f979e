"""Grammars over typed trees: context-free and probabilistic ones, their enumeration and sampling, and SyGuS files.

Not covered: searching for a tree that fits examples; that is ``propose``.
"""

from unriddle.grammar.sygus import Example, SygusFunction, SygusTask, read_sygus
from unriddle.grammar.term import BitVector, Term, show
from unriddle.grammar.write import definition, write_sygus

__all__ = [
    "BitVector",
    "Example",


    "SygusFunction",
    "SygusTask",
    "Term",



    "definition",
    "read_sygus",
    "show",
    "write_sygus",
]
