"""A problem from a TOML file.

Keys: ``entry`` (a Python name) or ``signature`` (``"f(x: int) -> int"``), one of the two unless ``stub`` says it;
``id`` (default: the file's name), ``statement``, ``stub``, ``context``, and ``[[tests]]``. A test is either a call:
``args``, ``kwargs`` and one of ``returns`` or ``raises``, with ``atol``, ``rtol``, ``unordered``, ``set`` or
``same_type`` for how values are compared, or ``code``: assert statements. Both may have a ``name``; a call may be
``isolated``.

Not covered: values that TOML does not have (``None``, tuples, sets) in ``args`` and ``returns``; write those tests as
``code``. Puzzles are posed as Python files.
"""

from __future__ import annotations

import builtins
import difflib
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from unriddle.errors import BadProblem, shorten
from unriddle.language.asserts import tests_from_code, tests_from_doctests
from unriddle.language.python import signature as read_signature
from unriddle.pose.files import parse_python
from unriddle.pose.stub import numbered
from unriddle.problem import CallTest, Equality, Expectation, Problem, Raises, Returns, Signature, Test

__all__ = ["toml_problem"]

_TEXTS = ("id", "statement", "signature", "entry", "stub", "context")
_CALL = {
    "args": list,
    "kwargs": dict,
    "returns": object,
    "raises": str,
    "atol": float,
    "rtol": float,
    "unordered": bool,
    "set": bool,
    "same_type": bool,
    "isolated": bool,
    "name": str,
    "code": str,
}
_NAMES = {list: "a list", dict: "a table", str: "a text", float: "a number", bool: "true or false"}


