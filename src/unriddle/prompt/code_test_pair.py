"""A code file and its test file as one text, with a separator between them, and prompts that end behind it.

A prompt that is too long loses lines of the code, from its top, and nothing else: the separator and what stands behind
it say what is wanted. Not covered: other languages than those whose files are text with lines.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from unriddle.errors import BadInput, shorten

__all__ = ["SEPARATOR", "PairPrompt", "format_pair", "parse_pair", "prompt_for_test"]

SEPARATOR = "<|codetestpair|>"
"""Stands between a code file and its test file."""


@dataclass(frozen=True, slots=True)
class PairPrompt:
    """A prompt that ends inside a test file.

    Attributes:
        text: Code, separator, beginning of the test file.
        n_cut: Lines of the code that were left out so that it fits; 0 for none.
    """

    text: str
    n_cut: int = 0


def format_pair(code: str, test: str) -> str:
    """Code and test as one text.

    Raises:
        BadInput: The separator stands in one of them, so that the text could not be taken apart again.

    >>> format_pair("def f(): ...", "f()")
    'def f(): ...<|codetestpair|>f()'
    """
    for what, text in (("code", code), ("test", test)):
        if SEPARATOR in text:
            raise BadInput(f"format_pair: the {what} must not hold {SEPARATOR!r}; leave this file out: {shorten(text)}")
    return f"{code}{SEPARATOR}{test}"


def parse_pair(text: str) -> tuple[str, str]:
    """Code and test of a text that ``format_pair`` made, to the letter.

    Raises:
        BadInput: The text does not hold the separator exactly once.

    >>> parse_pair("a<|codetestpair|>b")
    ('a', 'b')
    """
    code, found, test = text.partition(SEPARATOR)
    if not found or SEPARATOR in test:
        n = text.count(SEPARATOR)
        raise BadInput(f"parse_pair: expected {SEPARATOR!r} exactly once, found it {n} times in {shorten(text)}")
    return code, test


def prompt_for_test(
    code: str | None,
    begun: str = "",
    *,
    max_tokens: int | None = None,
    count: Callable[[str], int] = len,
) -> PairPrompt:
    """The prompt that is to be continued with a test.

    Args:
        code: The code under test; ``None`` asks without it (the control).
        begun: How the test file begins: imports, helpers, tests that are there already.
        max_tokens: Most tokens of the prompt; ``None`` for no limit.
        count: Number of tokens of a text; characters unless the model's own are given.

    Raises:
        BadInput: Separator and test file alone are longer than ``max_tokens``.

    >>> prompt_for_test("import a\\ndef f(): ...\\n", "assert", max_tokens=40).text
    'def f(): ...\\n<|codetestpair|>assert'
    """
    whole = format_pair(code or "", begun)
    if max_tokens is None or count(whole) <= max_tokens:
        return PairPrompt(whole)
    least = count(format_pair("", begun))
    if least > max_tokens:
        raise BadInput(
            f"prompt_for_test: the test file alone has {least} tokens, the prompt may have {max_tokens}; give fewer "
            f"existing tests or a model with a longer context: {shorten(begun)}"
        )
    lines = (code or "").splitlines(keepends=True)
    low, high = 1, len(lines)  # lines to cut; with all of them cut it fits
    while low < high:
        middle = (low + high) // 2
        if count(format_pair("".join(lines[middle:]), begun)) <= max_tokens:
            high = middle
        else:
            low = middle + 1
    return PairPrompt(format_pair("".join(lines[low:]), begun), low)
