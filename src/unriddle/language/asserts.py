"""Tests read out of assert-style code and out of doctests.

An assert that is one call of the entry point and one literal expectation becomes a ``CallTest``, whose expected value
never enters the candidate's process. Everything else becomes a ``CodeTest``: where the meaning could differ, the code
is kept. Nothing is executed here; literals are folded by our own bounded rules.

Known limits: a ``CallTest`` is about plain data, so a returned array of one element or an object with its own
``__eq__`` does not pass. ``math.isclose`` with a relative tolerance above 1e-8 stays code (it is relative to the
larger of both numbers). In doctests the message of an expected exception is not compared, and a literal is compared by
value and type, not by its text. Not covered: unittest classes, pytest fixtures.
"""

from __future__ import annotations

import ast
import doctest
import inspect
import math
import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from unriddle.errors import BadProblem
from unriddle.language import python
from unriddle.language.fold import fold, has_nan, is_literal, is_real, is_sorted, meanings, qualified
from unriddle.problem import CallTest, CodeTest, Equality, Raises, Returns, Test

__all__ = ["tests_from_code", "tests_from_doctests"]

_DEFINITIONS = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(slots=True)
class _Suite:
    """Test code taken apart: what it defines, its asserts, and whether anything ties them together."""

    entry: str
    aliases: frozenset[str]
    names: dict[str, str]
    classes: tuple[str, ...] = ()
    definitions: list[ast.stmt] = field(default_factory=list)
    constants: set[str] = field(default_factory=set)
    n_aliased: int = 0
    asserts: list[ast.Assert] = field(default_factory=list)
    has_check: bool = False
    stateful: bool = False


def tests_from_code(
    code: str,
    entry: str,
    *,
    prelude: str = "",  # noqa: PT028 - not a pytest function
    aliases: Sequence[str] = ("candidate",),  # noqa: PT028
    classes: Sequence[str] = (),  # noqa: PT028
) -> list[Test]:
    """The tests that assert-style code holds, ``(m,)``, in its order.

    Asserts at module level and those of a ``check(candidate)`` function become one test each when nothing but
    definitions stands between them. Code with state (assignments that are used, loops, ``try``) stays one test.
    Asserts over constants only that hold are dropped.

    Args:
        code: Python source.
        entry: Name of the entry point.
        prelude: Trusted helper source of the problem; every ``CodeTest`` gets it.
        aliases: Other names that mean the entry point in ``code``.
        classes: Names of candidate classes under test (see ``CodeTest.classes``).

    Raises:
        BadProblem: The code cannot be read; the message has the line number.

    >>> tests_from_code("assert f(2) == [4]", "f")[0].expect.value
    [4]
    """
    tree = python.parse(code, what=f"the test code of {entry}")
    trees = [tree, python.parse(prelude, what=f"the helper code of {entry}")] if prelude else [tree]
    suite = _Suite(entry, frozenset({entry, *aliases}), meanings(trees, {entry, *aliases}), tuple(classes))
    _collect(tree.body, suite, top=True)
    used = {n.id for part in (*suite.asserts, *suite.definitions) for n in ast.walk(part) if isinstance(n, ast.Name)}
    if suite.stateful or used & suite.constants or _rebinds(tree, suite):
        call = "\ncheck(candidate)\n" if suite.has_check else ""
        return [CodeTest(code + call, entry, prelude, suite.classes, source=code)]
    converted = [_test(node, suite, prelude) for node in suite.asserts]
    return [test for test in converted if test is not None]


def _collect(body: Sequence[ast.stmt], suite: _Suite, *, top: bool) -> None:
    for node in body:
        if isinstance(node, ast.FunctionDef) and node.name == "check" and top and len(node.args.args) == 1:
            suite.has_check = True
            suite.stateful |= node.args.args[0].arg not in suite.aliases
            _collect(node.body, suite, top=False)
        elif isinstance(node, _DEFINITIONS):
            suite.definitions.append(node)
        elif isinstance(node, ast.Assert):
            suite.asserts.append(node)
        elif isinstance(node, ast.Assign) and all(isinstance(t, ast.Name) for t in node.targets):
            targets = {t.id for t in node.targets if isinstance(t, ast.Name)}
            alias = isinstance(node.value, ast.Name) and node.value.id == suite.entry and targets <= suite.aliases
            if alias:
                suite.n_aliased += len(targets)
            else:
                suite.constants |= targets
                suite.stateful |= not is_literal(node.value, suite.names)
        elif not _is_idle(node, suite):
            suite.stateful = True


