"""The program that fills a table as a spreadsheet formula for its first row, where it is made of what formulas have.

It reads Python of the kind ``propose.enumerate`` writes: one returned expression over texts and numbers.
Not covered: rounding (ties go another way), stripping, decimal numbers as texts, dates (spreadsheets read them as
numbers), several outputs, and names bound inside. Where a program fails, as for a place outside a text, a formula gives
an empty text or an error of its own.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping

from unriddle.errors import Unsupported
from unriddle.grammar.formula import text_literal
from unriddle.pose.table import Table

__all__ = ["column_letters", "table_formula"]

_MAX_LENGTH = 8000
_NUMBERS = ("int", "float")
_SIGNS: dict[type[ast.cmpop], str] = {
    ast.Eq: "=", ast.NotEq: "<>", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
}  # fmt: skip
Shown = tuple[str, str]
"""A formula and its type: ``str``, ``int``, ``float`` or ``bool``."""


def column_letters(place: int) -> str:
    """The letters of a column, counted from 0.

    >>> column_letters(0), column_letters(25), column_letters(26), column_letters(701)
    ('A', 'Z', 'AA', 'ZZ')
    """
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def table_formula(table: Table, source: str) -> str:
    """The formula for the second line of the table, where its first row is; to be copied down.

    Args:
        table: The table the problem was posed with.
        source: The program, which defines ``fill``.

    Raises:
        Unsupported: The program has no formula; the message says why.
    """
    if len(table.outputs) != 1:
        raise Unsupported("no formula: the table has several outputs")
    try:
        tree = ast.parse(source)
    except (SyntaxError, RecursionError, MemoryError, ValueError):
        raise Unsupported("no formula: the program cannot be read") from None
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    if len(tree.body) != 1 or len(functions) != 1 or len(functions[0].body) != 1:
        raise Unsupported("no formula: the program is more than one expression")
    returned, names = functions[0].body[0], [arg.arg for arg in functions[0].args.args]
    if not isinstance(returned, ast.Return) or returned.value is None or len(names) != len(table.inputs):
        raise Unsupported("no formula: the program is more than one expression")
    cells = {n: (f"{column_letters(j)}2", table.types[j]) for n, j in zip(names, table.inputs, strict=True)}
    try:
        shown, _ = _write(returned.value, cells)
    except RecursionError:
        raise Unsupported("no formula: the program is nested too deeply") from None
    if len(shown) > _MAX_LENGTH:
        raise Unsupported(f"no formula: it would have {len(shown)} characters, and spreadsheets take {_MAX_LENGTH}")
    return f"={shown}"


def _no(node: ast.AST) -> Unsupported:
    return Unsupported(f"no formula: spreadsheets have nothing like {ast.unparse(node)[:60]}")


def _write(node: ast.expr, cells: Mapping[str, Shown]) -> Shown:
    if isinstance(node, ast.Name) and node.id in cells:
        cell, kind = cells[node.id]
        if kind == "date":
            raise Unsupported(f"no formula: spreadsheets read the dates in {node.id} as numbers")
        return cell, kind
    if isinstance(node, ast.Constant):
        return _constant(node)
    if isinstance(node, ast.IfExp):
        test, yes, no = (_write(part, cells) for part in (node.test, node.body, node.orelse))
        return f"IF({test[0]},{yes[0]},{no[0]})", yes[1]
    if isinstance(node, ast.BoolOp):
        parts = [_write(part, cells)[0] for part in node.values]
        return f"{'AND' if isinstance(node.op, ast.And) else 'OR'}({','.join(parts)})", "bool"
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Not):
        inner, kind = _write(node.operand, cells)
        return (f"(-{inner})", kind) if isinstance(node.op, ast.USub) else (f"NOT({inner})", "bool")
    if isinstance(node, ast.BinOp):
        return _binary(node, cells)
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        return _compared(node, cells)
    if isinstance(node, ast.Subscript):
        return _part(node, cells)
    if isinstance(node, ast.Call) and not node.keywords:
        return _called(node, cells)
    raise _no(node)


def _constant(node: ast.Constant) -> Shown:
    value = node.value
    if isinstance(value, bool):
        return ("TRUE" if value else "FALSE"), "bool"
    if isinstance(value, int | float) and abs(value) < 10**15:
        return repr(value), type(value).__name__
    if isinstance(value, str):
        return text_literal(value), "str"
    raise _no(node)


def _binary(node: ast.BinOp, cells: Mapping[str, Shown]) -> Shown:
    (a, left), (b, right) = _write(node.left, cells), _write(node.right, cells)
    if left == right == "str" and isinstance(node.op, ast.Add):
        return f"({a}&{b})", "str"
    if left == "str" and right == "int" and isinstance(node.op, ast.Mult):
        return f"REPT({a},MAX(0,{b}))", "str"
    if left not in _NUMBERS or right not in _NUMBERS:
        raise _no(node)
    kind = "int" if left == right == "int" else "float"
    signs: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Pow: "^"}
    if type(node.op) in signs:
        return f"({a}{signs[type(node.op)]}{b})", kind
    if isinstance(node.op, ast.Div):
        return f"({a}/{b})", "float"
    if kind == "int" and isinstance(node.op, ast.FloorDiv | ast.Mod):
        return (f"INT({a}/{b})" if isinstance(node.op, ast.FloorDiv) else f"MOD({a},{b})"), "int"
    raise _no(node)


def _compared(node: ast.Compare, cells: Mapping[str, Shown]) -> Shown:
    (a, left), (b, right) = _write(node.left, cells), _write(node.comparators[0], cells)
    kind = type(node.ops[0])
    if kind in (ast.In, ast.NotIn) and left == right == "str":
        made = f"ISNUMBER(FIND({a},{b}))"
        return made if kind is ast.In else f"NOT({made})", "bool"
    if left == right == "str" and kind in (ast.Eq, ast.NotEq):
        return f"EXACT({a},{b})" if kind is ast.Eq else f"NOT(EXACT({a},{b}))", "bool"
    if "str" in (left, right) or kind not in _SIGNS:
        raise _no(node)
    return f"({a}{_SIGNS[kind]}{b})", "bool"


def _part(node: ast.Subscript, cells: Mapping[str, Shown]) -> Shown:
    inner = node.value
    if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Attribute) and inner.func.attr == "split":
        return _split(node, inner, cells)
    text, kind = _write(inner, cells)
    if kind != "str":
        raise _no(node)
    if not isinstance(node.slice, ast.Slice):
        place = _place(node.slice, text, cells)
        return f"MID({text},{place}+1,1)", "str"
    if node.slice.step is not None:
        raise _no(node)
    start = "0" if node.slice.lower is None else _place(node.slice.lower, text, cells)
    if node.slice.upper is None:
        return f"MID({text},{start}+1,LEN({text}))", "str"
    end = _place(node.slice.upper, text, cells)
    if start == "0":
        return f"LEFT({text},{end})", "str"
    return f"MID({text},{start}+1,MAX(0,{end}-{start}))", "str"


def _place(node: ast.expr, text: str, cells: Mapping[str, Shown]) -> str:
    """A place in a text counted from 0, where Python may count from the end."""
    shown, kind = _write(node, cells)
    if kind != "int":
        raise _no(node)
    if isinstance(node, ast.Constant):
        return shown
    if isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Constant):
        return f"MAX(0,LEN({text})-{node.operand.value!r})"
    return f"IF({shown}<0,MAX(0,LEN({text})+{shown}),{shown})"


def _split(node: ast.Subscript, call: ast.Call, cells: Mapping[str, Shown]) -> Shown:
    """``text.split(mark)[k]``: what is between the k-th mark and the next."""
    assert isinstance(call.func, ast.Attribute)
    text, _ = _write(call.func.value, cells)
    try:
        k = ast.literal_eval(node.slice)
        mark = ast.literal_eval(call.args[0]) if call.args else " "
    except (ValueError, TypeError):
        raise _no(node) from None
    if not isinstance(k, int) or not isinstance(mark, str) or not mark or k < -1:
        raise _no(node)
    text, shown = text if call.args else f"TRIM({text})", text_literal(mark)
    if k == 0:
        return f"LEFT({text},FIND({shown},{text}&{shown})-1)", "str"
    n = len(mark)
    if k == -1:
        count = f'((LEN({text})-LEN(SUBSTITUTE({text},{shown},"")))/{n})'
        last = f"FIND(CHAR(1),SUBSTITUTE({text},{shown},CHAR(1),{count}))"
        return f"IF({count}=0,{text},MID({text},{last}+{n},LEN({text})))", "str"
    begin = f"FIND(CHAR(1),SUBSTITUTE({text},{shown},CHAR(1),{k}))+{n}"
    return f"MID({text},{begin},FIND({shown},{text}&{shown},{begin})-({begin}))", "str"


def _called(node: ast.Call, cells: Mapping[str, Shown]) -> Shown:
    args = [_write(arg, cells) for arg in node.args]
    shown, kinds = [one for one, _ in args], [kind for _, kind in args]
    if isinstance(node.func, ast.Name):
        name = node.func.id
        if name == "len" and kinds == ["str"]:
            return f"LEN({shown[0]})", "int"
        if name == "str" and kinds == ["int"]:
            return f'TEXT({shown[0]},"0")', "str"
        if name in ("int", "float") and kinds == ["str"]:
            return f"VALUE({shown[0]})", name
        if name in ("abs", "min", "max") and args and all(kind in _NUMBERS for kind in kinds):
            return f"{name.upper()}({','.join(shown)})", "int" if set(kinds) == {"int"} else "float"
        raise _no(node)
    if not isinstance(node.func, ast.Attribute):
        raise _no(node)
    text, kind = _write(node.func.value, cells)
    method = node.func.attr
    simple = {"upper": "UPPER", "lower": "LOWER", "title": "PROPER"}
    if kind == "str" and method in simple and not args:
        return f"{simple[method]}({text})", "str"
    if kind == "str" and method == "capitalize" and not args:
        return f"(UPPER(LEFT({text},1))&LOWER(MID({text},2,LEN({text}))))", "str"
    if kind == "str" and method == "replace" and kinds == ["str", "str"]:
        return f"SUBSTITUTE({text},{shown[0]},{shown[1]})", "str"
    if kind == "str" and method == "find" and kinds == ["str"]:
        return f"IFERROR(FIND({shown[0]},{text})-1,-1)", "int"
    raise _no(node)
