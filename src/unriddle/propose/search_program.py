"""A whole search as one program for the sandbox: our search scripts and the verifier, which is called there.

The verifier runs next to the scripts, so what comes back is only a proposal; the executor judges it afresh. Not
covered: verifiers in other languages.
"""

from __future__ import annotations

import importlib.util
from functools import cache
from importlib import resources

__all__ = ["COMPONENTS", "PACKAGES", "available_components", "search_program"]

COMPONENTS = (
    "constants", "inversion", "expressions", "climbing", "exhaustion", "templates", "building", "solver",
)  # fmt: skip
"""The searches there are, in the order of their first turns."""

PACKAGES = ("numpy", "z3")
"""What an executor must show to its programs so that ``solver`` can run in it."""

_PACKAGE = "unriddle.propose.inside"
_MODULES = (
    "grade", "kinds", "check", "material", "mutate", "constants", "invert", "templates", "express", "exhaust", "climb",
    "build", "main",
)  # fmt: skip
_SOLVER = ("symbols", "ways", "calls", "reckon", "solve")


def available_components() -> tuple[str, ...]:
    """The searches that can run here: ``solver`` needs z3 (``pip install "unriddle[smt]"``)."""
    there = importlib.util.find_spec("z3") is not None
    return COMPONENTS if there else tuple(name for name in COMPONENTS if name != "solver")


@cache
def search_program(component: str) -> str:
    """Source of a program whose ``search`` does one turn of this component (see ``inside/main.py``)."""
    folder = resources.files(_PACKAGE)
    names = (*_MODULES[:-1], *(_SOLVER if component == "solver" else ()), _MODULES[-1])
    texts = {name: (folder / f"{name}.py").read_text(encoding="utf-8") for name in names}
    return (
        "import sys\nimport types\n\n"
        f"for name, text in {texts!r}.items():\n"
        f"    module = types.ModuleType('{_PACKAGE}.' + name)\n"
        "    sys.modules[module.__name__] = module\n"
        "    exec(compile(text, name + '.py', 'exec', dont_inherit=True), module.__dict__)\n"
        "    search = getattr(module, 'search', None)\n"
    )
