"""WorldProblems as Records and back, for files of JSON Lines.

Arguments and values are kept as Python literals in text, because JSON has no integer keys. Not covered: other kinds of
problems.
"""

from __future__ import annotations

import ast
import dataclasses
from typing import Any

from unriddle.data.world.problem import Case, Difficulty, WorldProblem
from unriddle.errors import BadInput, shorten
from unriddle.record import Record

__all__ = ["from_record", "to_record"]

_TEXTS = ("statement", "header", "body", "entry", "returns", "structure")


def to_record(problem: WorldProblem) -> Record:
    """The problem as a record of kind ``problem``, with its whole program and its ideas beside the fields."""
    data: dict[str, Any] = {
        "level": problem.level,
        **{name: getattr(problem, name) for name in _TEXTS},
        "program": problem.program,
        "params": [list(pair) for pair in problem.params],
        "examples": [_written(case) for case in problem.examples],
        "hidden": [_written(case) for case in problem.hidden],
        "ideas": list(problem.ideas),
        "plan": list(problem.plan),
        "mutants": list(problem.mutants),
        "difficulty": dataclasses.asdict(problem.difficulty),
        "seed": problem.seed,
        "behaviour": problem.behaviour,
    }
    return Record("problem", problem.id, data)


def from_record(record: Record) -> WorldProblem:
    """The problem of a record that ``to_record`` made.

    Raises:
        BadInput: The record is of another kind, or a field is absent or not what it must be.
    """
    if record.kind != "problem":
        raise BadInput(f"from_record: expected a record of kind 'problem', got {shorten(record.kind)}")
    data = record.data
    try:
        return WorldProblem(
            id=record.problem,
            level=int(data["level"]),
            **{name: str(data[name]) for name in _TEXTS},
            params=tuple([(str(name), str(kind)) for name, kind in data["params"]]),
            examples=tuple([_read(case) for case in data["examples"]]),
            hidden=tuple([_read(case) for case in data["hidden"]]),
            plan=tuple([str(step) for step in data["plan"]]),
            mutants=tuple([str(text) for text in data["mutants"]]),
            difficulty=Difficulty(**data["difficulty"]),
            seed=int(data["seed"]),
            behaviour=int(data["behaviour"]),
        )
    except (KeyError, TypeError, ValueError, SyntaxError) as error:
        raise BadInput(
            f"record {shorten(record.problem)}: not a problem of the world ({type(error).__name__}: {error}); "
            "write such records with unriddle data world"
        ) from error


def _written(case: Case) -> dict[str, str]:
    return {"args": repr(case[0]), "value": repr(case[1])}


def _read(case: dict[str, str]) -> Case:
    args = ast.literal_eval(case["args"])
    if not isinstance(args, tuple):
        raise ValueError(f"args must be a tuple, got {shorten(args)}")
    return args, ast.literal_eval(case["value"])
