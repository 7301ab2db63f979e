"""The verifier as the searches use it: accepted or not, and how far away; slow and crashing runs are far away.

Not covered: one built-in operation that never ends; the process's own limit ends that.
"""

from __future__ import annotations

import ast
import copy
import signal
import sys
import time
from typing import Any

from unriddle.propose.inside.grade import Meter, Stop, rewrite
from unriddle.propose.inside.kinds import Kind

__all__ = ["Found", "OutOfTime", "Puzzle", "Slow", "copy_of"]

FAR = 1e9
TICK, PATIENCE = 0.01, 16


class Found(BaseException):
    """A value that the verifier accepts."""

    def __init__(self, value: Any) -> None:
        self.value = value


class OutOfTime(BaseException):
    """The slice's seconds are used up."""


class Slow(BaseException):
    """This run of the verifier takes too long."""


class Puzzle:
    """A verifier, its answer's type, and the best value so far.

    Args:
        source: The verifier's module.
        entry: Its name.
        annotation: The answer's type.
        seconds: CPU seconds for everything.
        wall_seconds: Wall seconds for everything.
    """

    def __init__(self, source: str, entry: str, annotation: str, seconds: float, wall_seconds: float) -> None:
        self.source, self.entry, self.kind = source, entry, Kind.read(annotation)
        self.end = time.process_time() + seconds
        self.wall_end = time.monotonic() + wall_seconds
        self.node = next(n for n in ast.parse(source).body if isinstance(n, ast.FunctionDef) and n.name == entry)
        self.answer = self.node.args.args[0].arg
        self.meter = Meter()
        self.plain = self._module(compile(source, "verifier", "exec"))[entry]
        self.graded = self._module(compile(rewrite(source, entry), "verifier", "exec"))[entry]
        names = [arg.arg for arg in self.node.args.args[1:]]
        self.defaults = dict(zip(names, copy.deepcopy(self.plain.__defaults__ or ())))
        self.n_runs, self.best_distance, self._seen = 0, FAR, -1
        self.best: Any = None
        self._ticks = self._n_slow = 0
        self.running = False

    def _module(self, code: Any) -> Any:
        names = {"__name__": "verifier", "__meter": self.meter}
        exec(code, names)
        return names

    def watch(self) -> None:
        """Interrupt runs that take longer than a sixth of a second, and sooner where run after run does."""
        signal.signal(signal.SIGVTALRM, self._alarm)
        signal.setitimer(signal.ITIMER_VIRTUAL, TICK, TICK)

    def unwatch(self) -> None:
        """No more interruptions."""
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)

    def _alarm(self, *_: Any) -> None:
        self._ticks = self._ticks + 1 if self._seen == self.n_runs else 0
        self._seen = self.n_runs
        if self.running and self._ticks >= max(1, PATIENCE // (1 + self._n_slow)):
            self._n_slow += 1
            raise Slow

    def clock(self) -> None:
        """Stop the search when its time is over."""
        if time.process_time() > self.end or time.monotonic() > self.wall_end:
            raise OutOfTime

    def left(self) -> float:
        """Seconds that are left."""
        return min(self.end - time.process_time(), self.wall_end - time.monotonic())

    def run(self, function: Any, value: Any) -> Any:
        """What the verifier says of the value; ``None`` where it fails."""
        self.n_runs += 1
        if not self.n_runs & 63:
            self.clock()
        self.running = True
        try:
            said = function(value)
            self._n_slow = 0
            return said
        except (Exception, Stop, Slow):
            return None
        finally:
            self.running = False

    def accepts(self, value: Any) -> bool:
        """Raise ``Found`` if the verifier accepts the value (a fresh copy of it is asked again)."""
        if not self.kind.fits(value):
            return False
        copied = copy_of(value)
        if self.run(self.plain, copied) is not True:
            return False
        fresh = self._module(compile(self.source, "verifier", "exec"))[self.entry]
        if self.run(fresh, copy_of(value)) is True:
            raise Found(value)
        return False

    def sites(self, value: Any) -> tuple[dict[int, float], bool]:
        """Distances by site, and whether the run came to its end."""
        self.meter.start()
        self.n_runs += 1
        if not self.n_runs & 15:
            self.clock()
        self.running = True
        try:
            self.graded(copy_of(value))
            ended, self._n_slow = True, 0
        except (Exception, Stop, Slow):
            ended = False
        finally:
            self.running = False
        return self.meter.sites, ended

    def distance(self, value: Any) -> float:
        """How far the value is from being accepted; raises ``Found`` at 0."""
        sites, ended = self.sites(value)
        total: float = sum(sites.values()) + (0 if ended else 3.0 + 3.0 / (1 + len(sites)))
        if total < self.best_distance and self.kind.fits(value):
            self.best, self.best_distance = copy_of(value), total
        if total == 0 or (ended and total < 0.02):
            self.accepts(value)
        return total

    def compared(self, value: Any) -> list[tuple[Any, Any]]:
        """Pairs of values that the verifier compared while it looked at this value."""
        self.meter.pairs = []
        self.sites(value)
        pairs, self.meter.pairs = self.meter.pairs or [], None
        return pairs

    def locals_after(self, value: Any) -> Any:
        """The verifier's local variables when it ended, however it ended."""
        kept, code = {}, self.plain.__code__

        def trace(frame: Any, event: Any, arg: Any) -> Any:
            if frame.f_code is not code:
                return None
            kept.update(frame.f_locals)
            return trace

        before = sys.gettrace()
        sys.settrace(trace)
        try:
            self.run(self.plain, copy_of(value))
        finally:
            sys.settrace(before)
        return {name: kept[name] for name in kept if name != self.answer}


def copy_of(value: Any) -> Any:
    """A copy of plain nested lists; other values as they are."""
    if type(value) is list:
        if value and type(value[0]) is list:
            return [copy_of(item) for item in value]
        return value[:]
    return copy.deepcopy(value) if type(value) in (dict, set, tuple) else value
