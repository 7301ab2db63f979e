"""Grammars over typed trees: context-free and probabilistic ones, their enumeration and sampling, and SyGuS files.

Not covered: searching for a tree that fits examples; that is ``propose``.
"""

from unriddle.grammar.cfg import Grammar, Production, Tree
from unriddle.grammar.enumerate import by_cost, by_probability
from unriddle.grammar.pcfg import Pcfg
from unriddle.grammar.sygus import Example, SygusFunction, SygusTask, read_sygus
from unriddle.grammar.term import BitVector, Term, show
from unriddle.grammar.write import definition, write_sygus

__all__ = [
    "BitVector",
    "Example",
    "Grammar",
    "Pcfg",
    "Production",
    "SygusFunction",
    "SygusTask",
    "Term",
    "Tree",
    "by_cost",
    "by_probability",
    "definition",
    "read_sygus",
    "show",
    "write_sygus",
]
