"""Language models as puzzle solvers: short, medium and long prompts, reading the answer back, and bootstrapping.

*short* asks for an expression after ``assert True == f(``; *medium* shows five worked puzzles of ours and asks for the
body of a function; *long* is the same with a sentence in every header. Completions are cut at the bracket that closes
the call, or at the first line that is not indented, so a completion cannot define the verifier again at the top level.
Programs are hostile: they are made here and run in the sandbox only.

Not covered: counting tokens; a prompt's length is bounded in characters.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from unriddle.candidate import Candidate
from unriddle.contracts import Executor
from unriddle.language import python
from unriddle.language.truncate import parse
from unriddle.lm.base import LM, SampleOptions
from unriddle.outcome import Limits
from unriddle.problem import Problem
from unriddle.prompt.puzzle import verifier

__all__ = ["Bootstrapped", "Style", "bootstrap", "prompt", "read_answer", "sample_answers"]

Style = Literal["short", "medium", "long"]

_LIMITS = Limits(cpu_seconds=1.0, memory_mb=512)
_HEAD = "from typing import List\n\n"
_TRIES = 32
"""Samples per puzzle in one iteration of bootstrapping, as in the paper."""

_WORKED: tuple[tuple[str, str, str, str], ...] = (
    (
        "s: str",
        'return s.endswith("moon") and len(s) == 8',
        "Find a text of eight letters that ends with 'moon'.",
        'return "half" + "moon"',
    ),
    (
        "xs: List[int]",
        "return xs == sorted(set(xs)) and len(xs) == 5 and sum(xs) == 60",
        "Find five different numbers in rising order whose sum is 60.",
        "return [10, 11, 12, 13, 14]",
    ),
    (
        "n: int, base=7",
        "return n % base == 3 and n > 10 ** 6",
        "Find a number above a million that leaves 3 when divided by the base.",
        "return base * 10 ** 6 + 3",
    ),
    (
        "words: List[str]",
        'return len(set(words)) == 50 and all(w.startswith("ab") and w.count("c") % 2 == 0 for w in words)',
        "Find 50 different words that start with 'ab' and have an even number of 'c's.",
        'return ["ab" + "cc" * i for i in range(50)]',
    ),
    (
        "x: float",
        "return abs(x * x - 2) < 1e-6",
        "Find a number whose square is nearly 2.",
        "return 2 ** 0.5",
    ),
)
"""Parameters of a puzzle, its body, what it asks for in words, and the body of a solution."""


def prompt(problem: Problem, *, style: Style = "medium", worked: Sequence[tuple[str, str]] | None = None) -> str:
    """The text to be continued.

    Args:
        problem: A puzzle.
        style: See the module; ``long`` adds the problem's statement, if it has one.
        worked: Pairs of texts, a puzzle as ``def f(…)`` and a solution as ``def g(…)``, to show instead of ours.

    Raises:
        BadProblem: The problem has no verifier.
    """
    if style == "short":
        return f"{_HEAD}{_puzzle_text(problem, 'f')}\n\nassert True == f("
    shown = _ours(style) if worked is None else list(worked)
    parts = [_HEAD]
    for i, (puzzle, solution) in enumerate(shown, start=1):
        parts.append(f"{_numbered(puzzle, i)}\n\n{_numbered(solution, i)}\n\nassert f{i}(g{i}())\n\n")
    last = len(shown) + 1
    header = f"def g{last}({_parameters(problem)}):\n"
    if style == "long" and problem.statement:
        header += f'    """{problem.statement}"""\n'
    return "".join([*parts, _puzzle_text(problem, f"f{last}"), "\n\n", header])


def read_answer(problem: Problem, text: str, *, style: Style = "medium", number: int = 6) -> Candidate | None:
    """The program a completion makes, or ``None`` when it cannot be read.

    Args:
        problem: The puzzle the prompt was about.
        text: The completion.
        style: The prompt's.
        number: The number the prompt gave the puzzle.

    Raises:
        BadProblem: The problem has no verifier.
    """
    expect = verifier(problem)
    body = _expression(text) if style == "short" else _body(text)
    if body is None:
        return None
    names = {"f": expect.entry, f"f{number}": expect.entry, f"g{number}": problem.entry}
    renamed = re.sub(r"\b[fg]\d*\b(?=\()", lambda m: names.get(m[0], m[0]), body)
    source = f"{expect.code.rstrip()}\n\n\ndef {problem.entry}({_parameters(problem)}):\n{renamed}\n"
    return Candidate(source, proposer=f"lm {style}") if parse(source) is not None else None


def _expression(text: str) -> str | None:
    """``return`` and the argument up to the bracket that closes the call, the first that makes it one argument."""
    line = text.split("\n", 1)[0]
    for end in (i for i, c in enumerate(line) if c == ")"):
        tree = parse(f"f({line[:end]})")
        if tree is not None and isinstance(tree.body[0], ast.Expr) and isinstance(tree.body[0].value, ast.Call):
            call = tree.body[0].value
            plain = len(call.args) == 1 and not call.keywords and isinstance(call.func, ast.Name)
            return f"    return {line[:end].strip()}" if plain else None
    return None


def _body(text: str) -> str | None:
    """The lines before the first that is not indented."""
    kept = []
    for line in text.split("\n"):
        if line.strip() and not line.startswith((" ", "\t")):
            break
        kept.append(line.rstrip())
    body = "\n".join(kept).rstrip()
    return body if body.strip() and parse(f"def g():\n{body}\n") is not None else None


def sample_answers(
    problems: Sequence[Problem],
    lm: LM,
    *,
    n: int,
    style: Style = "medium",
    temperature: float = 0.9,
    max_tokens: int = 150,
    seed: int | None = 0,
) -> list[list[Candidate]]:
    """``n`` candidates for each puzzle; an unreadable completion is kept as a program that cannot be compiled.

    Args:
        problems: Puzzles.
        lm: The model.
        n: Samples of each.
        style: The prompt.
        temperature: Of sampling.
        max_tokens: New tokens per sample.
        seed: Of sampling.

    Raises:
        BadProblem: A problem has no verifier.
    """
    stop = ("\n",) if style == "short" else ("\nassert",)
    options = SampleOptions(temperature=temperature, top_p=1.0, max_tokens=max_tokens, stop=stop, seed=seed)
    drawn = lm.sample([prompt(problem, style=style) for problem in problems], n=n, options=options)
    return [
        [read_answer(problem, c.text, style=style) or Candidate(c.text, proposer="unreadable") for c in row]
        for problem, row in zip(problems, drawn, strict=True)
    ]


@dataclass(slots=True)
class Bootstrapped:
    """What bootstrapping found.

    Attributes:
        solved: Program by puzzle id.
        failures: By puzzle id: samples before the first that solved it, or all of them.
    """

    solved: dict[str, Candidate] = field(default_factory=dict)
    failures: dict[str, int] = field(default_factory=dict)

    def pass_at(self, k: int) -> float:
        """Share of the puzzles solved with fewer than ``k`` failures; one run's number, no unbiased estimate."""
        n = len(self.failures)
        hits = sum(name in self.solved and failed < k for name, failed in self.failures.items())
        return hits / n if n else float("nan")


