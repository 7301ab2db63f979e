"""Which programs may share a process: by what is listed, and nothing reaches shared state through the list."""

from __future__ import annotations

import importlib
import types

import pytest

from unriddle.execute.purity import MODULES, allowed_attributes, why_alone

HARMLESS = [
    "def f(x): return x + 1",
    "from typing import List\nimport math\ndef f(xs: List[int]) -> int:\n  'doc'\n  return math.prod(xs)",
    "import collections as c\ndef f(x): return c.Counter(x).most_common(1)[0][0]",
    "from functools import lru_cache\n@lru_cache(None)\ndef f(n): return n if n < 2 else f(n - 1) + f(n - 2)",
    "def f(x):\n  try:\n    return int(x)\n  except (ValueError, TypeError) as error:\n    raise KeyError(error.args)",
    "def f(x):\n  def g():\n    nonlocal x\n    x += 1\n    yield x\n  return list(g())",
    "import re\ndef f(s): return [m.group(0) for m in re.finditer(r'a+', s)]",
    "def f(x): return '{:.2f} {}'.format(x, 1) + f'{x!r:>{10}}'",
    "def f(x): return type(x) == int and type(x) in (int, float)",
    "if __name__ == '__main__':\n  print(1)\ndef f(x): return x",
    "def f(x) -> this is not python",
]
HARMFUL = {
    "modules": "import os",
    "parts of packages": "import collections.abc",
    "parts not listed": "from functools import wraps",
    "everything": "from math import *",
    "relative": "from . import math",
    "hidden names": "import math as __builtins__",
    "builtins by name": "def f(x): return __builtins__",
    "defining dunders": "def __getattr__(name): return 1",
    "dunder arguments": "def f(__builtins__): return 1",
    "global dunders": "def f():\n  global __builtins__\n  __builtins__ = {}",
    "opening": "open('x')",
    "evaluating": "eval('1')",
    "attributes by name": "getattr(1, 'real')",
    "classes": "class A: pass",
    "classes through type": "type('A', (), {})",
    "classes through the type of a type": "type(int)('A', (), {'__del__': print})",
    "type under another name": "t = type\nt('A', (), {})",
    "type in a comparison that is called": "type(type(1))('A', (), {}) == 1",
    "type with a star": "type(*['A', (), {}]) == 1",
    "setting attributes": "import math\nmath.pi = 3",
    "setting in a loop": "import math\nfor math.pi in [3]: pass",
    "setting in a comprehension": "import math\n[1 for math.pi in [3]]",
    "deleting": "import math\ndel math.pi",
    "augmented": "import math\nmath.pi += 1",
    "attributes of functions": "def f(x): pass\nf.cache = {}",
    "private attributes": "def f(x): return f.__globals__",
    "frames": "def g(): yield 1\ng().gi_frame",
    "modules of modules": "import re\nre.enum",
    "modules of modules 2": "import fractions\nfractions.sys",
    "format strings that read": "'{0.__globals__}'.format(print)",
    "format strings that index": "'{0[x]}'.format({})",
    "nested fields": "'{:{0.a}}'.format(1)",
    "format of an unknown string": "def f(s): return s.format(1)",
    "format_map": "'{a}'.format_map({})",
    "format as a value": "f = '{0.__class__}'.format\nf(1)",
    "with": "with f(): pass",
    "coroutines": "async def f(): pass",
    "matching": "match 1:\n  case int(real=x): pass",
    "clean-up that may run late": "def g():\n  try:\n    yield 1\n  finally:\n    print('late')",
    "memory errors": "try: pass\nexcept MemoryError: pass",
    "leaving": "raise SystemExit",
    "long": "x = 1\n" * 10_000,
}


@pytest.mark.parametrize("source", HARMLESS)
def test_ordinary_programs_may_share(source) -> None:
    assert why_alone(source) == ""


@pytest.mark.parametrize("what", HARMFUL)
def test_what_could_touch_another_program_runs_alone(what) -> None:
    assert why_alone(HARMFUL[what]) != ""


def test_a_format_method_of_a_literal_is_still_bound_to_plain_fields() -> None:
    assert why_alone("f = '{0.__class__}'.format") != ""
    assert why_alone("f = '{}'.format\nf(1)") == ""


@pytest.mark.parametrize("name", MODULES)
def test_no_listed_attribute_leads_to_a_module_or_to_something_that_can_be_changed(name) -> None:
    module = importlib.import_module(name)
    for attribute in allowed_attributes():
        value = getattr(module, attribute, None)
        assert not isinstance(value, types.ModuleType | dict | list | set | bytearray), f"{name}.{attribute}"
    for attribute in MODULES[name] - {"from_iterable"}:
        assert hasattr(module, attribute), f"{name} has no {attribute}"


def test_nothing_private_is_listed() -> None:
    assert not [name for name in allowed_attributes() if name.startswith("_")]


@pytest.mark.parametrize("source", ["(" * 5000, "-" * 9000 + "1", "x" + ".a" * 4000, "f" + "()" * 5000, "\0", "\ud800"])
def test_sources_that_strain_the_parser_do_no_harm(source) -> None:
    assert isinstance(why_alone(source), str)
