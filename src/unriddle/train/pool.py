"""A pool of examples as token numbers, made once and kept in a file, so that training never waits for data.

Several processes make the problems. The file is checked against what it was asked for and made anew when that differs.
Not covered: what an example is (``unriddle.data.formats``).
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from unriddle.data.formats import FORMATS, Example
from unriddle.data.world import generate
from unriddle.errors import BadInput, TrainError, shorten
from unriddle.prompt.nursery import END
from unriddle.train.checkpoint import replacing_file
from unriddle.train.packing import Encoded

__all__ = ["Mixture", "encode", "first_seed", "keep_pool", "kept_pool", "make_examples", "serve", "shuffled_pairs"]

_CHUNK = 2000
"""Problems that one process makes at a time."""


@dataclass(frozen=True, slots=True)
class Mixture:
    """What a pool is made of.

    Args:
        n_problems: Training problems.
        levels: Level and share of the problems.
        formats: Name of a format and how many times a problem is put into it on average; 1.5 means once, and again for
            every second problem.
        seed: Decides everything.

    Raises:
        BadInput: A number is out of range or a format is unknown.
    """

    n_problems: int
    levels: tuple[tuple[int, float], ...] = ((1, 0.5), (2, 0.5))
    formats: tuple[tuple[str, float], ...] = (("program", 1.0),)
    seed: int = 0

    def __post_init__(self) -> None:
        if self.n_problems < 1 or not self.levels or not self.formats:
            raise BadInput("Mixture: needs n_problems of 1 or more, a level and a format")
        unknown = [name for name, _ in self.formats if name not in FORMATS]
        if unknown:
            raise BadInput(f"Mixture: there is no format {shorten(unknown[0])}; there are {', '.join(FORMATS)}")
        if not all(share > 0 for _, share in (*self.levels, *self.formats)):
            raise BadInput(f"Mixture: shares must be more than 0, got {self.levels} and {self.formats}")


def make_examples(
    mixture: Mixture, *, workers: int | None = None, report: Callable[[int], None] | None = None
) -> list[Example]:
    """The examples of a mixture, in the order of its jobs; the number of processes changes nothing but the time.

    Args:
        mixture: What to make.
        workers: Processes; ``None`` means one per core, at most 8; 1 makes them here.
        report: Called with the number of problems that are done.

    Raises:
        TrainError: A process ended before its work was done.
    """
    jobs = _jobs(mixture)
    workers = min(workers or min(8, len(os.sched_getaffinity(0))), len(jobs))
    made: dict[int, list[Example]] = {}

    def done(number: int, examples: list[Example]) -> None:
        made[number] = examples
        if report:
            report(sum(jobs[i][2] for i in list(made)))

    if workers == 1:
        for number, job in enumerate(jobs):
            done(number, _make(job))
    else:
        with ThreadPoolExecutor(workers) as threads:
            parts = [list(range(len(jobs)))[first::workers] for first in range(workers)]
            list(threads.map(lambda part: _in_a_process(jobs, part, done), parts))
    return [example for number in range(len(jobs)) for example in made[number]]


_Job = tuple[int, int, int, tuple[tuple[str, float], ...]]
"""Level, seed, number of problems, formats."""


def first_seed(seed: int) -> int:
    """The seed of the world's first stream in a mixture of this seed; the streams after it count up."""
    return seed * 100_003


def _jobs(mixture: Mixture) -> list[_Job]:
    whole = sum(share for _, share in mixture.levels)
    jobs: list[_Job] = []
    for level, share in mixture.levels:
        left = round(mixture.n_problems * share / whole)
        while left > 0:
            n = min(_CHUNK, left)
            # Streams with different seeds are different; a few problems can be in two of them.
            jobs.append((level, first_seed(mixture.seed) + len(jobs), n, mixture.formats))
            left -= n
    return jobs


def _in_a_process(jobs: Sequence[_Job], part: Sequence[int], done: Callable[[int, list[Example]], None]) -> None:
    """These jobs in a fresh interpreter, which imports neither torch nor the caller's main file."""
    call = [sys.executable, "-c", "from unriddle.train.pool import serve; serve()"]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(call, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps([jobs[number] for number in part]))
        process.stdin.close()
        for number in part:
            line = process.stdout.readline()
            if not line.endswith("\n"):
                raise TrainError(
                    f"making problems: a process ended with {process.wait()} before job {number} was done; its own "
                    "message is above. Try again, or with fewer processes if memory ran out"
                )
            done(number, [Example(*fields) for fields in json.loads(line)])


def serve() -> None:
    """Do the jobs that stand on standard input; a line of examples each goes to standard output."""
    for level, seed, n, formats in json.load(sys.stdin):
        job = (int(level), int(seed), int(n), tuple((str(name), float(times)) for name, times in formats))
        fields = [(one.prompt, one.target, one.task, one.problem) for one in _make(job)]
        sys.stdout.write(json.dumps(fields) + "\n")
        sys.stdout.flush()


def _make(job: _Job) -> list[Example]:
    level, seed, n, formats = job
    rng = np.random.default_rng([seed, level])
    examples = []
    for problem in islice(generate(levels=(level,), split="train", seed=seed), n):
        for name, times in formats:
            for _ in range(int(times) + bool(rng.random() < times % 1)):
                examples += FORMATS[name](problem, rng)
    return examples


def shuffled_pairs(examples: Sequence[Example], *, rng: np.random.Generator) -> list[Example]:
    """The same prompts with the targets of other problems, within each task: a control without meaning."""
    out = list(examples)
    for task in dict.fromkeys(example.task for example in examples):
        places = [i for i, example in enumerate(examples) if example.task == task]
        order = rng.permutation(len(places))
        # One cycle through all of them, so that none keeps its own.
        for at, place in enumerate(order):
            one, other = examples[places[place]], examples[places[order[(at + 1) % len(order)]]]
            out[places[place]] = Example(one.prompt, other.target, one.task, one.problem)
    return out


def encode(examples: Sequence[Example], tokenizer: Any) -> Encoded:
    """The examples as token numbers; prompt and target are cut apart from each other, and ``END`` closes each."""
    prompts = _cut(tokenizer, [example.prompt for example in examples])
    targets = _cut(tokenizer, [example.target + END for example in examples])
    return Encoded.of(list(zip(prompts, targets, strict=True)))


def _cut(tokenizer: Any, texts: list[str]) -> list[list[int]]:
    if not texts:
        return []
    found: list[list[int]] = tokenizer(texts, add_special_tokens=False)["input_ids"]
    return found


def keep_pool(path: Path, pool: Encoded, *, key: str) -> None:
    """Write the pool into a file, whole or not at all.

    Raises:
        TrainError: It cannot be written.
    """
    with replacing_file(path) as fresh, fresh.open("wb") as file:
        np.savez(file, tokens=pool.tokens, ends=pool.ends, n_prompt=pool.n_prompt, key=np.array(key))


def kept_pool(path: Path, *, key: str) -> Encoded | None:
    """The pool in a file, if it is one made with that key."""
    try:
        with np.load(path, allow_pickle=False) as stored:
            if str(stored["key"]) != key:
                return None
            return Encoded(stored["tokens"], stored["ends"], stored["n_prompt"])
    except (OSError, KeyError, ValueError, BadZipFile):
        return None


def digest(*parts: Any) -> str:
    """A short hash of plain data."""
    return hashlib.blake2b(json.dumps(parts, sort_keys=True).encode(), digest_size=8).hexdigest()
