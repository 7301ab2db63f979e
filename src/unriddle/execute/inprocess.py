"""InProcessExecutor: runs *trusted* programs in this very process, without any isolation, behind the same contract.

For programs of our own grammars, for documentation and for tests of other parts. Never for anything a language model
or a user's file wrote: there are no limits here, an endless loop hangs the caller, and a program can do whatever this
process can.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from unriddle.candidate import Candidate
from unriddle.contracts import Group
from unriddle.errors import BadInput
from unriddle.execute.fill import Builder
from unriddle.execute.inside.harness import report_error
from unriddle.execute.judge import Cell, Frame, cell_of_error, judge_value
from unriddle.execute.plan import Call, Plan, make_plan
from unriddle.language.typecheck import has_type
from unriddle.language.values import decode, encode
from unriddle.outcome import Limits, Status
from unriddle.problem import CodeTest, Satisfies, Test
from unriddle.verdicts import Detail, Verdicts

__all__ = ["InProcessExecutor"]


class InProcessExecutor:
    """Runs trusted candidates here; a context manager that owns nothing.

    >>> from unriddle import CallTest, Returns
    >>> with InProcessExecutor() as executor:
    ...     verdicts = executor.run([Candidate("def f(x): return x + 1")], [CallTest("f", (1,), expect=Returns(2))])
    >>> verdicts[0, 0].status.name
    'PASS'
    """

    @property
    def isolation(self) -> str:
        """Always ``in-process``."""
        return "in-process"

    def __enter__(self) -> InProcessExecutor:
        return self

    def __exit__(self, *exc: object) -> None:
        return None

    def run(self, candidates: Sequence[Candidate], tests: Sequence[Test], *, limits: Limits | None = None) -> Verdicts:
        """The whole matrix ``(n, m)``; ``limits`` are stored and not enforced."""
        plan = make_plan(tests)
        for candidate in candidates:
            if candidate.language != "python":
                raise BadInput(
                    f"candidate {candidate.id} is written in {candidate.language!r}; this executor runs Python only"
                )
        info = {"isolation": self.isolation, "limits": (limits or Limits()).as_dict()}
        builder = Builder(candidates, plan, info)
        for i, candidate in enumerate(candidates):
            builder.add(i, _row(candidate, plan))
        return builder.verdicts()

    def stream(
        self, candidates: Sequence[Candidate], tests: Sequence[Test], *, limits: Limits | None = None
    ) -> Iterator[tuple[int, Verdicts]]:
        """``(i, row)`` in order."""
        for i, candidate in enumerate(candidates):
            yield i, self.run([candidate], tests, limits=limits)

    def run_groups(self, groups: Iterable[Group], *, limits: Limits | None = None) -> Iterator[tuple[int, Verdicts]]:
        """``(number, matrix)`` in order."""
        for number, (candidates, tests) in enumerate(groups):
            yield number, self.run(candidates, tests, limits=limits)


def _row(candidate: Candidate, plan: Plan) -> list[Cell]:
    cells = [Cell(Status.SKIPPED) for _ in plan.names]
    names: dict[str, Any] = {"__name__": "candidate"}
    try:
        exec(compile(candidate.source, "candidate.py", "exec", dont_inherit=True), names)
    except Exception as error:  # noqa: BLE001 - a candidate's failure is data
        return [cell_of_error(_error(error, 0.0), None) for _ in plan.names]
    for call in (*plan.shared, *plan.alone):
        cells[call.column] = _call(call, names)
    for column, test in plan.code:
        cells[column] = _code(test, names)
    return cells


def _error(error: BaseException, seconds: float) -> Frame:
    name, message, line, number = report_error(error)
    return Frame("E", seconds, b"", "", name, message, line, number)


def _call(call: Call, names: dict[str, Any]) -> Cell:
    began = time.process_time()
    try:
        args, kwargs = decode(call.args[1:]), decode(call.kwargs[1:])
        value = encode(names[call.test.entry](*args, **kwargs))
    except Exception as error:  # noqa: BLE001 - a candidate's failure is data
        return cell_of_error(_error(error, time.process_time() - began), call.test.expect)
    frame = Frame("V", time.process_time() - began, value, "", "", "", 0, 0)
    if isinstance(call.test.expect, Satisfies):
        return _predicate(call.test.expect, frame)
    return judge_value(call, frame)


def _predicate(expect: Satisfies, frame: Frame) -> Cell:
    value = decode(frame.value)
    if expect.type and not has_type(value, expect.type):
        why = f"expected exactly {expect.type}, got {type(value).__name__}"
        return Cell(Status.FAIL, frame.value, frame.cpu_seconds, Detail(error=why))
    names: dict[str, Any] = {}
    try:
        exec(expect.code, names)
        holds = names[expect.entry](value, *expect.args) is True
    except Exception as error:  # noqa: BLE001 - a verifier that raises says no
        return Cell(Status.FAIL, frame.value, frame.cpu_seconds, Detail(error=f"the verifier raised {error!r}"))
    why = "" if holds else "the verifier did not return True"
    return Cell(Status.PASS if holds else Status.FAIL, frame.value, frame.cpu_seconds, Detail(error=why))


def _code(test: CodeTest, names: dict[str, Any]) -> Cell:
    scope = {**names, "candidate": names.get(test.entry)}
    try:
        exec(test.prelude, scope)
        scope.update({"candidate": names.get(test.entry), test.entry or "candidate": names.get(test.entry)})
        exec(test.code, scope)
    except AssertionError as error:
        return Cell(Status.FAIL, detail=Detail(error=traceback.format_exception_only(error)[-1].strip()))
    except Exception as error:  # noqa: BLE001 - a candidate's failure is data
        return cell_of_error(_error(error, float("nan")), None)
    return Cell(Status.PASS)
