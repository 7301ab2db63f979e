"""Every branch of the workflow of LPW with answers written beforehand, and the calls of the model that it must take.

Not covered: what a real model would answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from unriddle.budget import Budget
from unriddle.contracts import Executor
from unriddle.lm import ScriptedLM
from unriddle.methods.lpw import LPW
from unriddle.problem import CallTest, Parameter, Problem, Returns, Signature

__all__ = ["SCRIPTS", "Script", "differences"]

_TESTS = tuple(CallTest("f", (x,), expect=Returns(2 * x), name=f"t{x}") for x in (2, 3))
_PROBLEM = Problem("double", "Double x.", Signature("f", (Parameter("x"),)), tests=_TESTS)

_PLAN = "<plan>\n1. Add x to itself.\n</plan>"
_OTHER = "<plan>\n1. Add two.\n</plan>"
_AGREED, _DENIED = "test 1: right\ntest 2: right", "test 1: right\ntest 2: wrong"
_LONG = "def f(x):\n    y = 0\n    for i in range(60 * x):\n        y = y + i\n    return y"


def _walks(*results: int) -> str:
    return "\n".join(f"<check>\nrecord: y = {r}\nresult: {r}\nplan: right\n</check>" for r in results)


def _code(text: str) -> str:
    return f"```python\n{text}\n```"


def _returning(expression: str) -> str:
    return _code(f"def f(x):\n    y = {expression}\n    return y")


_GOOD = _walks(4, 6)
_REVISED = f"{_walks(4)}\n<check>\nresult: 5\nplan: wrong\n</check>\n{_PLAN}"
_START = [_PLAN, _GOOD, _AGREED]
_TALK = ["It adds two.", "y is 5, not 6."]
_MOST_TRACE = 400


@dataclass(frozen=True, slots=True)
class Script:
    """Answers, and what they must lead to.

    Attributes:
        name: The branch.
        answers: In order; they begin again when used up, so a call too many is seen.
        n_calls: Calls of the model.
        solved: Whether the visible tests are passed.
        holds: Texts that the last message of some prompts must hold, by number of the call; after ``!`` must not.
        options: Of ``LPW``.
    """

    name: str
    answers: list[str]
    n_calls: int
    solved: bool
    holds: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)


SCRIPTS = (
    Script("a plan verified at once", [*_START, _returning("x + x")], 4, True),
    Script("a walk is missing", [_PLAN, _walks(4), _GOOD, _AGREED, _returning("x + x")], 5, True),
    Script("a planted error is revised", [_OTHER, _REVISED, _GOOD, _AGREED, _returning("x + x")], 5, True,
           {2: ("1. Add x to itself.", "!1. Add two.")}),
    Script("the second look disagrees", [_PLAN, _GOOD, _DENIED, _GOOD, _AGREED, _returning("x + x")], 6, True),
    Script("no second look", [_PLAN, _GOOD, _returning("x + x")], 3, True, options={"check": False}),
    Script("no plan in twelve tries", [_PLAN, *[_walks(4)] * 12], 13, False),
    Script("the second look disagrees twelve times", [_PLAN, *[_GOOD, _DENIED] * 12], 25, False),
    Script("the first failing test is repaired", [*_START, _returning("x + 2"), *_TALK, _returning("x + x")], 7, True,
           {5: ("assert f(3) == 6", "record: y = 6", "!record: y = 4")}),
    Script("a long run is cut", [*_START, _code(_LONG), *_TALK, _returning("x + x")], 7, True,
           {5: ("...", "assert f(2) == 4")}, {"max_trace": _MOST_TRACE}),
    Script("twelve repairs in vain", [*_START, _returning("x + 2"), *[*_TALK, _returning("x + 3")] * 12], 40, False),
)  # fmt: skip
"""The branches."""


def differences(script: Script, executor: Executor) -> list[str]:
    """What came out otherwise than it must."""
    lm = ScriptedLM(script.answers, repeat=True)
    found = LPW(lm, executor, **script.options)(_PROBLEM, budget=Budget())
    odd = []
    if len(lm.prompts) != script.n_calls:
        odd.append(f"{script.name}: {len(lm.prompts)} calls, not {script.n_calls}")
    if found.solved != script.solved:
        odd.append(f"{script.name}: {'solved' if found.solved else 'not solved'}")
    for call, texts in script.holds.items():
        asked = lm.prompts[call][-1] if call < len(lm.prompts) else ""
        told = asked if isinstance(asked, str) else asked.content
        odd += [
            f"{script.name}: call {call}, {text}" for text in texts if (text.lstrip("!") in told) == (text[0] == "!")
        ]
        if "max_trace" in script.options and len(told) > 3 * _MOST_TRACE:
            odd.append(f"{script.name}: {len(told)} characters")
    return odd
