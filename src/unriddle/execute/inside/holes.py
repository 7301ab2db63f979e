"""Runs a program statement by statement, up to the first one that Python cannot run; in the candidate's own process.

Standard library only: the text of this file is sent into the sandbox together with the program. Nothing is resumed
here. A run starts from the first statement each time and takes what was filled in earlier from a table, so that every
Python object is as it was; ``unriddle.execute.holes`` is the other half.

Tracked are plain variables (bool, int, float, str, list, tuple, set, dict, None) of a readable size.

Not covered: ``with`` and ``match`` are one step each, and so is a call of a function that the program defines.
"""

from __future__ import annotations

import ast
import builtins
import marshal
import sys
from collections import deque
from typing import Any

__all__ = ["run_program"]

_ATOMS = (bool, int, float, str, type(None))
_MAX_ITEMS = 10_000
_MAX_BYTES = 20_000
"""A variable with more is not tracked: no model could be shown it."""
_MAX_TRACE = 100_000
"""Characters of the steps that are reported; the oldest are dropped."""
_UNREAD = "__unread__"


class _Hole(BaseException):
    """Python cannot go on here; carries what has to be filled in."""


class _Stop(BaseException):
    """The run ends early; carries how and why."""


class _Break(BaseException):
    pass


class _Continue(BaseException):
    pass


class _Return(BaseException):
    pass


def run_program(
    source: str, shown: list[str], known: dict[Any, Any], names: dict[str, Any], options: dict[str, Any]
) -> tuple[Any, ...]:
    """``(how, what, steps, has answer, answer, number)``.

    Args:
        source: The program; lines that are not Python are calls of ``__unread__`` in it.
        shown: Its lines as they were written.
        known: What was filled in: ``step -> (source, changes)``, or ``(function, arguments) -> value`` for calls.
        names: Variables the program begins with.
        options: ``level`` (``line`` or ``call``), ``stubs`` (functions whose calls are holes), ``only_undefined``,
            ``max_steps``, ``max_text``, ``number`` (given back, so that two runs never report the same).
    """
    _seed()
    run = _Run(shown, known, names, options)
    try:
        tree = ast.parse(source)
        how, what = "done", None
        run.block(tree.body)
    except _Hole as hole:
        how, what = "hole", hole.args[0]
    except _Return:
        how, what = "done", None
    except _Stop as stop:
        how, what = stop.args
    except (_Break, _Continue):
        how, what = "error", (0, "SyntaxError: break or continue outside a loop")
    except BaseException as error:
        how, what = "error", (run.line, _said(error))
    if run.pending is not None:  # the program caught what a stub raised
        how, what = "hole", run.pending
    return how, what, list(run.trace), "answer" in run.names, run.names.get("answer"), options["number"]


def _seed() -> None:
    """A run draws the same random numbers as the run before it, in whatever process."""
    for name in ("random", "numpy.random"):
        if name in sys.modules:
            sys.modules[name].seed(0)


def _said(error: BaseException) -> str:
    try:
        return f"{type(error).__name__}: {error}"[:300]
    except BaseException:
        return type(error).__name__


def _plain(value: Any, room: list[int], depth: int = 0) -> bool:
    """Whether there are only the tracked built-in types inside, not too many and not too deep."""
    kind = type(value)
    room[0] -= 1
    if kind in _ATOMS:
        return True
    if depth > 30 or kind not in (list, tuple, set, dict) or len(value) > room[0]:
        return False
    parts = [*value.keys(), *value.values()] if kind is dict else value
    return all(_plain(part, room, depth + 1) for part in parts)


def _length(step: tuple[int, str, str, dict[str, str]]) -> int:
    return 40 + len(step[1]) + sum(len(name) + len(value) for name, value in step[3].items())


class _Stub:
    """A function that nobody defined: its calls are holes."""

    def __init__(self, run: _Run, name: str) -> None:
        self._run, self._name = run, name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._run.call(self._name, args, kwargs)


