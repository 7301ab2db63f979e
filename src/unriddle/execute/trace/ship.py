"""The tracing program: our tracer's modules and the program to trace, as one candidate for any executor.

The executor needs to know nothing of tracing. The modules under ``inside`` are sent as text, because the sandbox shows
a candidate nothing of this package; there they get their own names, so that they find one another.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

__all__ = ["tracing_program"]

_PACKAGE = "unriddle.execute.trace.inside"
_MODULES = ("layout", "show", "probes", "backends", "recorder", "monitors", "main")

_BOOT = """
def _install():
    import sys, types
    for _name, _text in _MODULES:
        _module = types.ModuleType(_name)
        sys.modules[_name] = _module
        exec(compile(_text, _name, "exec", dont_inherit=True), _module.__dict__)
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
    modules = [(f"{_PACKAGE}.{name}", folder.joinpath(f"{name}.py").read_text(encoding="utf-8")) for name in _MODULES]
    return f"_MODULES = {modules!r}\n{_BOOT}"
