"""Modules beside a test file that its tests import, sent along as text: the sandbox has no files of the user.

Not covered: packages, relative imports and conftest files.
"""

from __future__ import annotations

import ast
from pathlib import Path

from unriddle.language.python import parse
from unriddle.pose.files import read_text

__all__ = ["helpers_of", "with_helpers"]


def helpers_of(text: str, folder: Path, *, module: str) -> dict[str, str]:
    """Name and source of each module of a folder that a test file imports, those first that others import; none where
    the module under test is not imported by its name.

    Args:
        text: The test file.
        folder: Where it lies.
        module: The module under test, which is not one of them.

    Raises:
        BadProblem: One of them cannot be read.
    """
    found: dict[str, str] = {}
    name = module.rpartition(".")[2]
    _collect(text, folder, {name, "pytest"}, found)
    tested = {one.rpartition(".")[2] for part in (text, *found.values()) for one in _imported(parse(part))}
    return found if name in tested else {}  # else the program itself lies there under another name


def _collect(text: str, folder: Path, known: set[str], found: dict[str, str]) -> None:
    for name in _imported(parse(text)):
        path = folder / f"{name}.py"
        if "." not in name and name not in known and path.is_file():
            known.add(name)
            source = read_text(path)
            parse(source, what=str(path))
            _collect(source, folder, known, found)
            found[name] = source


def _imported(tree: ast.Module) -> list[str]:
    names: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names += [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
    return list(dict.fromkeys(names))


def with_helpers(code: str, helpers: dict[str, str], *, module: str) -> str:
    """The code of a test that makes the helpers before it runs; they may import the module under test."""
    if not helpers:
        return code
    head = [line for line in code.splitlines(keepends=True) if line.startswith("from __future__ import ")]
    made = (
        "import sys as _unriddle_sys, types as _unriddle_types\n"
        f"_unriddle_sys.modules[{module!r}] = _unriddle_sys.modules['candidate']\n"
        f"_unriddle_texts = {helpers!r}\n"
        "for _unriddle_name in _unriddle_texts:\n"
        "    _unriddle_sys.modules[_unriddle_name] = _unriddle_types.ModuleType(_unriddle_name)\n"
        "for _unriddle_name, _unriddle_text in _unriddle_texts.items():\n"
        "    exec(compile(_unriddle_text, _unriddle_name + '.py', 'exec', dont_inherit=True),"
        " vars(_unriddle_sys.modules[_unriddle_name]))\n"
    )
    return "".join(head) + made + code.replace("".join(head), "", 1)
