"""Tests from a language model that continues a test file behind the code under test.

What is asked for is the file's first test, its last one or an extra one; of each completion the first whole test is
kept. The model must have learned texts of code and test with the separator (``unriddle.prompt.code_test_pair``). Not
covered: whether a test is right, or runs (``unriddle.testgen.lm_filter``), and completing the next statement of a test.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from unriddle.errors import BadInput, shorten
from unriddle.lm.base import LM, Completion, SampleOptions
from unriddle.prompt.code_test_pair import prompt_for_test
from unriddle.testgen.lm_test_files import CannotRun, WrittenTest, first_new_test, same_text, split_tests

__all__ = ["FileTests", "Mode", "beginning", "generate_tests", "read_draws"]

Mode = Literal["first", "last", "extra"]

OPTIONS = SampleOptions(temperature=0.2, top_p=0.95, max_tokens=512)
"""How the paper samples, without its top-k of 50."""

_LETTERS = 3
"""Letters of a token, where the model does not say."""


@dataclass(frozen=True, slots=True)
class FileTests:
    """Tests of one call of a language model.

    Attributes:
        tests: ``(m,)`` distinct ones, in the order drawn.
        n_draws: Completions.
        rejected: Completions that gave no test, by reason; ``repeated`` for one that was drawn before.
        n_cut: Lines of the code that did not fit into the prompt.
        n_tokens: Tokens the completions cost, prompt included.
    """

    tests: tuple[WrittenTest, ...]
    n_draws: int
    rejected: Mapping[str, int]
    n_cut: int
    n_tokens: int


def beginning(existing: str, mode: Mode) -> str:
    """How the test file begins when this test is to be written next.

    ``first``: what stands before the first test. ``last``: all before the last one. ``extra``: the whole file. A file
    without tests is taken whole.

    Raises:
        BadInput: There is no such mode, or the last of fewer than two tests is asked for.
    """
    if mode not in get_args(Mode):
        raise BadInput(f"generate_tests: mode must be one of {', '.join(get_args(Mode))}, got {shorten(mode)}")
    tests = split_tests(existing)
    if mode == "last" and len(tests) < 2:
        raise BadInput(f"generate_tests: mode 'last' needs a file with 2 tests or more, got {len(tests)}; use 'first'")
    if mode == "extra" or not tests:
        return existing if not existing or existing.endswith("\n") else existing + "\n"
    line = tests[0].line if mode == "first" else tests[-1].line
    return "".join(existing.splitlines(keepends=True)[: line - 1])


def generate_tests(
    code: str,
    lm: LM,
    *,
    existing_tests: str | None = None,
    mode: Mode = "first",
    n: int = 10,
    options: SampleOptions = OPTIONS,
    with_code: bool = True,
    max_prompt_tokens: int | None = None,
) -> FileTests:
    """The tests that ``n`` completions hold, one of each at most.

    Args:
        code: The code under test.
        lm: Writes them.
        existing_tests: The test file as it is; without one the model begins it.
        mode: Which test is wanted.
        n: Completions.
        options: How to sample.
        with_code: Put the code into the prompt; without it is the control.
        max_prompt_tokens: A longer prompt loses lines of the code, never of the test file; ``None`` for no limit.

    Raises:
        BadInput: See ``beginning`` and ``unriddle.prompt.code_test_pair``.
        LMError: The model cannot answer.

    >>> from unriddle.lm import ScriptedLM
    >>> lm = ScriptedLM(["def test_f():\\n    assert f(1) == 2\\n\\ndef test_g():\\n"])
    >>> print(generate_tests("def f(x): return x + 1", lm, n=1).tests[0].source)
    def test_f():
        assert f(1) == 2
    <BLANKLINE>
    """
    begun = beginning(existing_tests or "", mode)
    prompt = prompt_for_test(code if with_code else None, begun, max_tokens=max_prompt_tokens, count=_counter(lm))
    draws = lm.sample([prompt.text], n=n, options=options)[0]
    return read_draws(draws, begun, n_cut=prompt.n_cut)


def read_draws(draws: Sequence[Completion], begun: str = "", *, n_cut: int = 0) -> FileTests:
    """The distinct tests that completions hold, the first whole one of each.

    Args:
        draws: Completions of one prompt.
        begun: How the test file in the prompt begins.
        n_cut: Lines of the code that did not fit into the prompt.
    """
    kept: dict[str, WrittenTest] = {}
    rejected: Counter[str] = Counter()
    for draw in draws:
        test = first_new_test(begun, draw.text, logprob=draw.logprob)
        if isinstance(test, CannotRun):
            rejected[test.why] += 1
        elif kept.setdefault(same_text(test), test) is not test:
            rejected["repeated"] += 1
    n_tokens = sum(d.completion_tokens for d in draws) + max((d.prompt_tokens for d in draws), default=0)
    return FileTests(tuple(kept.values()), len(draws), dict(rejected), n_cut, n_tokens)


def _counter(lm: LM) -> Callable[[str], int]:
    """Counts tokens: the model's own where it can encode, else about three letters each."""
    encode = getattr(lm, "encode", None)
    if encode is None:
        return lambda text: -(-len(text) // _LETTERS)
    return lambda text: len(encode(text))
