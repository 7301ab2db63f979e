"""How visible tests read in a prompt: one line of Python each.

Not covered: hidden tests; a Problem has none.
"""

from __future__ import annotations

from unriddle.problem import CallTest, Raises, Returns, Satisfies, Test

__all__ = ["call_text", "shown_test"]


def call_text(test: CallTest) -> str:
    """The call as Python source.

    >>> call_text(CallTest("f", (1, "a"), {"k": None}))
    "f(1, 'a', k=None)"
    """
    parts = [repr(value) for value in test.args] + [f"{name}={value!r}" for name, value in test.kwargs.items()]
    return f"{test.entry}({', '.join(parts)})"


def shown_test(test: Test) -> str:
    """The test as a person would write it.

    >>> shown_test(CallTest("f", (1,), expect=Returns(2)))
    'assert f(1) == 2'
    """
    if test.source:
        return test.source.strip()
    if not isinstance(test, CallTest):
        return test.code.strip()
    call, expect = call_text(test), test.expect
    if isinstance(expect, Returns):
        return _returns(call, expect)
    if isinstance(expect, Raises):
        return f"{call}  # raises {expect.exception}"
    if isinstance(expect, Satisfies):
        further = "".join(f", {value!r}" for value in expect.args)
        return f"assert {expect.entry}({call}{further}) is True"
    return call


def _returns(call: str, expect: Returns) -> str:
    value, equality = repr(expect.value), expect.equality
    if equality.kind == "close":
        return f"assert {call} == {value}  # within {equality.atol:g} + {equality.rtol:g} * expected"
    if equality.kind == "unordered":
        return f"assert {call} == {value}  # in any order"
    if equality.kind == "set":
        return f"assert set({call}) == {value if isinstance(expect.value, set) else f'set({value})'}"
    if equality.kind == "truth":
        return f"assert {call}" if expect.value else f"assert not {call}"
    return f"assert {call} == {value}"
