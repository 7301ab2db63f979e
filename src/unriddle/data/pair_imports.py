"""Whether a test file imports the module it is said to test: an independent check of a pairing by names.

Only import statements and a few known calls with a literal name are read; nothing is imported. Not covered: imports
made through computed names.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Set
from functools import lru_cache
from pathlib import Path
from typing import Literal

from unriddle.language.truncate import parse

__all__ = ["Imports", "imports_module", "module_name"]

Imports = Literal["module", "package", ""]
"""``module``: it imports the module itself. ``package``: it imports a package above it and uses a name that the module
defines. Empty: neither."""

_BY_NAME = frozenset({"import_module", "import_fresh_module", "import_deprecated", "importorskip", "__import__"})


def module_name(path: Path) -> str:
    """The dotted name under which a file is imported: folders count up to the first that is no package.

    ``pkg/__init__.py`` is ``pkg``.
    """
    parts = [] if path.stem == "__init__" else [path.stem]
    folder = path.parent
    while _is_package(folder) and folder.name:
        parts.insert(0, folder.name)
        folder = folder.parent
    return ".".join(parts)


@lru_cache(maxsize=4096)
def _is_package(folder: Path) -> bool:
    return (folder / "__init__.py").is_file()


def imports_module(test: str, code: str, *, test_module: str, code_module: str, is_package: bool = False) -> Imports:
    """How a test file imports a module.

    Args:
        test: Source of the test file.
        code: Source of the module.
        test_module: Dotted name of the test file, for its relative imports.
        code_module: Dotted name of the module.
        is_package: The test file is an ``__init__.py``.

    >>> imports_module("from a.b import f", "def f(): ...", test_module="t", code_module="a.b")
    'module'
    >>> imports_module("import a\\na.f()", "def f(): ...", test_module="t", code_module="a.b")
    'package'
    """
    tree = parse(test)
    if tree is None or not code_module:
        return ""
    found = set(_imported(tree, test_module.split("."), is_package))
    if code_module in found:
        return "module"
    parts = code_module.split(".")
    above = {".".join(parts[:i]) for i in range(1, len(parts))}
    own = parse(code)
    if own is not None and found & above and _used(tree) & _defined(own):
        return "package"
    return ""


def _imported(tree: ast.Module, here: list[str], is_package: bool) -> Iterator[str]:
    """Dotted names that import statements name; ``from a import b`` names both ``a`` and ``a.b``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            up = node.level - is_package
            base = here[: len(here) - up] if node.level else []
            whole = ".".join([*base, *([node.module] if node.module else [])])
            if whole:
                yield whole
            yield from (f"{whole}.{alias.name}" if whole else alias.name for alias in node.names)
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in _BY_NAME and isinstance(node.args[0].value, str):
                yield node.args[0].value


def _used(tree: ast.Module) -> Set[str]:
    """Names that are read, as names or behind a dot, and names taken out of modules."""
    names = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    names |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return names | {a.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for a in node.names}


def _defined(tree: ast.Module) -> Set[str]:
    """Public functions, classes and variables of a module."""
    names: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return {name for name in names if not name.startswith("_")}
