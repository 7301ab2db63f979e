"""Lazy steps over records of world problems: no behaviour twice, one side of the split, examples of some formats.

A step is ``Iterable[Record] -> Iterator[Record]``; records of other kinds pass unchanged. Not covered: steps over
recorded runs of a model.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from unriddle.data.formats import FORMATS, Example
from unriddle.data.world.problem import Split
from unriddle.data.world.rows import from_record
from unriddle.data.world.split import side, structure_held_out
from unriddle.errors import BadInput, shorten
from unriddle.record import Record

__all__ = ["check_formats", "distinct", "example_record", "on_side", "read_examples", "to_examples"]


def distinct(records: Iterable[Record]) -> Iterator[Record]:
    """The problems whose behaviour did not come before."""
    seen: set[int] = set()
    for record in records:
        if record.kind == "problem":
            if record.data["behaviour"] in seen:
                continue
            seen.add(record.data["behaviour"])
        yield record


def on_side(records: Iterable[Record], *, split: Split) -> Iterator[Record]:
    """The problems on one side of the split; what belongs to neither side goes too."""
    for record in records:
        if record.kind == "problem":
            out = structure_held_out(record.data["structure"])
            if side(structure_out=out, behaviour=record.data["behaviour"]) != split:
                continue
        yield record


def check_formats(names: Sequence[str]) -> tuple[str, ...]:
    """The names, each once.

    Raises:
        BadInput: A name is no format.
    """
    for name in names:
        if name not in FORMATS:
            raise BadInput(f"there is no format called {shorten(name)}; it must be one of: {', '.join(FORMATS)}")
    return tuple(dict.fromkeys(names))


def to_examples(records: Iterable[Record], *, formats: Sequence[str], rng: np.random.Generator) -> Iterator[Record]:
    """Training examples of the problems, as records of kind ``example`` with ``task``, ``prompt`` and ``target``.

    Raises:
        BadInput: A format is unknown, or a record is not a problem of the world.
    """
    names = check_formats(formats)
    return _examples(records, names, rng)


def _examples(records: Iterable[Record], names: Sequence[str], rng: np.random.Generator) -> Iterator[Record]:
    for record in records:
        if record.kind != "problem":
            yield record
            continue
        problem = from_record(record)
        for name in names:
            for example in FORMATS[name](problem, rng):
                yield example_record(example)


def example_record(example: Example) -> Record:
    """An example as a record of kind ``example``."""
    data = {"task": example.task, "prompt": example.prompt, "target": example.target}
    return Record("example", example.problem, data)


def read_examples(records: Iterable[Record]) -> Iterator[Example]:
    """The examples among records, to be trained on (``unriddle.train.pool.encode``); other kinds are left out.

    Raises:
        BadInput: A record of kind ``example`` lacks a field.
    """
    for record in records:
        if record.kind == "example":
            try:
                prompt, target, task = (str(record.data[name]) for name in ("prompt", "target", "task"))
            except KeyError as error:
                raise BadInput(
                    f"record {shorten(record.problem)}: an example needs prompt, target and task; {error} is missing"
                ) from error
            yield Example(prompt, target, task, record.problem)