def bootstrap(
    problems: Sequence[Problem],
    lm: LM,
    *,
    executor: Executor,
    rng: np.random.Generator,
    n: int = 1000,
    temperature: float = 0.9,
    max_tokens: int = 150,
    max_prompt_chars: int = 5700,
) -> Bootstrapped:
    """Solve puzzles with the puzzles solved so far as examples, over and over.

    Each iteration visits the unsolved puzzles in random order with 32 samples each; the first that the verifier
    accepts becomes an example for the rest. No example is given to begin with.

    Args:
        problems: Puzzles with different ids.
        lm: The model.
        executor: Where programs run; already open.
        rng: Orders puzzles and examples, and seeds the sampling.
        n: Samples per puzzle, rounded up to whole iterations.
        temperature: Of sampling.
        max_tokens: New tokens per sample.
        max_prompt_chars: Examples are added while the prompt is no longer than this (2,048 tokens less 150, at three
            characters each).

    Raises:
        BadProblem: A problem has no verifier.
    """
    found = Bootstrapped(failures={problem.id: 0 for problem in problems})
    examples: dict[str, tuple[str, str]] = {}
    for _ in range(0, n, _TRIES):
        for i in rng.permutation(len(problems)):
            problem = problems[int(i)]
            if problem.id in found.solved:
                continue
            worked = _fitting(problem, list(examples.values()), rng, max_prompt_chars)
            options = SampleOptions(
                temperature=temperature, top_p=1.0, max_tokens=max_tokens, stop=("\nassert",),
                seed=int(rng.integers(2**31)),
            )  # fmt: skip
            text = prompt(problem, worked=worked)
            rows = lm.sample([text], n=min(_TRIES, n), options=options)[0]
            made = [read_answer(problem, row.text, number=len(worked) + 1) for row in rows]
            place = _first_right(problem, made, executor)
            right = made[place] if place < len(made) else None
            found.failures[problem.id] += place
            if right is not None:
                found.solved[problem.id] = right
                examples[problem.id] = _puzzle_text(problem, "f"), _solution_text(problem, right)
    return found


