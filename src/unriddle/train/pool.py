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
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from unriddle.data.formats import FORMATS, Example
from unriddle.data.world import LEVELS, generate
from unriddle.errors import BadInput, TrainError, shorten
from unriddle.prompt.nursery import END
from unriddle.train.checkpoint import replacing_file
from unriddle.train.packing import Encoded

__all__ = [
    "Mixture",
    "digest",
    "encode",
    "first_seed",
    "keep_pool",
    "kept_pool",
    "make_examples",
    "pool_digest",
    "serve",
    "shuffled_pairs",
]

_CHUNK = 2000
"""Problems that one process makes at a time."""

_PART = 10_000
"""Examples that are lists of Python numbers at the same time; all others are arrays."""


@dataclass(frozen=True, slots=True)
class Mixture:
    """What a pool is made of.

    Args:
        n_problems: Training problems; every level gets one at least.
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
        if any(level not in LEVELS for level, _ in self.levels):
            raise BadInput(f"Mixture: levels must be some of {LEVELS}, got {[level for level, _ in self.levels]}")


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
    made: list[Example] = []
    n_done = 0
    with closing(_here(jobs) if workers == 1 else _in_processes(jobs, workers)) as parts:
        for job, examples in zip(jobs, parts, strict=True):
            made += examples
            n_done += job[2]
            if report:
                report(n_done)
    return made


_Job = tuple[int, int, int, tuple[tuple[str, float], ...]]
"""Level, seed, number of problems, formats."""


def first_seed(seed: int) -> int:
    """The seed of the world's first stream in a mixture of this seed; the streams after it count up."""
    return seed * 100_003


def _jobs(mixture: Mixture) -> list[_Job]:
    whole = sum(share for _, share in mixture.levels)
    jobs: list[_Job] = []
    for level, share in mixture.levels:
        left = max(1, round(mixture.n_problems * share / whole))
        while left > 0:
            n = min(_CHUNK, left)
            # Streams with different seeds are different; a few problems can be in two of them.
            jobs.append((level, first_seed(mixture.seed) + len(jobs), n, mixture.formats))
            left -= n
    return jobs


def _here(jobs: Sequence[_Job]) -> Generator[list[Example]]:
    yield from map(_make, jobs)


def _in_processes(jobs: Sequence[_Job], workers: int) -> Generator[list[Example]]:
    """The examples of each job, in order, made by fresh interpreters that take the jobs in turn.

    They import neither torch nor the caller's main file, so that a script needs no guard. Whatever ends this generator
    ends them: an error, Ctrl-C, or a caller that wants no more.
    """
    with ExitStack() as stack:
        processes = [stack.enter_context(_serving(jobs[first::workers])) for first in range(workers)]
        for number in range(len(jobs)):
            process = processes[number % workers]
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line.endswith("\n"):
                raise TrainError(
                    f"making problems: a process ended with {process.wait()} before job {number} was done; its own "
                    "message is above. Try again, or with fewer processes if memory ran out"
                )
            yield [Example(*fields) for fields in json.loads(line)]


@contextmanager
def _serving(jobs: Sequence[_Job]) -> Iterator[subprocess.Popen[str]]:
    """A process that does these jobs; killed when the block ends, however it ends."""
    # The path goes in as it is: PYTHONPATH cannot hold every name, and -P keeps the working folder's files from being
    # imported. In a group of its own the process does not get the terminal's Ctrl-C; it is killed here.
    call = [sys.executable, "-P", "-c", _CHILD, json.dumps(sys.path)]
    with subprocess.Popen(call, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, process_group=0) as process:
        try:
            assert process.stdin is not None
            with suppress(BrokenPipeError), process.stdin:  # where it ended at once, reading says so
                process.stdin.write(json.dumps(jobs))
            yield process
        finally:
            process.kill()


_CHILD = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from unriddle.train.pool import serve; serve()"


def serve() -> None:
    """Do the jobs that stand on standard input; a line of examples each goes to standard output.

    It ends without a word when nobody reads on.
    """
    for level, seed, n, formats in json.load(sys.stdin):
        job = (int(level), int(seed), int(n), tuple((str(name), float(times)) for name, times in formats))
        fields = [(one.prompt, one.target, one.task, one.problem) for one in _make(job)]
        try:
            sys.stdout.write(json.dumps(fields) + "\n")
            sys.stdout.flush()
        except BrokenPipeError:
            os._exit(0)  # an ordinary exit would try to write the rest


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
    parts = [_encoded(examples[i : i + _PART], tokenizer) for i in range(0, len(examples), _PART)]
    return Encoded.joined(parts)


def _encoded(examples: Sequence[Example], tokenizer: Any) -> Encoded:
    prompts = tokenizer([example.prompt for example in examples], add_special_tokens=False)["input_ids"]
    targets = tokenizer([example.target + END for example in examples], add_special_tokens=False)["input_ids"]
    return Encoded.of(list(zip(prompts, targets, strict=True)))


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
    except (OSError, KeyError, ValueError, RuntimeError, BadZipFile):
        return None


def pool_digest(pool: Encoded) -> str:
    """A short hash of everything in a pool."""
    found = hashlib.blake2b(digest_size=8)
    for array in (pool.tokens, pool.ends, pool.n_prompt):
        found.update(np.ascontiguousarray(array).tobytes())
    return found.hexdigest()


def digest(*parts: Any) -> str:
    """A short hash of plain data."""
    return hashlib.blake2b(json.dumps(parts, sort_keys=True).encode(), digest_size=8).hexdigest()