def _is_idle(node: ast.stmt, suite: _Suite) -> bool:
    """Whether it can be left out: ``pass``, texts, prints of literals, the call of ``check``, main guards."""
    if isinstance(node, ast.If):
        return python.unparse(node.test) == "__name__ == '__main__'" and not node.orelse
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Name):
        call, name = node.value, node.value.func.id
        run = name == "check" and [python.unparse(a) in suite.aliases for a in call.args] == [True]
        return (run and suite.has_check) or (name == "print" and all(is_literal(a, suite.names) for a in call.args))
    shown = isinstance(node, ast.Expr) and (
        isinstance(node.value, ast.Constant) or python.unparse(node.value) == "print"
    )
    return isinstance(node, ast.Pass) or shown


def _rebinds(tree: ast.Module, suite: _Suite) -> bool:
    """Whether the entry point's names, or anything global, get another meaning somewhere in the code."""
    stored = 0
    for node in ast.walk(tree):
        if isinstance(node, (ast.Global, ast.Nonlocal, ast.NamedExpr)):
            return True
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and node.name in suite.aliases:
            return True
        stored += isinstance(node, ast.Name) and node.id in suite.aliases and not isinstance(node.ctx, ast.Load)
    return stored > suite.n_aliased


def _test(node: ast.Assert, suite: _Suite, prelude: str) -> Test | None:
    """The test of one assert; ``None`` for one over constants that holds."""
    try:
        if fold(node.test, suite.names):
            return None
    except ValueError:
        pass
    text = python.unparse(ast.Assert(node.test, None))
    made = _call_test(node.test, suite)
    if made is not None:
        return replace(made, source=text)
    needed = _needed(node, suite)
    return CodeTest("\n".join([*map(python.unparse, needed), text]), suite.entry, prelude, suite.classes, source=text)


def _needed(node: ast.Assert, suite: _Suite) -> list[ast.stmt]:
    """The definitions the assert uses, directly or through each other, in their order."""
    wanted = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
    needed: list[ast.stmt] = []
    grew = True
    while grew:
        fresh = [d for d in suite.definitions if d not in needed and _defines(d) & (wanted | {"*"})]
        wanted |= {n.id for d in fresh for n in ast.walk(d) if isinstance(n, ast.Name)}
        needed, grew = needed + fresh, bool(fresh)
    return [d for d in suite.definitions if d in needed and not _defines(d) & suite.aliases]


def _defines(node: ast.stmt) -> set[str]:
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return {(a.asname or a.name).split(".")[0] for a in node.names}
    return {node.name} if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) else set()


def _call_test(test: ast.expr, suite: _Suite) -> CallTest | None:
    """The assert's condition as a call and an expectation; ``None`` where it does not have that shape."""
    call: ast.expr = test
    expect: Returns | None = Returns(True, Equality("truth"))
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        call, expect = test.operand, Returns(False, Equality("truth"))
    elif isinstance(test, ast.Compare) and len(test.ops) == 1:
        call, expect = _comparison(test.left, test.ops[0], test.comparators[0], suite)
    elif isinstance(test, ast.Call) and qualified(test.func, suite.names) == "math.isclose":
        call, expect = _isclose(test, suite)
    arguments = _arguments(call, suite)
    if arguments is None or expect is None:
        return None
    return CallTest(suite.entry, arguments[0], arguments[1], expect)


def _arguments(node: ast.expr | None, suite: _Suite) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
    """The literal arguments of a call of the entry point."""
    named = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in suite.aliases
    if not isinstance(node, ast.Call) or not named or suite.entry in suite.classes:
        return None
    try:
        args = tuple(fold(arg, suite.names) for arg in node.args)
        kwargs = {k.arg: fold(k.value, suite.names) for k in node.keywords if k.arg is not None}
    except ValueError:
        return None
    return (args, kwargs) if len(kwargs) == len(node.keywords) else None


_Shape = tuple[ast.expr, Returns | None]


