"""Grammars over typed trees: context-free and probabilistic ones, their enumeration and sampling, and SyGuS files.

Names below are loaded when first used. Not covered: searching for a tree that fits examples; that is ``propose``.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_HOME = {
    "BitVector": "term",
    "Example": "sygus",
    "Grammar": "cfg",
    "Pcfg": "pcfg",
    "Production": "cfg",
    "SygusFunction": "sygus",
    "SygusTask": "sygus",
    "Term": "term",
    "Tree": "cfg",
    "by_cost": "enumerate",
    "by_probability": "enumerate",
    "definition": "write",
    "read_sygus": "sygus",
    "show": "term",
    "write_sygus": "write",
}

__all__ = sorted(_HOME)  # noqa: PLE0605

if TYPE_CHECKING:
    from unriddle.grammar.cfg import Grammar as Grammar
    from unriddle.grammar.cfg import Production as Production
    from unriddle.grammar.cfg import Tree as Tree
    from unriddle.grammar.enumerate import by_cost as by_cost
    from unriddle.grammar.enumerate import by_probability as by_probability
    from unriddle.grammar.pcfg import Pcfg as Pcfg
    from unriddle.grammar.sygus import Example as Example
    from unriddle.grammar.sygus import SygusFunction as SygusFunction
    from unriddle.grammar.sygus import SygusTask as SygusTask
    from unriddle.grammar.sygus import read_sygus as read_sygus
    from unriddle.grammar.term import BitVector as BitVector
    from unriddle.grammar.term import Term as Term
    from unriddle.grammar.term import show as show
    from unriddle.grammar.write import definition as definition
    from unriddle.grammar.write import write_sygus as write_sygus


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'unriddle.grammar' has no attribute {name!r}")
    return getattr(importlib.import_module(f"unriddle.grammar.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return __all__
