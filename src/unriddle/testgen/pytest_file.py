"""A pytest file (or a file of asserts) as pieces of code that run beside the program under test, one for each test.

Functions ``test_*``, classes ``Test*`` and ``unittest`` cases, ``pytest.mark.parametrize``, ``pytest.raises``,
``approx`` and ``fail``, and fixtures of the file without parameters. Imports of the module under test are turned into
uses of the program; a small stand-in takes pytest's place, so that nothing has to be installed in the sandbox. Not
covered: conftest files, fixtures of plugins, marks other than ``parametrize`` and ``skip``; such tests are named with
the reason (``Piece.skipped``).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from unriddle.errors import BadInput
from unriddle.language.python import parse

__all__ = ["STAND_IN", "Piece", "read_pieces"]

STAND_IN = """
class _UnriddlePytest:
    class _Raises:
        def __init__(self, expected, match=None):
            self.expected, self.match, self.value = expected, match, None
        def __enter__(self):
            return self
        def __exit__(self, kind, error, trace):
            assert kind is not None, "did not raise " + str(self.expected)
            self.value, self.type = error, kind
            if not issubclass(kind, self.expected):
                return False
            import re
            assert self.match is None or re.search(self.match, str(error)), "message does not match"
            return True
    class _Approx:
        def __init__(self, expected, rel=None, abs=None, nan_ok=False):
            self.expected, self.rel, self.abs, self.nan_ok = expected, rel, abs, nan_ok
        def _near(self, got, want):
            if isinstance(want, dict):
                return isinstance(got, dict) and got.keys() == want.keys() and all(
                    self._near(got[k], v) for k, v in want.items())
            if isinstance(want, (list, tuple)):
                return type(got) is type(want) and len(got) == len(want) and all(map(self._near, got, want))
            if isinstance(want, (int, float, complex)) and not isinstance(want, bool) and want is not None:
                if got == want or (self.nan_ok and got != got and want != want):
                    return True
                try:
                    room = max(self.abs if self.abs is not None else 0 if self.rel is not None else 1e-12,
                               (self.rel if self.rel is not None else 0 if self.abs is not None else 1e-6) * abs(want))
                    return abs(got - want) <= room
                except TypeError:
                    return False
            return bool(got == want)
        def __eq__(self, got):
            return self._near(got, self.expected)
        def __ne__(self, got):
            return not self == got
        __hash__ = None
    class _Mark:
        def __getattr__(self, name):
            return lambda *args, **kwargs: args[0] if args and callable(args[0]) else lambda function: function
    mark = _Mark()
    def raises(self, expected, *args, match=None, **kwargs):
        if not args:
            return self._Raises(expected, match)
        with self._Raises(expected, match) as caught:
            args[0](*args[1:], **kwargs)
        return caught
    def approx(self, expected, rel=None, abs=None, nan_ok=False):
        return self._Approx(expected, rel, abs, nan_ok)
    def fail(self, reason="", pytrace=True):
        raise AssertionError(reason)
    def skip(self, reason=""):
        raise RuntimeError("skipped: " + reason)
    def fixture(self, *args, **kwargs):
        return args[0] if args and callable(args[0]) else lambda function: function
    def param(self, *values, **kwargs):
        return values if len(values) != 1 else values[0]