def _comparison(left: ast.expr, op: ast.cmpop, right: ast.expr, suite: _Suite) -> _Shape:
    """The call and what it must return, for ``left op right``."""
    nothing = left, None
    flipped: dict[type[ast.cmpop], ast.cmpop] = {ast.Gt: ast.Lt(), ast.GtE: ast.LtE()}
    if type(op) in flipped:
        left, op, right = right, flipped[type(op)], left
    if isinstance(op, (ast.Eq, ast.Is)) and is_literal(left, suite.names):
        left, right = right, left
    try:
        value = fold(right, suite.names)
    except ValueError:
        return nothing
    wrapper = qualified(left.func, suite.names) if isinstance(left, ast.Call) else ""
    plain = wrapper and isinstance(left, ast.Call) and len(left.args) == 1 and not left.keywords
    if isinstance(op, ast.Is):
        known = value is None or isinstance(value, bool)
        return (left, Returns(value, Equality(same_type=True))) if known else nothing
    if isinstance(op, (ast.Lt, ast.LtE)) and plain and wrapper in ("abs", "math.fabs") and isinstance(left, ast.Call):
        return _within(left.args[0], value, strict=isinstance(op, ast.Lt), suite=suite)
    if not isinstance(op, ast.Eq) or has_nan(value):
        return nothing
    if plain and isinstance(left, ast.Call) and wrapper == "set" and isinstance(value, (set, frozenset)):
        return left.args[0], Returns(value, Equality("set"))
    if plain and isinstance(left, ast.Call) and wrapper == "sorted" and isinstance(value, list):
        return (left.args[0], Returns(value, Equality("unordered"))) if is_sorted(value) else nothing
    return left, Returns(value)


def _within(difference: ast.expr, bound: Any, *, strict: bool, suite: _Suite) -> _Shape:
    """``abs(call - literal) < bound``, either way round."""
    nothing = difference, None
    if not (isinstance(difference, ast.BinOp) and isinstance(difference.op, ast.Sub)):
        return nothing
    call, target = difference.left, difference.right
    if is_literal(call, suite.names):
        call, target = target, call
    if not is_literal(target, suite.names) or not is_real(bound) or bound < 0 or (strict and bound == 0):
        return nothing
    value = fold(target, suite.names)
    if not is_real(value):
        return nothing
    return call, Returns(value, Equality("close", atol=math.nextafter(bound, 0.0) if strict else float(bound)))


def _isclose(node: ast.Call, suite: _Suite) -> _Shape:
    """``math.isclose(call, literal, rel_tol=…, abs_tol=…)`` where the tolerance is as good as absolute."""
    nothing = node, None
    try:
        options = {k.arg: fold(k.value, suite.names) for k in node.keywords}
    except ValueError:
        return nothing
    relative, absolute = options.pop("rel_tol", 1e-9), options.pop("abs_tol", 0.0)
    if options or len(node.args) != 2 or not is_real(relative) or not is_real(absolute):
        return nothing
    call, target = node.args if is_literal(node.args[1], suite.names) else node.args[::-1]
    if not is_literal(target, suite.names) or not 0 <= relative <= 1e-8 or absolute < 0:
        return nothing
    value = fold(target, suite.names)
    if not is_real(value):
        return nothing
    return call, Returns(value, Equality("close", atol=float(max(relative * abs(value), absolute))))


def tests_from_doctests(text: str, entry: str) -> list[Test]:
    """The tests that the examples of a docstring hold, ``(m,)``, in its order.

    An example that is one call with a literal result becomes a ``CallTest`` (types count, as in a doctest), one with a
    traceback a ``Raises``; printed or other text becomes a ``CodeTest``. A session with state (assignments, loops)
    becomes one ``CodeTest``. A comparison with nothing shown after it (``>>> f(1) == 2``) is read as an assert.
    Left out are examples that are not Python, and expressions that neither call nor compare and show nothing.

    Args:
        text: A docstring, or source in which the definition of ``entry`` has one.
        entry: Name of the entry point.

    >>> [test.expect.value for test in tests_from_doctests(">>> f(2)\\n[4]", "f")]
    [[4]]
    """
    doc, classes = _docstring_in(text, entry)
    examples = [made for made in map(_example, python.doctests(doc)) if made is not None]
    imports = [e.tree for e in examples if e.kind == "import" and entry not in _defines(e.tree.body[0])]
    if any(e.kind == "state" for e in examples):
        steps = [_checked(e) for e in examples if e.kind != "import" or e.tree in imports]
        return [
            CodeTest(
                _SHOW + "\n".join(steps), entry, classes=classes, source="\n".join(f">>> {e.source}" for e in examples)
            )
        ]
    suite = _Suite(entry, frozenset({entry}), meanings(imports, {entry}), classes)
    suite.definitions.extend(node for tree in imports for node in tree.body)
    start = "\n".join([*map(python.unparse, imports), _SHOW])
    made = [_example_test(e, suite, start) for e in examples if e.value is not None]
    return [test for test in made if test is not None]


_SHOW = """import contextlib as _contextlib, doctest as _doctest, io as _io
def _show(value):
    if value is not None:
        print(repr(value))
"""
"""Start of every CodeTest from a docstring: shows values as the interactive prompt does."""