class _Run:
    def __init__(self, shown: list[str], known: dict[Any, Any], names: dict[str, Any], options: dict[str, Any]) -> None:
        self.shown, self.known, self.options = shown, known, options
        self.names: dict[str, Any] = {"__name__": "candidate", "__builtins__": builtins, **names}
        self.names.update({name: _Stub(self, name) for name in options["stubs"]})
        self.trace: deque[tuple[int, str, str, dict[str, str]]] = deque()
        self.n_characters = 0
        self.state: dict[str, bytes] = {}
        self.line, self.n_steps, self.n_guarded = 0, 0, 0
        self.pending: Any = None
        self.n_calls = 0
        self._codes: dict[int, tuple[ast.AST, Any]] = {}
        self._kinds: dict[type, Any] = {
            ast.For: self._for,
            ast.While: self._while,
            ast.If: self._if,
            ast.Try: self._try,
            ast.Return: self._return,
            ast.Break: self._break,
            ast.Continue: self._continue,
        }
        self._note_changes()

    def block(self, statements: list[ast.stmt]) -> None:
        """Run statements one after the other."""
        for statement in statements:
            self._kinds.get(type(statement), self._statement)(statement)

    def call(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The value of a stub's call, or a hole."""
        text = ", ".join([*map(repr, args), *(f"{key}={value!r}" for key, value in sorted(kwargs.items()))])
        if (name, text) in self.known:
            self.n_calls += 1
            value = marshal.loads(self.known[name, text])
            self._put(f"{name}({text})", "lm", {"": self._text(value)})
            return value
        hole = ("call", self.n_steps, self.line, f"{name}({text})", self._values(), (name, text))
        self.pending = self.pending or hole
        raise _Hole(hole)

    def _for(self, statement: ast.For) -> None:
        source = self._header(statement)
        items = self._value(statement.iter, statement)
        self._loop(statement, self._bound(statement, items, source))

    def _bound(self, statement: ast.For, items: Any, source: str) -> Any:
        """Bind each item in turn; yields before every round."""
        for item in self._raising(lambda: iter(items)):
            self.names["__item__"] = item
            assign = ast.Assign([statement.target], ast.Name("__item__", ast.Load()))
            self.line = statement.lineno
            self._filled(self._count(), source)  # never filled in: only for programs that diverge
            exec(self._code(statement.target, ast.copy_location(assign, statement)), self.names)
            self._log(source, "python")
            yield

    def _raising(self, work: Any) -> Any:
        try:
            return work()
        except Exception as error:
            if self.n_guarded:
                raise
            raise _Stop("error", (self.line, _said(error))) from None

    def _while(self, statement: ast.While) -> None:
        def rounds() -> Any:
            while self._value(statement.test, statement):
                yield

        self._loop(statement, rounds())

    def _loop(self, statement: Any, rounds: Any) -> None:
        for _ in rounds:
            try:
                self.block(statement.body)
            except _Continue:
                continue
            except _Break:
                return
        self.block(statement.orelse)

    def _if(self, statement: ast.If) -> None:
        self.block(statement.body if self._value(statement.test, statement) else statement.orelse)

    def _break(self, _: ast.Break) -> None:
        raise _Break

    def _continue(self, _: ast.Continue) -> None:
        raise _Continue

    def _return(self, statement: ast.Return) -> None:
        self.names["answer"] = None if statement.value is None else self._value(statement.value, statement)
        self._log(self._header(statement), "python")
        raise _Return

    def _try(self, statement: ast.Try) -> None:
        """The program's own handlers come before any hole."""
        try:
            self._handled(statement)
        except _Hole:
            raise
        except BaseException:
            self.block(statement.finalbody)
            raise
        self.block(statement.finalbody)

    def _handled(self, statement: ast.Try) -> None:
        self.n_guarded += bool(statement.handlers)
        try:
            self.block(statement.body)
        except Exception as error:
            self.n_guarded -= bool(statement.handlers)
            self._handle(statement, error)
            return
        except BaseException:
            self.n_guarded -= bool(statement.handlers)
            raise
        self.n_guarded -= bool(statement.handlers)
        self.block(statement.orelse)

    def _handle(self, statement: ast.Try, error: Exception) -> None:
        for handler in statement.handlers:
            if handler.type is None or isinstance(error, self._value(handler.type, handler)):
                if handler.name:
                    self.names[handler.name] = error
                self.block(handler.body)
                return
        raise error

    def _statement(self, statement: ast.stmt) -> None:
        source, step = self._segment(statement), self._count()
        self.line = statement.lineno
        filled = self._filled(step, source)
        if filled is not None:
            self._take(statement, filled)
            self._log(source, "lm")
            return
        try:
            exec(self._code(statement, statement), self.names)
        except Exception as error:
            if isinstance(statement, (ast.Raise, ast.Assert)) and not self.n_guarded:
                raise _Stop("error", (self.line, _said(error))) from None
            self._open("statement", step, source, error)
        except SystemExit:
            raise _Stop("error", (self.line, "SystemExit: the program left")) from None
        self._log(source, "python")

    def _take(self, statement: ast.stmt, filled: dict[str, Any]) -> None:
        """New values of variables. What the statement does not bind anew is changed in place: others may share it."""
        bound = {node.id for node in ast.walk(statement) if isinstance(node, ast.Name) and type(node.ctx) is ast.Store}
        for name, value in filled.items():
            old: Any = self.names.get(name)
            if name in bound or type(old) is not type(value) or type(value) not in (list, dict, set):
                self.names[name] = value
            elif isinstance(old, list):
                old[:] = value
            else:
                old.clear()
                old.update(value)

    def _value(self, node: ast.expr, around: Any) -> Any:
        """The value of an expression in the head of a compound statement, or of ``return``."""
        written, step = ast.unparse(node), self._count()
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == _UNREAD:
            written = str(ast.literal_eval(node.args[0]))
        source = f"_value = {written}"
        self.line = around.lineno
        filled = self._filled(step, source)
        if filled is not None:
            self._put(self._header(around), "lm", {"_value": self._text(filled.get("_value"))})
            return filled.get("_value")
        n_calls = self.n_calls
        try:
            value = eval(self._code(node, node), self.names)
            truth = value if type(around) not in (ast.If, ast.While) else bool(value)
        except Exception as error:
            self._open("value", step, source, error)
        if self.n_calls > n_calls:  # worth showing: Python alone would not have known it
            self._put(self._header(around), "python", {"_value": self._text(value)})
        elif type(around) not in (ast.For, ast.Return):
            self._log(self._header(around), "python")
        return truth

    def _open(self, kind: str, step: int, source: str, error: Exception) -> None:
        """Raise the hole, or the error itself where the program handles it or it is not one for a hole."""
        if self.n_guarded:
            raise error
        undefined = type(error) is NameError
        if self.options["level"] == "call" or (self.options["only_undefined"] and not undefined):
            raise _Stop("error", (self.line, _said(error))) from None
        before = {name: marshal.loads(value) for name, value in self.state.items()}
        raise _Hole((kind, step, self.line, source, before, _said(error))) from None

    def _filled(self, step: int, source: str) -> dict[str, Any] | None:
        if self.options["level"] == "call" or step not in self.known:
            return None
        was, filled = self.known[step]
        if was != source:
            raise _Stop("diverged", (self.line, f"expected {was!r} at this step, got {source!r}"))
        changes: dict[str, Any] = marshal.loads(filled)
        return changes

    def _count(self) -> int:
        self.n_steps += 1
        if self.n_steps > self.options["max_steps"]:
            raise _Stop("steps", (self.line, f"more than {self.options['max_steps']} steps"))
        return self.n_steps

    def _log(self, source: str, by: str) -> None:
        self._put(source, by, self._note_changes())

    def _put(self, source: str, by: str, changed: dict[str, str]) -> None:
        self.trace.append((self.line, source, by, changed))
        self.n_characters += _length(self.trace[-1])
        while self.n_characters > _MAX_TRACE:
            self.n_characters -= _length(self.trace.popleft())

    def _note_changes(self) -> dict[str, str]:
        """What changed since the last note, as text."""
        now, changed = {}, {}
        for name, value in self.names.items():
            if not name.startswith("__") and _plain(value, [_MAX_ITEMS]):
                data = marshal.dumps(value, 2)
                if len(data) > _MAX_BYTES:
                    continue
                now[name] = data
                if self.state.get(name) != data:
                    changed[name] = self._text(value)
        self.state = now
        return changed

    def _values(self) -> dict[str, Any]:
        self._note_changes()
        return {name: marshal.loads(value) for name, value in self.state.items()}

    def _text(self, value: Any) -> str:
        text, limit = repr(value), self.options["max_text"]
        return text if len(text) <= limit else f"{text[: limit - 3]}..."

    def _segment(self, node: Any) -> str:
        return "\n".join(self.shown[node.lineno - 1 : node.end_lineno]).strip()

    def _header(self, node: Any) -> str:
        """The lines of a compound statement before its body."""
        body = getattr(node, "body", None)
        last = max(node.lineno, body[0].lineno - 1) if body else node.end_lineno
        return "\n".join(self.shown[node.lineno - 1 : last]).strip()

    def _code(self, key: ast.AST, node: Any) -> Any:
        """Compiled once for each node; the node is kept, so that its id stays its own."""
        if id(key) not in self._codes:
            tree = ast.Expression(node) if isinstance(node, ast.expr) else ast.Module([node], [])
            kind = "eval" if isinstance(node, ast.expr) else "exec"
            code = compile(ast.fix_missing_locations(tree), "candidate.py", kind, dont_inherit=True)
            self._codes[id(key)] = (key, code)
        return self._codes[id(key)][1]
