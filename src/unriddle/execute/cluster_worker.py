"""The cluster's end that judges: one Ray actor, holding one PythonExecutor with one sandbox lane.

An actor is one of our own trusted processes, like the process that called it. What Ray pickles between the two is
program texts, tests and ``Verdicts``; what a candidate returned is inside them as its encoding (``bytes``) and is
decoded by our own parser alone. Not covered: scheduling (``cluster_places``).
"""

from __future__ import annotations

import dataclasses
import importlib.metadata
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

from unriddle.candidate import Candidate
from unriddle.errors import IsolationError
from unriddle.execute.isolation import Level, installed
from unriddle.execute.plan import make_plan
from unriddle.language.values import decode, encode
from unriddle.outcome import Limits
from unriddle.problem import Returns, Satisfies, Test
from unriddle.verdicts import Verdicts

if TYPE_CHECKING:
    from unriddle.execute.python import PythonExecutor

__all__ = ["ClusterWorker", "Report", "Settings", "plain_tests", "report_here"]


class Settings(TypedDict):
    """What every sandbox of an executor is made with; see ``PythonExecutor``."""

    isolation: Level
    packages: Sequence[str]
    seed: int
    share: int


@dataclass(frozen=True, slots=True)
class Report:
    """What one process of ours runs; verdicts from two processes mean the same only if these are equal.

    Args:
        python: Version of the interpreter.
        unriddle: Version of this package.
        packages: ``(name, version)`` of the packages that candidates may import there.
        pid: Its process id on its node.
        error: Why the isolation level cannot be had there; empty when it can.
    """

    python: str
    unriddle: str
    packages: tuple[tuple[str, str], ...]
    pid: int = dataclasses.field(compare=False)
    error: str = ""

    def __str__(self) -> str:
        packages = ", ".join(f"{name} {version}".strip() for name, version in self.packages)
        return f"Python {self.python}, unriddle {self.unriddle}, candidates' packages: {packages or 'none'}"


def report_here(packages: Sequence[str], *, error: str = "") -> Report:
    """The report of this process."""
    from unriddle import __version__

    versions = tuple((name, _version(name)) for name in installed(packages))
    return Report(platform.python_version(), __version__, versions, os.getpid(), error)


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:  # imported under another name than it is distributed
        return ""


class ClusterWorker:
    """What each Ray actor is; it judges one batch after the other.

    Args:
        settings: What ``PythonExecutor`` is made with. A node that cannot reach the isolation level says so in its
            report and judges nothing.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._executor: PythonExecutor | None = None

    def start(self) -> Report:
        """Start the sandbox; says with what it was started, or why it was not."""
        from unriddle.execute.python import PythonExecutor

        try:
            self._executor = PythonExecutor(workers=1, **self._settings).__enter__()
        except IsolationError as error:
            return report_here(self._settings["packages"], error=str(error))
        return report_here(self._settings["packages"])

    def run(self, programs: Sequence[tuple[str, float | None]], tests: Sequence[Test], limits: Limits) -> Verdicts:
        """``(n, m)``: the verdicts on ``(source, prior)`` programs. Running it twice does no harm."""
        assert self._executor is not None
        candidates = [Candidate(source, prior=prior) for source, prior in programs]
        return self._executor.run(candidates, tests, limits=limits)


def plain_tests(tests: Sequence[Test]) -> list[Test]:
    """The same tests with their values as plain data, so that a node needs none of the caller's own classes.

    Raises:
        BadProblem: A test holds something that is not plain data.
    """
    plan = make_plan(tests)
    made: list[Test] = list(tests)
    for call in (*plan.shared, *plan.alone):
        expect = call.test.expect
        if isinstance(expect, Returns):
            expect = Returns(call.expected_value, expect.equality)
        elif isinstance(expect, Satisfies):
            expect = dataclasses.replace(expect, args=tuple(decode(encode(tuple(expect.args)))))
        # The first byte of encoded arguments only says which decoder may read the rest inside the sandbox.
        args, kwargs = decode(call.args[1:]), decode(call.kwargs[1:])
        made[call.column] = dataclasses.replace(call.test, args=args, kwargs=kwargs, expect=expect)
    return made
