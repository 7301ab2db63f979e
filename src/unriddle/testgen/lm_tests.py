"""Tests from a language model: the prompt that asks for asserts, the draws read back, and vacuous ones told apart.

Examples in the docstring are taken out of the prompt: they are true tests, and copying them would say nothing new. Not
covered: whether a test is right; choosing rules weigh that (``unriddle.score.codet``, ``b4``).
"""

from __future__ import annotations

import ast
import dataclasses
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from unriddle.candidate import Candidate
from unriddle.contracts import Executor
from unriddle.errors import BadInput
from unriddle.language.truncate import parse
from unriddle.lm.base import LM, Message, Prompt, SampleOptions
from unriddle.outcome import Limits
from unriddle.problem import Problem, Test
from unriddle.prompt.fences import fenced_blocks
from unriddle.prompt.stub import body_indent, stub_text
from unriddle.testgen.asserts_in_text import STOPS, read_tests

__all__ = ["Generated", "generate_tests", "is_vacuous", "prompt_for_tests", "sample_tests", "without_examples"]

OPTIONS = SampleOptions(temperature=0.8, top_p=0.95, max_tokens=300)
"""How the CodeT paper samples programs and tests."""

_HEADING = re.compile(
    r"^\W*(for )?(more )?(examples?|sample (in|out)puts?|doctests?|tests?( cases?)?)\b[^.]{0,20}\W*$", re.I
)
_FALSY = ("None", "0", "''", "[]")
_TRUTHY = ("True", "7", "'a'", "[1]")


@dataclass(frozen=True, slots=True)
class Generated:
    """Tests of one call of a language model.

    Attributes:
        tests: ``(m,)`` in the order drawn; a test written twice stands there twice.
        n_draws: Draws made.
        n_tokens: Tokens they cost, prompt included.
    """

    tests: tuple[Test, ...]
    n_draws: int
    n_tokens: int


def generate_tests(lm: LM, problem: Problem, *, n: int = 100, options: SampleOptions = OPTIONS) -> list[Test]:
    """The tests that ``n`` draws hold, at most five of each draw, repeats included.

    >>> from unriddle.lm import ScriptedLM
    >>> from unriddle.problem import Signature
    >>> lm = ScriptedLM(["f(1) == 2\\nassert f(2) == 3"])
    >>> [test.source for test in generate_tests(lm, Problem("p", "Add one.", Signature("f")), n=1)]
    ['assert f(1) == 2', 'assert f(2) == 3']
    """
    return list(sample_tests(lm, problem, n=n, options=options).tests)


def sample_tests(
    lm: LM,
    problem: Problem,
    *,
    n: int = 100,
    options: SampleOptions = OPTIONS,
    limit: int | None = 5,
    style: Literal["completion", "chat"] = "completion",
) -> Generated:
    """Tests from ``n`` draws, and what they cost.

    Args:
        lm: Writes them.
        problem: What they are to test.
        n: Draws.
        options: How to sample; the stop strings of the published procedure are added for completions.
        limit: At most this many asserts of each draw.
        style: ``completion`` continues a program that ends in ``assert``, ``chat`` asks in messages.

    Raises:
        BadInput: ``n`` or ``limit`` is less than 1.
        LMError: The model cannot answer.
    """
    if n < 1:
        raise BadInput(f"sample_tests: n must be 1 or more, got {n}")
    if style == "completion":
        stop = tuple(dict.fromkeys((*options.stop, *STOPS)))
        options = dataclasses.replace(options, stop=stop)
    draws = lm.sample([prompt_for_tests(problem, style=style)], n=n, options=options)[0]
    texts = [_code_of(draw.text) for draw in draws]
    tokens = sum(d.completion_tokens for d in draws) + max((d.prompt_tokens for d in draws), default=0)
    tests = read_tests(texts, problem.entry, limit=limit, prelude=problem.context)
    return Generated(tuple(tests), len(draws), tokens)


def _code_of(text: str) -> str:
    """The fenced blocks of an answer, one under the other; the whole text where it has none."""
    blocks = fenced_blocks(text)
    return "\n".join(block.code for block in blocks) if blocks else text