def toml_problem(text: str, *, path: Path) -> Problem:
    """The problem a TOML text poses.

    Raises:
        BadProblem: Not TOML, an unknown or missing key, or a value of the wrong type; the message has the key's path.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        at = line[1] if line else str(text.count("\n") + 1)
        raise BadProblem(f"{path}:{at}: not readable TOML ({error}); correct that line") from None
    _known_keys(table, (*_TEXTS, "tests"), str(path))
    for key in _TEXTS:
        if key in table and not isinstance(table[key], str):
            raise BadProblem(f"{path}: {key}: expected a text, got {shorten(table[key])}")
    context, stub = table.get("context", ""), table.get("stub", "")
    for key, source in (("context", context), ("stub", stub)):
        if source:
            parse_python(source + ("\n    pass\n" if source.rstrip().endswith(":") else ""), where=f"{path}: {key}")
    signature = _signature(table, stub, path)
    return Problem(
        id=table.get("id", path.stem),
        statement=table.get("statement", "").strip(),
        signature=signature,
        stub=stub,
        tests=_tests(table, signature, stub, context, path),
        context=context,
        meta={"file": path.name},
    )


def _signature(table: Mapping[str, Any], stub: str, path: Path) -> Signature:
    entry, written = table.get("entry"), table.get("signature")
    if written is not None:
        header = "def " + written.strip().removeprefix("def ").rstrip(":") + ":\n    pass\n"
        try:
            signature = read_signature(header)
        except BadProblem:
            raise BadProblem(
                f"{path}: signature: expected 'name(x: int) -> int', got {shorten(written)}; write it as after 'def'"
            ) from None
        if entry is not None and entry != signature.name:
            raise BadProblem(f"{path}: entry: {entry!r} and signature {signature.name!r} differ; leave one out")
        return signature
    if stub:
        body = stub + ("\n    pass\n" if stub.rstrip().endswith(":") else "")
        return read_signature(body, entry)
    if entry is None:
        raise BadProblem(f"{path}: no entry point: expected the key 'entry', 'signature' or 'stub'; add one of them")
    if not entry.isidentifier():
        raise BadProblem(f"{path}: entry: expected a Python name, got {shorten(entry)}")
    return Signature(entry)


def _tests(table: Mapping[str, Any], signature: Signature, stub: str, context: str, path: Path) -> tuple[Test, ...]:
    given = table.get("tests", [])
    if not isinstance(given, list) or not all(isinstance(test, dict) for test in given):
        raise BadProblem(f"{path}: tests: expected tables that begin with [[tests]], got {shorten(given)}")
    found = list(numbered(tests_from_doctests(stub, signature.name), "doctest")) if stub else []
    for i, test in enumerate(given, start=1):
        found += _test(test, signature.name, f"{path}: tests[{i}]", context=context, number=i)
    if not found:
        raise BadProblem(f"{path}: no tests, so no answer could be told from another; add a [[tests]] table")
    names = [test.name for test in found]
    for name in names:
        if names.count(name) > 1:
            raise BadProblem(f"{path}: tests: two are named {name!r}; names must differ")
    return tuple(found)


def _test(test: Mapping[str, Any], entry: str, where: str, *, context: str, number: int) -> list[Test]:
    _known_keys(test, tuple(_CALL), where)
    for key, value in test.items():
        _typed(key, value, where)
    name = test.get("name", f"test {number}")
    if "code" in test:
        extra = sorted(set(test) - {"code", "name"})
        if extra:
            raise BadProblem(f"{where}.{extra[0]}: cannot be used together with 'code'; say it in the code")
        parse_python(test["code"], where=f"{where}.code")
        tests = tests_from_code(test["code"], entry, prelude=context)
        if not tests:
            raise BadProblem(f"{where}.code: expected an assert, got {shorten(test['code'])}")
        return [_named(one, name if len(tests) == 1 else f"{name}.{j}") for j, one in enumerate(tests, start=1)]
    return [
        CallTest(
            entry,
            tuple(test.get("args", ())),
            dict(test.get("kwargs", {})),
            expect=_expectation(test, where),
            name=name,
            isolated=test.get("isolated", False),
        )
    ]


def _named(test: Test, name: str) -> Test:
    import dataclasses

    return dataclasses.replace(test, name=name)


def _expectation(test: Mapping[str, Any], where: str) -> Expectation:
    if ("returns" in test) == ("raises" in test):
        got = "both" if "returns" in test else "neither"
        raise BadProblem(f"{where}: expected one of 'returns', 'raises' and 'code', got {got} of the first two")
    how = [key for key in ("atol", "rtol", "unordered", "set", "same_type") if test.get(key)]
    if "raises" in test:
        found = getattr(builtins, test["raises"], None)
        if not (isinstance(found, type) and issubclass(found, BaseException)) or how:
            raise BadProblem(
                f"{where}.{how[0] if how else 'raises'}: expected the name of a built-in exception such as "
                f"'ValueError' and no tolerance, got {shorten(test['raises'])}"
            )
        return Raises(test["raises"])
    if test.get("unordered") and test.get("set"):
        raise BadProblem(f"{where}: 'unordered' and 'set' cannot be used together; choose one")
    close = bool(test.get("atol") or test.get("rtol"))
    kind: Any = "unordered" if test.get("unordered") else "set" if test.get("set") else "close" if close else "exact"
    return Returns(
        test["returns"],
        Equality(kind, float(test.get("atol", 0)), float(test.get("rtol", 0)), test.get("same_type", False)),
    )


def _typed(key: str, value: Any, where: str) -> None:
    wanted = _CALL[key]
    fits = isinstance(value, wanted) and not (isinstance(value, bool) and wanted not in (bool, object))
    if wanted is float:
        fits = isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
    if not fits:
        raise BadProblem(f"{where}.{key}: expected {_NAMES[wanted]}, got {shorten(value)}")
    if key in ("args", "kwargs", "returns"):
        _plain(value, f"{where}.{key}")


def _plain(value: Any, where: str) -> None:
    """Refuse TOML's dates and times: programs get plain data."""
    if isinstance(value, list):
        for i, element in enumerate(value):
            _plain(element, f"{where}[{i}]")
    elif isinstance(value, dict):
        for key, element in value.items():
            _plain(element, f"{where}.{key}")
    elif not isinstance(value, int | float | str):
        raise BadProblem(f"{where}: expected numbers, texts, lists and tables, got a date or time; write it as a text")


def _known_keys(table: Mapping[str, Any], known: tuple[str, ...], where: str) -> None:
    for key in table:
        if key not in known:
            near = difflib.get_close_matches(key, known, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"known are: {', '.join(known)}"
            raise BadProblem(f"{where}: unknown key {key!r}; {hint}")
