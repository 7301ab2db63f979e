"""Posing problems: from a stub, a puzzle, a TOML file, a table or a benchmark's task.

Not covered: problems over several files.
"""

from unriddle.pose.fill import Filled, fill_table
from unriddle.pose.read import is_task, read_problem
from unriddle.pose.table import Table, read_table

__all__ = ["Filled", "Table", "fill_table", "is_task", "read_problem", "read_table"]