def prompt_for_tests(problem: Problem, *, style: Literal["completion", "chat"] = "completion") -> Prompt:
    """The prompt that asks for asserts about the problem's entry point, its examples left out.

    >>> from unriddle.problem import Signature
    >>> print(prompt_for_tests(Problem("p", "Add one.", Signature("f"))))
    def f():
        \"\"\"Add one.\"\"\"
        pass
    <BLANKLINE>
    # Check that f is correct:
    assert
    """
    context = problem.context.strip("\n")
    stub = without_examples(stub_text(problem), problem.entry).rstrip()
    whole = "\n\n\n".join(filter(None, (context, f"{stub}\n{body_indent(problem)}pass")))
    if style == "completion":
        return f"{whole}\n\n# Check that {problem.entry} is correct:\nassert"
    ask = (
        f"```python\n{whole}\n```\n\nWrite asserts that check `{problem.entry}`, one a line, each a single call "
        f"with the expected value: `assert {problem.entry}(...) == ...`. "
        "Answer with one code block of asserts and nothing else."
    )
    return (Message("user", ask),)


def without_examples(stub: str, entry: str) -> str:
    """The stub without the examples of its docstring: sessions, calls of the entry point on literals, their headings.

    A line that calls the entry point on names (``f(n) = f(n - 1) + 1``) is part of the specification and stays.

    >>> print(without_examples("def f(x):\\n    \'\'\'Add one. So f(1) is 2.\'\'\'", "f"))
    def f(x):
        \'\'\'Add one.\'\'\'
    """
    kept: list[str] = []
    in_session = False
    for line in stub.split("\n"):
        text = line.strip()
        quotes = re.search(r'"""|\'\'\'', line)
        shown = text.startswith((">>>", "...")) or (in_session and bool(text) and text[:3] not in ('"""', "'''"))
        in_session = shown and not quotes
        start = _example_start(line, entry)
        if not shown and start < 0:
            kept.append(line)
            continue
        before = "" if shown else line[:start].rpartition(". ")[0]
        rest = "".join(re.findall(r'"""|\'\'\'', line[len(before) :]))
        while not before.strip() and kept and _HEADING.match(kept[-1]):
            kept.pop()
        if before.strip() or rest:
            kept.append((f"{before}." if before.strip() else line[: len(line) - len(line.lstrip())]) + rest)
    cut = "\n".join(kept)
    return stub if parse(cut) is None and parse(stub) is not None else cut


def _example_start(line: str, entry: str) -> int:
    """Where the line first calls the entry point on literals; -1 where it does not."""
    for found in re.finditer(rf"(?<!def )\b{re.escape(entry)}\s*\(", line):
        depth = 0
        for end in range(found.end() - 1, len(line)):
            depth += (line[end] in "([{") - (line[end] in ")]}")
            if depth == 0:
                break
        tree = parse(line[found.start() : end + 1])
        names = [n.id for n in ast.walk(tree) if isinstance(n, ast.Name)] if tree else []
        if names == [entry]:
            return found.start()
    return -1


def is_vacuous(
    tests: Sequence[Test], problem: Problem, *, executor: Executor, limits: Limits | None = None
) -> npt.NDArray[np.bool_]:
    """``(m,)``: the test is passed by programs that know nothing, so passing it says nothing.

    Stubs return one constant whatever they are given. A test is vacuous when a stub with a false constant and one with
    a true constant both pass it: ``f(x) is not None`` and ``f(x) == f(x)`` are, ``f(x) == 0`` and ``f(x)`` are not.
    """
    if not tests:
        return np.zeros(0, bool)
    header = f"def {problem.entry}(*args, **kwargs):\n    return "
    stubs = [Candidate(header + value) for value in (*_FALSY, *_TRUTHY)]
    passed = executor.run(stubs, tests, limits=limits).passed
    return np.asarray(passed[: len(_FALSY)].any(axis=0) & passed[len(_FALSY) :].any(axis=0), bool)
