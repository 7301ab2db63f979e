"""Examples that no program can satisfy together: the same call with two values.

Not covered: contradictions between examples and test code, or within test code.
"""

from __future__ import annotations

from unriddle.errors import BadProblem, shorten
from unriddle.problem import CallTest, Problem, Returns

__all__ = ["check_contradictions"]


def check_contradictions(problem: Problem) -> None:
    """Refuse a problem two of whose examples contradict each other.

    Args:
        problem: What was posed.

    Raises:
        BadProblem: Two tests call the function alike and want different values; both are named.
    """
    seen: dict[str, CallTest] = {}
    for test in problem.tests:
        if (
            not isinstance(test, CallTest)
            or not isinstance(test.expect, Returns)
            or test.expect.equality.kind != "exact"
        ):
            continue
        other = seen.setdefault(repr((test.entry, test.args, sorted(test.kwargs.items()))), test)
        assert isinstance(other.expect, Returns)
        before, now = other.expect.value, test.expect.value
        if before != now and not (before != before and now != now):
            call = f"{test.entry}({', '.join(map(repr, test.args))})"
            raise BadProblem(
                f"problem {problem.id}: {test.name or 'a test'} contradicts {other.name or 'an earlier one'}: "
                f"{shorten(call)} is {shorten(before)} there and {shorten(now)} here; correct one"
            )
