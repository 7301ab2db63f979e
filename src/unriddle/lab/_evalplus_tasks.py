"""HumanEval+ tasks strengthened anew from their base inputs, kept by content; part of the experiment of EvalPlus.

Not covered: what the suites are worth.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

import unriddle
from unriddle.benchmarks.oracles import oracle
from unriddle.contracts import Executor, Group
from unriddle.lab.base import Context
from unriddle.lab.recorded import LIMITS
from unriddle.language.python import signature
from unriddle.language.values import decode, encode
from unriddle.methods.evalplus import augment
from unriddle.problem import Test
from unriddle.testgen.guided import Args
from unriddle.testgen.validated import Reference

__all__ = ["Strengthened", "judged_as_published", "reference_of_row", "rejects", "strengthened"]

_Bools = npt.NDArray[np.bool_]

_VERSION = 3
"""Of the way inputs are made and chosen: to be raised when it changes, so that kept inputs are made anew."""


@dataclass(frozen=True, slots=True)
class Strengthened:
    """A task with the inputs made for it: name, row of the published file, inputs, encoded expected values."""

    name: str
    row: Mapping[str, Any]
    n_known: int
    inputs: tuple[Args, ...]
    values: tuple[bytes, ...]
    covered: _Bools
    killed: _Bools


def strengthened(
    rows: Sequence[Mapping[str, Any]], n: int, seed: int, executor: Executor, context: Context, chunk: int = 8
) -> Iterator[Strengthened]:
    """Every task with at most ``n`` inputs; kept by content, so that a second run reads them."""
    for at in range(0, len(rows), chunk):
        part = rows[at : at + chunk]
        file = context.cache / f"evalplus-{_key(part, n, seed)}.bin"
        if not file.is_file():
            context.say(f"making inputs for tasks {at + 1} to {at + len(part)} of {len(rows)}")
            found = augment(
                [reference_of_row(row) for row in part], n=n, executor=executor, rng=np.random.default_rng([seed, at])
            )
            data = [
                (
                    one.n_known,
                    list(one.inputs),
                    list(one.values),
                    _pack(one.covered.taken if one.covered is not None else np.zeros((0, 0), bool)),
                    _pack(one.killed),
                )
                for one in found
            ]
            context.cache.mkdir(parents=True, exist_ok=True)
            fresh = file.with_suffix(".new")
            fresh.write_bytes(encode(data))
            fresh.replace(file)
        kept = decode(file.read_bytes())
        for row, (n_known, inputs, values, covered, killed) in zip(part, kept, strict=True):
            yield Strengthened(
                row["task_id"], row, n_known, tuple(inputs), tuple(values), _unpack(covered), _unpack(killed)
            )


def _pack(table: _Bools) -> tuple[int, int, bytes]:
    return table.shape[0], table.shape[1], np.packbits(table).tobytes()


def _unpack(packed: tuple[int, int, bytes]) -> _Bools:
    n, m, data = packed
    return np.unpackbits(np.frombuffer(data, np.uint8), count=n * m).reshape(n, m).astype(np.bool_)


def _key(rows: Sequence[Mapping[str, Any]], n: int, seed: int) -> str:
    parts = [_VERSION, unriddle.__version__, n, seed, [[row["task_id"], row["canonical_solution"]] for row in rows]]
    return hashlib.blake2b(json.dumps(parts).encode(), digest_size=12).hexdigest()


def reference_of_row(row: Mapping[str, Any]) -> Reference:
    """The reference of a row of the published file, contract included, with its base inputs."""
    source = row["prompt"] + row["contract"] + row["canonical_solution"]
    known = tuple(tuple(args) for args in row["base_input"])
    return Reference(row["task_id"], row["entry_point"], source, signature(source, row["entry_point"]), known)


def judged_as_published(task: Strengthened) -> list[Test]:
    """The tests of a task's inputs, judged as HumanEval+ judges."""
    row = task.row
    return [
        oracle(task.name, row["entry_point"], args, decode(value), atol=row["atol"], label=str(j))
        for j, (args, value) in enumerate(zip(task.inputs, task.values, strict=True))
    ]


def rejects(groups: Sequence[Group], executor: Executor) -> Iterator[tuple[int, _Bools]]:
    """``(number of the group, (n, m) which test rejects which program)``; a row given up is rejected by what did it."""
    for number, verdicts in executor.run_groups(groups, limits=LIMITS):
        yield number, verdicts.known & ~verdicts.passed
