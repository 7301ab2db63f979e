"""Test files taken apart: what comes before the tests, each test, and what of it can run on a code file alone.

A test is a function or method whose name begins with ``test``, or an assert at the top of the file. It is made runnable
without a test framework: imports of the code under test are replaced by its names, a method of a ``TestCase`` runs with
``setUp`` and ``tearDown``. Not covered: fixtures, parametrised tests (they need pytest), nested classes.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from unriddle.language.python import unparse
from unriddle.language.truncate import parse, readable_lines, source_lines

__all__ = ["CannotRun", "WrittenTest", "first_new_test", "runnable", "same_text", "split_tests"]

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_ASSERTING = ("assert", "expect", "verify", "fail", "raises")


@dataclass(frozen=True, slots=True)
class WrittenTest:
    """One test as text.

    Attributes:
        source: The function with its decorators, or one assert, as it stands in the file.
        preamble: What it needs of its file: imports, helpers, for a method its class without the other tests.
        name: Name of the function; empty for an assert.
        owner: Name of the class it is a method of; empty for none.
        line: Where it begins in the file, from 1.
        logprob: Log-probability of the text under the model that wrote it; ``None`` where not known.
    """

    source: str
    preamble: str = ""
    name: str = ""
    owner: str = ""
    line: int = 1
    logprob: float | None = None


@dataclass(frozen=True, slots=True)
class CannotRun:
    """Why a test cannot be run, in a few words."""

    why: str


def split_tests(source: str) -> list[WrittenTest]:
    """The tests of a file, in its order; an empty list where it is not Python or has none.

    >>> [t.name for t in split_tests("import a\\ndef help(): ...\\ndef test_x():\\n    assert help() is None\\n")]
    ['test_x']
    """
    tree = parse(source)
    return [] if tree is None else [test for node in tree.body for test in _tests_of(node, tree, source)]


def _tests_of(node: ast.stmt, tree: ast.Module, source: str) -> Iterator[WrittenTest]:
    if _is_test(node):
        yield _written(node, _before(tree.body, node), source)
    elif isinstance(node, ast.ClassDef):
        for inner in node.body:
            if _is_test(inner) and not isinstance(inner, ast.Assert):
                kept = [part for part in node.body if not _is_test(part)] or [ast.Pass()]
                shell = ast.ClassDef(node.name, node.bases, node.keywords, kept, node.decorator_list)
                yield replace(_written(inner, [*_before(tree.body, node), shell], source), owner=node.name)


def _before(body: Sequence[ast.stmt], node: ast.stmt) -> list[ast.stmt]:
    """What stands before a statement, without tests, classes of tests and main guards."""
    found = []
    for other in body:
        if other is node:
            break
        tests = isinstance(other, ast.ClassDef) and any(_is_test(part) for part in other.body)
        if not _is_test(other) and not tests and not isinstance(other, ast.If):
            found.append(other)
    return found


def _written(node: ast.stmt, before: Sequence[ast.stmt], source: str) -> WrittenTest:
    first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])
    text = "".join(source_lines(source)[first - 1 : node.end_lineno])
    preamble = "\n".join(unparse(ast.fix_missing_locations(part)) for part in before)
    return WrittenTest(text.rstrip("\n") + "\n", preamble, getattr(node, "name", ""), line=first)


def _is_test(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assert) or (isinstance(node, _Function) and node.name.startswith("test"))


def first_new_test(begun: str, completion: str, *, logprob: float | None = None) -> WrittenTest | CannotRun:
    """The first whole test that a completion adds to a test file, or why there is none.

    The text is cut after its last readable line, so that a test cut off by a token limit keeps its whole statements.

    Args:
        begun: How the file begins; what the completion continues.
        completion: What was written behind it.
        logprob: Of the completion; kept with the test.
    """
    whole = begun + completion
    at = begun.count("\n")  # whole lines that were there
    n_lines = readable_lines(whole)
    if n_lines <= at:
        return CannotRun("not Python")
    text = "".join(source_lines(whole)[:n_lines])
    tree = parse(text)
    new = [node for node in tree.body if node.lineno > at] if tree else []
    tests = [test for test in split_tests(text) if test.line > at]
    if new and isinstance(new[0], ast.Import | ast.ImportFrom | ast.ClassDef) and begun.strip():
        return CannotRun("begins a new file or class")
    if not tests:
        return CannotRun("no test in it")
    return replace(tests[0], logprob=logprob)


def runnable(test: WrittenTest, code: str, *, module: str = "") -> str | CannotRun:
    """The test as source that runs where the names of the code are global, or why it cannot.

    Args:
        test: Any test.
        code: The code under test.
        module: Name under which the test imports the code; imports of names that the code defines are known without.

    >>> print(runnable(WrittenTest("def test_f():\\n    assert f(1)\\n", "from m import f", "test_f"), "def f(x): ..."))
    def test_f():
        assert f(1)
    test_f()
    """
    body = parse(_dedented(test.source))
    before, program = parse(test.preamble), parse(code)
    if body is None or before is None or program is None or not body.body:
        return CannotRun("not Python")
    node = body.body[-1]
    why = _why_not(node, _checking(before), method=bool(test.owner))
    if why:
        return CannotRun(why)
    names = _defined(program)
    head = [part for statement in before.body for part in _without_import(statement, names, module)]
    if not _mentions([*head, *body.body], names) and not _mentions(before.body, {module.rpartition(".")[2]}):
        return CannotRun("does not use the code")
    if isinstance(node, ast.Assert):
        tail = ""
    elif test.owner:
        _put_into(head, test.owner, body.body)
        body.body = []
        tail = _CALL_METHOD.format(owner=test.owner, name=test.name)
    else:
        tail = f"{test.name}()\n"
    parts = [unparse(ast.fix_missing_locations(part)) for part in (*head, *body.body)]
    return "\n".join([*parts, tail.rstrip("\n")]).strip("\n")


_CALL_METHOD = """
_test = {owner}('{name}') if hasattr({owner}, 'debug') else {owner}()
_test.debug() if hasattr(_test, 'debug') else _test.{name}()
"""


def _put_into(head: Sequence[ast.stmt], owner: str, body: Sequence[ast.stmt]) -> None:
    """Make the method a part of its class again."""
    for part in head:
        if isinstance(part, ast.ClassDef) and part.name == owner:
            part.body = [*part.body, *body]


def _why_not(node: ast.stmt, checking: set[str], *, method: bool) -> str:
    """Why it is not a test that can be called; empty where it is one."""
    if isinstance(node, ast.AsyncFunctionDef):
        return "asynchronous"
    if isinstance(node, ast.FunctionDef):
        args = node.args
        needed = len(args.posonlyargs) + len(args.args) - len(args.defaults) - method
        if needed > 0 or any(default is None for default in args.kw_defaults):
            return "needs fixtures"
        if any("parametrize" in unparse(decorator) for decorator in node.decorator_list):
            return "parametrised"
        return "" if _asserts(node, checking) else "no assertion"
    return "" if isinstance(node, ast.Assert) else "no test in it"


def _checking(before: ast.Module) -> set[str]:
    """Names of helpers that assert something, or use a helper that does."""
    helpers = [node for node in ast.walk(before) if isinstance(node, ast.FunctionDef)]
    found: set[str] = set()
    while True:
        more = {node.name for node in helpers if _asserts(node, found)}
        if more <= found:
            return found
        found |= more


def _asserts(node: ast.AST, checking: set[str]) -> bool:
    """Whether something in it can fail: an assert, a call whose name says so, or a helper that does."""
    for part in ast.walk(node):
        if isinstance(part, ast.Assert):
            return True
        name = getattr(part, "attr", getattr(part, "id", ""))
        if name in checking:
            return True
        if isinstance(part, ast.Call):
            called = getattr(part.func, "attr", getattr(part.func, "id", "")).lower()
            if called.startswith(_ASSERTING):
                return True
    return False


def _defined(tree: ast.Module) -> set[str]:
    """Names that a program's functions, classes and variables have."""
    names: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return names