def _first_right(problem: Problem, made: Sequence[Candidate | None], executor: Executor) -> int:
    """Place of the first program that the verifier accepts; the length of ``made`` when there is none."""
    distinct = list({c.id: c for c in made if c is not None}.values())
    if not distinct:
        return len(made)
    verdicts = executor.run(distinct, problem.tests, limits=_LIMITS)
    right = {c.id for c, solved in zip(distinct, verdicts.solved(), strict=True) if solved}
    return next((i for i, c in enumerate(made) if c is not None and c.id in right), len(made))


def _fitting(
    problem: Problem, examples: Sequence[tuple[str, str]], rng: np.random.Generator, limit: int
) -> list[tuple[str, str]]:
    room, kept = limit - len(prompt(problem, worked=[])), list[tuple[str, str]]()
    for i in rng.permutation(len(examples)):
        pair = examples[int(i)]
        room -= len(pair[0]) + len(pair[1]) + 30
        if room < 0:
            break
        kept.append(pair)
    return kept


def _ours(style: Style) -> list[tuple[str, str]]:
    pairs = []
    for parameters, body, words, solution in _WORKED:
        _, comma, others = parameters.partition(", ")
        doc = f'    """{words}"""\n' if style == "long" else ""
        pairs.append((f"def f({parameters}):\n    {body}", f"def g({others if comma else ''}):\n{doc}    {solution}"))
    return pairs


def _numbered(text: str, number: int) -> str:
    return re.sub(r"\b([fg])(?=\()", rf"\g<1>{number}", text)


def _puzzle_text(problem: Problem, name: str) -> str:
    """The verifier as ``def name(…)``, without its imports."""
    expect = verifier(problem)
    node = python.definition(expect.code, expect.entry)
    text = ast.get_source_segment(expect.code, node) or expect.code
    return re.sub(rf"\b{re.escape(expect.entry)}(?=\()", name, text)


def _parameters(problem: Problem) -> str:
    return problem.signature.header().partition("(")[2].rpartition(")")[0]


def _solution_text(problem: Problem, program: Candidate) -> str:
    """A found program's function as ``def g(…)``, calls of the verifier as ``f(…)``."""
    node = python.definition(program.source, problem.entry)
    text = ast.get_source_segment(program.source, node) or ""
    text = re.sub(rf"\b{re.escape(problem.entry)}(?=\()", "g", text)
    return re.sub(rf"\b{re.escape(verifier(problem).entry)}(?=\()", "f", text)
