"""Source of the harness that runs many variants in one process of the sandbox (see ``unriddle.execute.try_many``)."""

from __future__ import annotations

__all__ = ["HARNESS"]

HARNESS = '''
import ast as _ast, linecache as _linecache, signal as _signal, sys as _sys, time as _time, types as _types
from unriddle.language.encode import encode as _encode
from unriddle.language.values import decode as _decode

_SPECS = _decode({specs!r})
_CONTEXT = {context!r}
_CODES = {{}}
_LIMIT = 1 << 18


class _Late(BaseException):
    pass


def _late(*_):
    raise _Late


_signal.signal(_signal.SIGVTALRM, _late)


def _code(j):
    if j not in _CODES:
        tree = _ast.parse(_SPECS[j][2])
        _CODES[j] = compile(tree, "test.py", "exec", dont_inherit=True)
    return _CODES[j]


def _where(error):
    at, line = error.__traceback__, 0
    while at is not None:
        frame = at.tb_frame  # the harness has that file name too
        if frame.f_code.co_filename == "candidate.py" and frame.f_globals is not globals():
            line = at.tb_lineno
        at = at.tb_next
    return line


def _named(error):
    kinds = [k.__name__ for k in type(error).__mro__ if k is not object and k is not BaseException]
    return ("<".join(kinds) + ": " + str(error))[:300]


def _work(j, module):
    kind, entry, given, more = _SPECS[j]
    if kind == "call":
        function = module
        for part in entry.split("."):
            function = getattr(function, part)
        return _encode(function(*_decode(given), **_decode(more)), _LIMIT)
    names = dict(vars(module))
    if entry:
        names["candidate"] = names.get(entry)
    names["__name__"] = "test"
    exec(_code(j), names)
    return b""


def _timed(work, seconds):
    """How it ended (0 returned, 1 raised, 2 too long), the value, the error, its line and CPU seconds."""
    value, error, line, end = b"", "", 0, 0
    begin = _time.thread_time()
    try:
        try:
            _signal.setitimer(_signal.ITIMER_VIRTUAL, seconds, 0.01)
            value = work()
        except Exception as problem:
            end, error, line = 1, _named(problem), _where(problem)
        except (SystemExit, KeyboardInterrupt, GeneratorExit) as problem:
            end, error, line = 1, _named(problem), _where(problem)
        finally:
            _signal.setitimer(_signal.ITIMER_VIRTUAL, 0)
    except _Late as problem:
        _signal.setitimer(_signal.ITIMER_VIRTUAL, 0)
        value, end, error, line = b"", 2, "it took too long", _where(problem)
    return end, value, error, line, _time.thread_time() - begin


def unriddle_try(text, order, seconds, patient):
    m = len(_SPECS)
    module = _types.ModuleType("candidate")
    _sys.modules["candidate"] = module

    def load():
        exec(compile(_CONTEXT, "context.py", "exec", dont_inherit=True), vars(module))
        exec(compile(text, "candidate.py", "exec", dont_inherit=True), vars(module))
        return b""

    end, _, error, line, took = _timed(load, seconds + 0.5)
    if end:
        return [(end, b"", error, line, took, b"")] * m
    counts = vars(module).get("_unriddle_counts")
    rows = [(3, b"", "", 0, 0.0, b"")] * m
    for j in order:
        if counts is not None:
            counts[:] = [0] * len(counts)
        row = _timed(lambda: _work(j, module), seconds)
        rows[j] = (*row, b"" if counts is None else bytes([min(n, 255) for n in counts]))
        if row[0] == 2 and not patient:
            break
    return rows
'''
