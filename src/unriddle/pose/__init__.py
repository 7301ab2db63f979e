"""Posing problems: from a stub, a puzzle, a TOML file, a table, a SyGuS file or a benchmark's task.

Names below are loaded when first used. Not covered: problems over several files.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_HOME = {
    "Filled": "fill",
    "SygusAnswer": "sygus",
    "Table": "table",
    "answer_sygus": "sygus",
    "fill_table": "fill",
    "is_task": "read",
    "read_problem": "read",
    "read_sygus_file": "sygus",
    "read_table": "table",
}

__all__ = sorted(_HOME)  # noqa: PLE0605

if TYPE_CHECKING:
    from unriddle.pose.fill import Filled as Filled
    from unriddle.pose.fill import fill_table as fill_table
    from unriddle.pose.read import is_task as is_task
    from unriddle.pose.read import read_problem as read_problem
    from unriddle.pose.sygus import SygusAnswer as SygusAnswer
    from unriddle.pose.sygus import answer_sygus as answer_sygus
    from unriddle.pose.sygus import read_sygus_file as read_sygus_file
    from unriddle.pose.table import Table as Table
    from unriddle.pose.table import read_table as read_table


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'unriddle.pose' has no attribute {name!r}")
    return getattr(importlib.import_module(f"unriddle.pose.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return __all__
