"""Plans in words: how they are asked for, verified on the visible tests by hand, and read back.

Not covered: what is done with a plan (``unriddle.methods.lpw``).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass

from unriddle.lm.base import Message, Prompt
from unriddle.problem import CallTest, Problem, Returns, Test
from unriddle.prompt.shown import shown_test

__all__ = ["Plan", "Verification", "check_prompt", "plan_prompt", "read_check", "read_plan", "read_verification",
           "verify_prompt"]  # fmt: skip

_PLAN = re.compile(r"<plan>(.*?)(?:</plan>|\Z)", re.DOTALL | re.IGNORECASE)
_CHECK = re.compile(r"<check>(.*?)(?:</check>|\Z)", re.DOTALL | re.IGNORECASE)
_RESULT = re.compile(r"^\s*result:(.*)$", re.MULTILINE | re.IGNORECASE)
_VERDICT = re.compile(r"^\s*plan:\s*(right|wrong)\b", re.MULTILINE | re.IGNORECASE)
_JUDGED = re.compile(r"^\W*test\s+(\d{1,4})\s*:\s*(right|wrong)\b", re.MULTILINE | re.IGNORECASE)

_SYSTEM = "You plan programs in words before anybody writes them, and check plans by hand with great care."
_FORM = """<check>
test: the test
keep track of: the names of the values that matter on the way
record: name = value
record: name = value
result: the value that the plan arrives at
plan: right
</check>"""


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan in words and its walks through the tests.

    Attributes:
        text: The plan.
        walks: One per visible test, in their order; empty when the plan was not verified.
        verified: Every walk arrives at what the test expects, by the model's word.
        n_tries: Verifications asked for.
    """

    text: str
    walks: tuple[str, ...] = ()
    verified: bool = False
    n_tries: int = 0


@dataclass(frozen=True, slots=True)
class Verification:
    """What an answer to ``verify_prompt`` says.

    Attributes:
        walks: Its walks, in order.
        right: There is one walk per test, each ends at what is expected, and the plan was not changed.
        revised: The corrected plan; empty when there is none.
    """

    walks: tuple[str, ...]
    right: bool
    revised: str = ""


def _task(problem: Problem) -> str:
    tests = "\n".join(f"test {i}: {shown_test(test)}" for i, test in enumerate(problem.tests, start=1))
    return f"Task: write `{problem.signature.header().rstrip(':')}`.\n{problem.statement.strip()}\n\nTests:\n{tests}"


def _chat(*parts: str) -> Prompt:
    return (Message("system", _SYSTEM), Message("user", "\n\n".join(parts)))


def plan_prompt(problem: Problem) -> Prompt:
    """Asks for a plan."""
    return _chat(
        _task(problem),
        "Write a plan: numbered steps in plain words, precise enough that a person could follow them by hand, and "
        "without code. Put it between <plan> and </plan>.",
    )


def verify_prompt(problem: Problem, plan: str) -> Prompt:
    """Asks for a walk of the plan through every test."""
    return _chat(
        _task(problem),
        f"<plan>\n{plan}\n</plan>",
        "Follow this plan by hand on every test, in order, and write one block per test in this form, with a record "
        f"line each time a value changes:\n{_FORM}\nDo not look at the expected value before you have the result; then "
        "compare. Where the plan arrives at something else, end that block with `plan: wrong` and a line that says "
        "why, write the whole corrected plan between <plan> and </plan>, and stop there.",
    )


def check_prompt(problem: Problem, plan: str, walks: Sequence[str]) -> Prompt:
    """Asks for a second look at the walks."""
    shown = "\n".join(f"<check>\n{walk}\n</check>" for walk in walks)
    return _chat(
        _task(problem),
        f"<plan>\n{plan}\n</plan>",
        shown,
        "Somebody followed the plan by hand on the tests. Look for steps that were skipped or values that do not "
        "follow. Then write one line per test, `test 1: right` or `test 1: wrong`, and nothing after these lines.",
    )


def read_plan(text: str) -> str:
    """The last plan in an answer; the whole answer where it marks none.

    >>> read_plan("Well. <PLAN>1. Add.</PLAN> Done.")
    '1. Add.'
    """
    found = [match.strip() for match in _PLAN.findall(text) if match.strip()]
    return found[-1] if found else text.strip()


def read_verification(text: str, tests: Sequence[Test], *, plan: str = "") -> Verification:
    """The walks in an answer, and whether they bear the plan out.

    A walk whose result is a literal is compared with the test itself, whatever the model says of it.

    Args:
        text: The answer.
        tests: The visible tests, one or more.
        plan: The plan it is about: repeating it is no correction.
    """
    outside = _CHECK.sub("", text)
    plans = [match.strip() for match in _PLAN.findall(outside) if match.strip()]
    revised = plans[-1] if plans and plans[-1] != plan.strip() else ""
    walks = tuple(match.strip() for match in _CHECK.findall(text))
    right = bool(tests) and len(walks) == len(tests) and not revised
    right = right and all(_bears_out(walk, test) for walk, test in zip(walks, tests, strict=False))
    return Verification(walks, right, revised)


def _bears_out(walk: str, test: Test) -> bool:
    verdicts = [verdict.lower() for verdict in _VERDICT.findall(walk)]
    if not verdicts or verdicts[-1] != "right":
        return False
    results = _RESULT.findall(walk)
    if not results or not isinstance(test, CallTest) or not isinstance(test.expect, Returns):
        return True
    if test.expect.equality.kind != "exact":
        return True
    try:
        value = ast.literal_eval(results[-1].strip())
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return True
    return bool(value == test.expect.value)


def read_check(text: str, n_tests: int) -> bool:
    """Whether an answer to ``check_prompt`` calls the walk of every test right; the last word on a test counts.

    >>> read_check("test 1: right\\ntest 2: wrong", 2), read_check("Test 1: right", 1), read_check("", 0)
    (False, True, False)
    """
    said = {int(number): verdict.lower() == "right" for number, verdict in _JUDGED.findall(text)}
    return n_tests > 0 and all(said.get(i, False) for i in range(1, n_tests + 1))
