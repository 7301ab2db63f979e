"""Small changes of whole statements: dropped, moved, put in, or of another kind.

Not covered: changes inside expressions (``repair_expressions``), new classes and new functions.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from unriddle.propose.repair_conditions import conditions
from unriddle.propose.repair_scope import Donors, Scope
from unriddle.propose.repair_text import Change, Program, Site

__all__ = ["Edited", "statement_edits"]

Edited = tuple[str, float, tuple[Change, ...]]
"""Name of the rule, cost, the changes of the text."""

_SIMPLE = (
    ast.Assign,
    ast.AugAssign,
    ast.AnnAssign,
    ast.Expr,
    ast.Return,
    ast.Delete,
    ast.Raise,
    ast.Break,
    ast.Continue,
)
_ENDS = (ast.Return, ast.Raise, ast.Break, ast.Continue)


def statement_edits(program: Program, site: Site, *, scope: Scope, donors: Donors) -> Iterator[Edited]:
    """Edits at one statement.

    Args:
        program: The program.
        site: The statement.
        scope: Names in reach.
        donors: What the file holds.
    """
    if not site.functions:
        return
    yield from _dropped(program, site)
    yield from _of_another_kind(program, site)
    yield from _moved(program, site)
    yield from _put_in(program, site, scope, donors)


def _dropped(program: Program, site: Site) -> Iterator[Edited]:
    node = site.node
    if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom | ast.Pass):
        return
    lines = program.whole_lines(node)
    if lines is not None and len(site.block) > 1:
        yield "superfluous statement", 1.9, ((*lines, ""),)
    else:
        yield "superfluous statement", 2.1, ((*program.span(node), "pass"),)
    if isinstance(node, ast.If) and not node.orelse and program.indent(node) is not None:
        begin, end = program.span(node.test)
        yield "superfluous condition", 2.0, ((begin, end, "True"),)


def _of_another_kind(program: Program, site: Site) -> Iterator[Edited]:
    node = site.node
    begin, _ = program.span(node)
    word = program.data[begin : begin + 5]
    if isinstance(node, ast.If) and not node.orelse and word.startswith(b"if"):
        yield "while for if", 2.0, ((begin, begin + 2, "while"),)
    elif isinstance(node, ast.While) and word == b"while" and not node.orelse:
        yield "if for while", 2.4, ((begin, begin + 5, "if"),)
    elif isinstance(node, ast.Break | ast.Continue):
        for text in ("break", "continue", "return"):
            if text != program.text(node):
                yield "wrong jump", 1.8, ((*program.span(node), text),)
    elif isinstance(node, ast.AugAssign):
        op = ast.unparse(ast.BinOp(ast.Constant(1), node.op, ast.Constant(1)))[2:-2]
        target, value = ast.unparse(node.target), ast.unparse(node.value)
        yield "assignment for change", 2.0, ((*program.span(node), f"{target} = {value}"),)
        for new in ("+", "-", "*", "//", "/", "%", "&", "|", "^", "<<", ">>"):
            if new != op:
                yield "wrong operator", 1.2, ((*program.span(node), f"{target} {new}= {value}"),)
    elif isinstance(node, ast.Assign) and len(node.targets) == 1:
        target, value = ast.unparse(node.targets[0]), ast.unparse(node.value)
        if not isinstance(node.targets[0], ast.Tuple):
            for op in ("+", "-"):
                yield "change for assignment", 2.1, ((*program.span(node), f"{target} {op}= {value}"),)
        yield "return for assignment", 2.6, ((*program.span(node), f"return {value}"),)
    yield from _yields(program, site)


def _yields(program: Program, site: Site) -> Iterator[Edited]:
    """``yield``, ``yield from`` and ``return``, one for the other; a value that is dropped is given."""
    node = site.node
    value = node.value if isinstance(node, ast.Expr | ast.Return) else None
    kind, inside = "", value
    if isinstance(node, ast.Return) and value is not None:
        kind = "return"
    elif isinstance(node, ast.Expr) and isinstance(value, ast.Yield | ast.YieldFrom) and value.value is not None:
        kind, inside = ("yield" if isinstance(value, ast.Yield) else "yield from"), value.value
    elif isinstance(node, ast.Expr) and not isinstance(value, ast.Constant | ast.Await | ast.Yield | ast.YieldFrom):
        kind = "nothing"
    if not kind or inside is None:
        return
    text = ast.unparse(inside)
    made = any(isinstance(n, ast.Yield | ast.YieldFrom) for n in ast.walk(site.functions[-1]))
    for word, cost in (("return", 1.8), ("yield", 1.8), ("yield from", 1.8)):
        if word != kind:
            more = 0.0 if made == (word != "return") else 0.6
            yield f"{word} for {kind}", cost + more, ((*program.span(node), f"{word} {text}"),)


def _moved(program: Program, site: Site) -> Iterator[Edited]:
    """Exchanged with the next statement; into the block before it; out of its block, behind or before it."""
    node = site.node
    lines, indent = program.whole_lines(node), program.indent(node)
    if lines is None or indent is None or not isinstance(node, _SIMPLE):
        return
    text = program.data[lines[0] : lines[1]].decode()
    text = text if text.endswith("\n") else text + "\n"
    if site.place + 1 < len(site.block):
        after = site.block[site.place + 1]
        there = program.whole_lines(after)
        if there is not None and not isinstance(node, _ENDS):
            yield "wrong order", 2.0, ((*lines, ""), (there[1], there[1], text))
            if isinstance(after, ast.For | ast.While | ast.If) and (first := program.indent(after.body[0])) is not None:
                at = program.starts[after.body[0].lineno - 1]
                yield "outside its block", 2.3, ((*lines, ""), (at, at, first + text.lstrip()))
    if site.place > 0:
        before = site.block[site.place - 1]
        if isinstance(before, ast.For | ast.While | ast.If):
            block = before.orelse or before.body
            inner, there = program.indent(block[-1]), program.whole_lines(block[-1])
            if inner is not None and there is not None:
                yield "outside its block", 2.2, ((*lines, ""), (there[1], there[1], inner + text.lstrip()))
    parent = site.parent
    outer = program.indent(parent) if parent is not None else None
    if parent is None or outer is None or len(site.block) < 2 or not isinstance(parent, ast.For | ast.While | ast.If):
        return
    there = program.whole_lines(parent)
    if there is not None:
        yield "inside a block", 2.2, ((*lines, ""), (there[1], there[1], outer + text.lstrip()))
        yield "inside a block", 2.4, ((*lines, ""), (there[0], there[0], outer + text.lstrip()))


def _put_in(program: Program, site: Site, scope: Scope, donors: Donors) -> Iterator[Edited]:
    """New statements before this one, and behind the last one of a block."""
    node, indent = site.node, program.indent(site.node)
    if indent is None or isinstance(node, ast.FunctionDef | ast.Import | ast.ImportFrom):
        return
    begin = program.starts[node.lineno - 1]
    word = program.data[program.span(node)[0] :][:4]
    places = [] if word == b"elif" else [(begin, "{}\n", 0.0)]
    end = program.line_end(node)
    if site.place == len(site.block) - 1 and end is not None and not isinstance(node, _ENDS):
        places.append((end, "\n{}", 0.1))
    for at, form, more in places:
        for rule, cost, text in _new_statements(program, site, scope, donors, first=site.place == 0):
            shown = "\n".join(indent + line for line in text.split("\n"))
            yield rule, cost + more, ((at, at, form.format(shown)),)


def _new_statements(
    program: Program, site: Site, scope: Scope, donors: Donors, *, first: bool
) -> Iterator[tuple[str, float, str]]:
    present = {ast.unparse(node) for node in site.block}
    local = [name for name in scope.names if name not in scope.functions]
    for text, donor in donors.statements.items():
        if not isinstance(donor, _ENDS):
            yield "missing statement", 2.8 + (0.4 if text in present else 0.0), text
            yield from (("missing statement", 3.1, new) for new in _with_other_names(donor, local))
    for one in local:
        for two in local:
            if one != two and one not in scope.parameters:
                yield "missing assignment", 2.7, f"{one} = {two}"
            elif one != two:
                yield "missing assignment", 3.1, f"{one} = {two}"
        yield "missing step", 2.9, f"{one} += 1"
        yield "missing step", 3.1, f"{one} -= 1"
    yield from _guards(site, scope, donors, at_start=first and site.parent is site.functions[-1])


def _with_other_names(donor: ast.stmt, names: list[str]) -> Iterator[str]:
    """A statement that calls, with one other variable as an argument."""
    call = donor.value if isinstance(donor, ast.Expr) else None
    if isinstance(call, ast.Call) and len(call.args) == 1:
        for name in names:
            if ast.unparse(call.args[0]) != name:
                yield ast.unparse(ast.Call(call.func, [ast.Name(name, ast.Load())], call.keywords))


def _guards(site: Site, scope: Scope, donors: Donors, *, at_start: bool) -> Iterator[tuple[str, float, str]]:
    """``if …: return …`` (in a loop also ``break``, ``continue``); with more conditions at a function's start."""
    answers = {**dict.fromkeys(donors.returned, 0.0)}
    answers.update({text: 0.3 for text in ("None", "[]", "0", "1", "True", "False", "''") if text not in answers})
    answers.update({name: 0.3 for name in scope.parameters if name not in answers})
    raised = [text for text, donor in donors.statements.items() if isinstance(donor, ast.Raise) and donor.exc]
    tests = [(cost, ast.unparse(test)) for cost, test in conditions(scope, donors) if cost < (3.1 if at_start else 2.6)]
    if at_start:
        for name in scope.parameters:
            tests += [(2.6, f"len({name}) <= 1"), (2.6, f"not {name}"), (2.8, f"{name} <= 0"), (2.8, f"{name} <= 1")]
    for cost, test in tests:
        for answer, more in answers.items():
            yield (
                "missing base case",
                cost + 1.0 + more + (0.0 if at_start else 0.4),
                f"if {test}:\n    return {answer}",
            )
        for text in raised:
            yield "missing guard", cost + 1.2 + (0.0 if at_start else 0.4), f"if {test}:\n    {text}"
        if site.in_loop:
            for word in ("continue", "break"):
                yield "missing guard", cost + 1.0, f"if {test}:\n    {word}"