@dataclass(frozen=True, slots=True)
class _Example:
    """One example of a docstring: ``kind`` is ``import``, ``value``, ``assert`` or ``state`` (anything else)."""

    source: str
    want: str
    exception: str | None
    tree: ast.Module
    kind: str
    value: ast.expr | None


def _example(parts: tuple[str, str, str | None]) -> _Example | None:
    source, want, exception = parts
    try:
        tree = python.parse(source)
    except BadProblem:
        return None
    if not tree.body or re.search(r"#\s*doctest:.*\+SKIP", source):
        return None
    value = tree.body[0].value if len(tree.body) == 1 and isinstance(tree.body[0], ast.Expr) else None
    if value is not None and not want and not isinstance(value, (ast.Call, ast.Compare)):
        return None
    kind = "state" if value is None else "value" if want or isinstance(value, ast.Call) else "assert"
    if all(isinstance(node, (ast.Import, ast.ImportFrom)) for node in tree.body):
        kind = "import"
    return _Example(source, want, exception, tree, kind, value)


def _docstring_in(text: str, entry: str) -> tuple[str, tuple[str, ...]]:
    """The entry's docstring when ``text`` is source that defines it, else the text; and the entry if it is a class."""
    try:
        node = python.definition(text, entry)
    except BadProblem:
        return inspect.cleandoc(text), ()
    return ast.get_docstring(node) or "", (entry,) if isinstance(node, ast.ClassDef) else ()


def _example_test(example: _Example, suite: _Suite, start: str) -> Test | None:
    if example.kind == "assert" and example.value is not None:
        return _test(ast.Assert(example.value, None), suite, "")
    arguments = _arguments(example.value, suite)
    source = f">>> {example.source}\n{example.want}"
    literal = _literal_want(example)
    if arguments is not None and example.exception and python.is_builtin_exception(example.exception):
        return CallTest(suite.entry, *arguments, expect=Raises(example.exception), source=source)
    if arguments is not None and not example.exception and literal is not None:
        value = fold(literal)
        return CallTest(suite.entry, *arguments, expect=Returns(value, Equality(same_type=True)), source=source)
    return CodeTest(start + _checked(example), suite.entry, classes=suite.classes, source=source)


def _literal_want(example: _Example) -> ast.expr | None:
    """The expected value when it is a literal and not just text; nothing shown means ``None``."""
    try:
        node = ast.parse(example.want.strip() or "None", mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return node if "doctest:" not in example.source and is_literal(node) and not has_nan(fold(node)) else None


def _checked(example: _Example) -> str:
    """Code that runs the example and asserts what its docstring promises."""
    literal = None if example.exception else _literal_want(example)
    if example.kind == "assert":  # it shows nothing, so as an example it could never hold
        return f"assert {python.unparse(example.tree)}"
    if example.kind == "value" and literal is not None:
        code, want = python.unparse(example.tree), python.unparse(literal)
        return f"_value = {code}\nassert type(_value) is type({want}) and _value == {want}"
    if example.exception:
        named = python.is_builtin_exception(example.exception)
        check = "pass" if named else f"assert type(_error).__name__ == {example.exception!r}"
        caught = example.exception if named else "Exception"
        body = textwrap.indent(python.unparse(example.tree), "    ")
        return f"try:\n{body}\nexcept {caught} as _error:\n    {check}\nelse:\n    assert False, 'nothing was raised'"
    _display(example.tree.body)
    body = textwrap.indent(python.unparse(example.tree), "    ")
    options = re.findall(r"\+([A-Z_]+)", "".join(re.findall(r"#\s*doctest:(.*)", example.source)))
    flags = sum({doctest.OPTIONFLAGS_BY_NAME.get(name, 0) for name in options})
    want = example.want + "\n" if example.want else ""
    return (
        f"_out = _io.StringIO()\nwith _contextlib.redirect_stdout(_out):\n{body}\n"
        f"assert _doctest.OutputChecker().check_output({want!r}, _out.getvalue(), {flags})"
    )


def _display(body: Sequence[ast.AST]) -> None:
    """Make every expression statement outside functions and classes show its value, as the prompt does."""
    stack = list(body)
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Expr):
            node.value = ast.Call(ast.Name("_show", ast.Load()), [node.value], [])
        elif isinstance(node, (ast.stmt, ast.ExceptHandler)) and not isinstance(node, _DEFINITIONS):
            stack.extend(ast.iter_child_nodes(node))
