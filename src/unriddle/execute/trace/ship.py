"""The tracing program: our tracer's modules and the program to trace, as one candidate for any executor.

The executor needs to know nothing of tracing. The modules under ``inside`` are sent along, compiled, because the
sandbox shows a candidate nothing of this package; there they get their own names, so that they find one another.
"""

from __future__ import annotations

import marshal
import sys
from functools import cache
from importlib.resources import files

__all__ = ["tracing_program"]

_PACKAGE = "unriddle.execute.trace.inside"
_MODULES = ("layout", "show", "probes", "backends", "recorder", "monitors", "main")

_BOOT = """
def _install():
    import marshal, sys, types
    if sys.implementation.cache_tag != _TAG:
        raise ImportError(f"the tracer was compiled for {_TAG}, and this is {sys.implementation.cache_tag}")
    for _name, _code in _MODULES:
        _module = types.ModuleType(_name)
        sys.modules[_name] = _module
        exec(marshal.loads(_code), _module.__dict__)
    return _module
def run(mode, call, layout, options):
    main = _install()
    return getattr(main, mode)(_SOURCE, call, layout, options)
"""


def tracing_program(source: str) -> str:
    """A program whose ``run(mode, call, layout, options)`` traces ``source``; a mode names a function of ``main``."""
    return f"{_runtime()}_SOURCE = {source!r}\n"


@cache
def _runtime() -> str:
    folder = files(_PACKAGE)
    modules = []
    for name in _MODULES:
        text = folder.joinpath(f"{name}.py").read_text(encoding="utf-8")
        code = compile(text, f"{_PACKAGE}.{name}", "exec", dont_inherit=True, optimize=2)
        modules.append((f"{_PACKAGE}.{name}", marshal.dumps(code)))
    return f"_TAG = {sys.implementation.cache_tag!r}\n_MODULES = {modules!r}\n{_BOOT}"