pytest = _UnriddlePytest()
"""
"""Source of the stand-in: binds ``pytest``."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One test.

    Attributes:
        name: As pytest names it (``TestStack::test_pop``, ``test_add[1]``).
        code: What to run; it raises where the test fails. Empty where it is skipped.
        line: Line of the file.
        skipped: Why it cannot be run here; empty where it can.
    """

    name: str
    code: str
    line: int
    skipped: str = ""


def read_pieces(text: str, *, module: str) -> list[Piece]:
    """The tests of a file, in its order; a file without test functions gives a piece for each ``assert``.

    Args:
        text: The file.
        module: Name of the module under test, as the file imports it (its last part is enough).

    Raises:
        BadProblem: The file is not Python.
        BadInput: There is no test in it.
    """
    tree = _Imports(module).visit(parse(text))
    tests = [node for node in tree.body if _is_test(node)]
    if tests:
        before = [node for node in tree.body if node not in tests and not _is_main(node)]
        head = ast.unparse(ast.Module([*_future(before, True), *_stand_in(text), *_future(before, False)], []))
        fixtures = {n.name: n for n in before if isinstance(n, ast.FunctionDef) and _decorated(n, "fixture")}
        found = [piece for node in tests for piece in _pieces(node, head, fixtures)]
    else:
        found = list(_asserts(tree, _stand_in(text)))
    if not found:
        raise BadInput(
            f"tests: the file has no test; expected functions named test_..., classes named Test... or asserts "
            f"about {module}"
        )
    return found


class _Imports(ast.NodeTransformer):
    """Imports of the module under test become imports of the program; those of pytest go."""

    def __init__(self, module: str) -> None:
        self._module = module

    def _means_program(self, name: str) -> bool:
        return name == self._module or name.rpartition(".")[2] == self._module.rpartition(".")[2]

    def visit_Import(self, node: ast.Import) -> ast.AST | list[ast.stmt] | None:
        made: list[ast.stmt] = []
        for alias in node.names:
            if alias.name == "pytest":
                made += ast.parse(f"{alias.asname} = pytest").body if alias.asname else []
            elif self._means_program(alias.name):
                name = alias.asname or alias.name
                made += ast.parse(f"import candidate as {name}").body if "." not in name else _dotted(name)
            else:
                made.append(ast.Import([alias]))
        return [ast.copy_location(statement, node) for statement in made] or None

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST | list[ast.stmt] | None:
        if node.module == "pytest":
            lines = "\n".join(f"{a.asname or a.name} = pytest.{a.name}" for a in node.names)
            return [ast.copy_location(statement, node) for statement in ast.parse(lines).body]
        if node.module and self._means_program(node.module):
            if any(alias.name == "*" for alias in node.names):
                return None  # the program's names are there already
            return ast.copy_location(ast.ImportFrom("candidate", node.names, 0), node)
        kept, made = [], []
        for alias in node.names:
            if self._means_program(f"{node.module}.{alias.name}" if node.module else alias.name):
                made += ast.parse(f"import candidate as {alias.asname or alias.name}").body
            else:
                kept.append(alias)
        rest: list[ast.stmt] = [ast.ImportFrom(node.module, kept, node.level)] if kept else []
        return [ast.copy_location(statement, node) for statement in [*made, *rest]]


def _dotted(name: str) -> list[ast.stmt]:
    """``import a.b``: the name ``a`` with the program as its part."""
    first, *rest = name.split(".")
    lines = f"import candidate, types\n{first} = types.SimpleNamespace()\n"
    path = first
    for part in rest[:-1]:
        path = f"{path}.{part}"
        lines += f"{path} = types.SimpleNamespace()\n"
    return ast.parse(f"{lines}{path}.{rest[-1]} = candidate").body


def _stand_in(text: str) -> list[ast.stmt]:
    return ast.parse(STAND_IN).body if "pytest" in text else []


def _future(body: list[ast.stmt], wanted: bool) -> list[ast.stmt]:
    return [n for n in body if (isinstance(n, ast.ImportFrom) and n.module == "__future__") == wanted]


def _is_main(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and "__name__" in ast.unparse(node.test)


def _is_test(node: ast.stmt) -> bool:
    if isinstance(node, ast.ClassDef):
        return node.name.startswith("Test") or _is_case(node)
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test")


def _is_case(node: ast.ClassDef) -> bool:
    return any(ast.unparse(base).rpartition(".")[2] == "TestCase" for base in node.bases)


def _decorated(node: ast.FunctionDef | ast.AsyncFunctionDef, word: str) -> ast.expr | None:
    for decorator in node.decorator_list:
        target = decorator.func if isinstance(decorator, ast.Call) else decorator
        if ast.unparse(target).rpartition(".")[2] == word:
            return decorator
    return None


def _pieces(node: ast.stmt, head: str, fixtures: dict[str, ast.FunctionDef]) -> Iterator[Piece]:
    if isinstance(node, ast.ClassDef):
        case = _is_case(node)
        text = ast.unparse(node)
        for method in node.body:
            if isinstance(method, ast.FunctionDef) and method.name.startswith("test"):
                name = f"{node.name}::{method.name}"
                if case:
                    call = f"{node.name}({method.name!r}).debug()"
                    yield Piece(name, f"{head}\n{text}\n{call}\nNone", method.lineno)
                else:
                    start = f"_test = {node.name}()\ngetattr(_test, 'setup_method', lambda *a: None)()\n"
                    yield from _calls(method, f"{head}\n{text}\n{start}", f"_test.{method.name}", name, fixtures)
    elif isinstance(node, ast.AsyncFunctionDef):
        yield Piece(node.name, "", node.lineno, "it is asynchronous")
    elif isinstance(node, ast.FunctionDef):
        yield from _calls(node, f"{head}\n{ast.unparse(node)}\n", node.name, node.name, fixtures)


def _calls(
    node: ast.FunctionDef, before: str, call: str, name: str, fixtures: dict[str, ast.FunctionDef]
) -> Iterator[Piece]:
    """A piece for each set of parameters, or one."""
    if _decorated(node, "skip"):
        yield Piece(name, "", node.lineno, "it is marked to be skipped")
        return
    if _decorated(node, "given"):
        yield Piece(name, "", node.lineno, "it needs hypothesis")
        return
    wanted = [a.arg for a in node.args.args if a.arg != "self"]
    names, rows = _parameters(node)
    missing = [a for a in wanted if a not in names and a not in fixtures]
    if missing:
        yield Piece(name, "", node.lineno, f"it wants the fixture {missing[0]!r}")
        return
    made = ", ".join(f"{a}={a}()" for a in wanted if a not in names)
    if any("yield" in ast.unparse(fixtures[a]) or fixtures[a].args.args for a in wanted if a not in names):
        yield Piece(name, "", node.lineno, "its fixture yields or wants others")
        return
    if not names:
        yield Piece(name, f"{before}\n{call}({made})\nNone", node.lineno)
        return
    for i, row in enumerate(rows):
        values = f"dict(zip({names!r}, {row}))" if len(names) > 1 else f"{{{names[0]!r}: {row}}}"
        more = f", {made}" if made else ""
        yield Piece(f"{name}[{i}]", f"{before}\n{call}(**{values}{more})\nNone", node.lineno)


def _parameters(node: ast.FunctionDef) -> tuple[list[str], list[str]]:
    """Names and, as source, the values of ``parametrize``."""
    mark = _decorated(node, "parametrize")
    if not isinstance(mark, ast.Call) or len(mark.args) < 2 or not isinstance(mark.args[1], ast.List | ast.Tuple):
        return [], []
    what = mark.args[0]
    if isinstance(what, ast.Constant) and isinstance(what.value, str):
        names = [part.strip() for part in what.value.split(",")]
    elif isinstance(what, ast.Tuple | ast.List):
        names = [ast.literal_eval(part) for part in what.elts]
    else:
        return [], []
    return names, [ast.unparse(element) for element in mark.args[1].elts]


def _asserts(tree: ast.Module, stand_in: list[ast.stmt]) -> Iterator[Piece]:
    """A piece for each assert of the module's top, with everything before it that is no assert."""
    before: list[ast.stmt] = []
    for node in tree.body:
        if isinstance(node, ast.Assert):
            body = [*_future(before, True), *stand_in, *_future(before, False), node, ast.Expr(ast.Constant(None))]
            yield Piece(f"line {node.lineno}", ast.unparse(ast.Module(body, [])), node.lineno)
        else:
            before.append(node)