def _without_import(node: ast.stmt, names: set[str], module: str) -> Iterator[ast.stmt]:
    """The statement, or what stands for it where it imports the code under test."""
    if isinstance(node, ast.ImportFrom):
        wanted = [alias for alias in node.names if alias.name != "*"]
        ours = _is_module(node.module or "", module) or (wanted and all(alias.name in names for alias in wanted))
        if not ours:
            yield node
        for alias in wanted if ours else ():
            if alias.asname and alias.asname != alias.name:
                yield ast.Assign([ast.Name(alias.asname, ast.Store())], ast.Name(alias.name, ast.Load()), lineno=1)
    elif isinstance(node, ast.Import):
        ours = [alias for alias in node.names if _is_module(alias.name, module)]
        others = [alias for alias in node.names if alias not in ours]
        if others:
            yield ast.Import(others)
        for alias in ours:
            fields = ", ".join(f"{name}={name}" for name in sorted(names))
            yield from ast.parse(f"import types\n{alias.asname or alias.name} = types.SimpleNamespace({fields})").body
    else:
        yield node


def _is_module(name: str, module: str) -> bool:
    return bool(module) and name == module


def _mentions(body: Sequence[ast.stmt], names: set[str]) -> bool:
    return any(isinstance(node, ast.Name) and node.id in names for part in body for node in ast.walk(part))


def same_text(test: WrittenTest) -> str:
    """A text that is equal for tests that differ in name, comments, layout and messages of asserts only."""
    tree = parse(_dedented(test.source))
    if tree is None:
        return test.source
    for node in ast.walk(tree):
        if isinstance(node, ast.Assert):
            node.msg = None
    for node in tree.body:
        if isinstance(node, _Function):
            node.name = "test"
            if (
                len(node.body) > 1
                and isinstance(node.body[0], ast.Expr)
                and isinstance(node.body[0].value, ast.Constant)
            ):
                node.body = node.body[1:]
    return ast.dump(tree)


def _dedented(source: str) -> str:
    """The source moved to the left edge by the indentation of its first line."""
    lines = source_lines(source)
    width = len(lines[0]) - len(lines[0].lstrip(" \t")) if lines else 0
    return "".join(line[width:] if not line[:width].strip() else line for line in lines)
