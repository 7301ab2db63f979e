"""The traced run itself, in the candidate's own process: load the program, make the call, record what happens."""

from __future__ import annotations

import io
import os
import signal
import sys
import types
from collections.abc import Callable, Sequence
from typing import Any

from unriddle.execute.trace.inside.backends import best_backend
from unriddle.execute.trace.inside.layout import places
from unriddle.execute.trace.inside.monitors import MONITORS
from unriddle.execute.trace.inside.probes import Engine, Stopped
from unriddle.execute.trace.inside.recorder import Printed, Recorder, describe, encode, put
from unriddle.execute.trace.inside.show import show

__all__ = ["FILE", "run_monitors", "run_traced"]

FILE = "candidate.py"
_COMPREHENSIONS = ("<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>")


class Program:
    """A program that is compiled and not loaded yet, and the call to make; ``run`` may be asked for once.

    Args:
        source: Its text.
        call: An expression in its names; empty to run the program itself.
        layout: Of its scopes.
        limit: Characters of a shown value.
        comprehensions: Look into comprehensions and generator expressions too.
    """

    def __init__(
        self, source: str, call: str, layout: Sequence[dict[str, Any]], *, limit: int, comprehensions: bool
    ) -> None:
        self._code = compile(source, FILE, "exec", dont_inherit=True)
        self._call = compile(call, "<call>", "eval", dont_inherit=True) if call else None
        known = places(self._code, layout)
        if not comprehensions:
            known = {key: found for key, found in known.items() if found[0].co_name not in _COMPREHENSIONS}
        self.engine = Engine(known, limit=limit)
        self.lost = False

    def run(self) -> tuple[str, str, int]:
        """How it ended (``returned``, ``raised``, ``not loaded``), the value or error as text, and the error's line."""
        backend = best_backend(self.engine)
        name = "candidate" if self._call is not None else "__main__"
        module = types.ModuleType(name)
        module.__dict__["__file__"] = FILE
        before = {key: sys.modules.get(key) for key in ("candidate", name)}
        sys.modules.update(dict.fromkeys(before, module))
        how, value = "not loaded", None
        try:
            if self._call is not None:
                exec(self._code, module.__dict__)
            how = "raised"
            backend.start()
            value = eval(self._call or self._code, module.__dict__)
            how = "returned"
        except Stopped:
            raise
        except BaseException as error:
            return how, ": ".join(filter(None, describe(error))), _line(error)
        finally:
            self.lost = backend.stop() if how != "not loaded" else False
            main = before.get("__main__")
            if main is not None:
                sys.modules["__main__"] = main
        return how, show(value, limit=self.engine.limit), 0


def _line(error: BaseException) -> int:
    """The innermost line of the program in the traceback."""
    line, entry = 0, error.__traceback__
    while entry is not None:
        if entry.tb_frame.f_code.co_filename == FILE:
            line = entry.tb_lineno or 0
        entry = entry.tb_next
    return line


def run_traced(
    source: str,
    call: str,
    layout: Sequence[dict[str, Any]],
    options: dict[str, Any],
    *,
    leave: Callable[[int], object] = os._exit,
) -> str:
    """All records of the run (``recorder``).

    Args:
        source: The program.
        call: The call.
        layout: Of its scopes.
        options: ``limit``, ``comprehensions``, ``stdin``, ``cpu_seconds``, ``wall_seconds`` (0 for no limit), and those
            of ``Recorder``.
        leave: Called with 0 when the run must end early: the records are on the descriptor by then, and nothing that
            the program does could keep it alive.
    """
    program = Program(source, call, layout, limit=options["limit"], comprehensions=options["comprehensions"])
    given = {name: options[name] for name in ("mark", "max_events", "max_bytes", "fd")}
    recorder = Recorder(program.engine, kinds=tuple(options["kinds"]), **given)

    def stop(reason: str) -> None:
        recorder.end(reason, "", 0, lost=False)
        leave(0)

    try:
        how, text, line = _run(program, Printed(recorder).stream(), options, stop)
        recorder.end(how, text, line, lost=program.lost)
    except Stopped:
        pass
    return recorder.text


def run_monitors(
    source: str,
    call: str,
    layout: Sequence[dict[str, Any]],
    options: dict[str, Any],
    *,
    leave: Callable[[int], object] = os._exit,
) -> str:
    """Two records: ``m`` with the reports of ``options["monitors"]`` by name, and the end. Arguments as above."""
    program = Program(source, call, layout, limit=options["limit"], comprehensions=False)
    monitors = [(name, MONITORS[name](program.engine)) for name in options["monitors"]]
    fd, mark = options["fd"], options["mark"]

    def records(how: str, text: str, line: int) -> str:
        reports = {name: monitor.report() for name, monitor in monitors}
        return f"{mark}{encode(['m', reports])}\n{mark}{encode(['e', how, text, line, 0, program.lost])}\n"

    def stop(reason: str) -> None:
        if fd >= 0:
            put(fd, records(reason, "", 0))
        leave(0)

    try:
        return records(*_run(program, Printed(None).stream(), options, stop))
    except Stopped as stopped:
        return records(str(stopped), "", 0)


def _run(
    program: Program, out: io.TextIOWrapper, options: dict[str, Any], stop: Callable[[str], None]
) -> tuple[str, str, int]:
    """Run the program with its own standard streams, and end it by ``stop`` when its time is up."""
    program.engine.on_stop = stop
    timers = [
        (signal.ITIMER_PROF, signal.SIGPROF, options["cpu_seconds"]),
        (signal.ITIMER_REAL, signal.SIGALRM, options["wall_seconds"]),
    ]
    for timer, number, seconds in timers:
        if seconds:
            signal.signal(number, lambda *_: stop("time"))
            signal.setitimer(timer, seconds)
    before = sys.stdin, sys.stdout
    sys.stdin, sys.stdout = io.StringIO(options["stdin"]), out
    try:
        return program.run()
    finally:
        try:
            out.flush()
        except ValueError:  # the program closed it
            pass
        sys.stdin, sys.stdout = before
        for timer, _, seconds in timers:
            if seconds:
                signal.setitimer(timer, 0)
