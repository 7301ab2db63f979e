"""Level 4, loops in loops and loops over a tally: pairs of numbers, rows of numbers, items by how often they occur.

Not covered: more than two loops in each other.
"""

from __future__ import annotations

from unriddle.data.world.draft import Draft, Draw, Expr, NoRoom, block
from unriddle.data.world.items import COLLECTS, MAPS, open_source
from unriddle.data.world.level3 import finished, int_maps, mapped
from unriddle.data.world.ops import FROM
from unriddle.data.world.phrase import ABBREVIATED, apply, holds, item
from unriddle.data.world.preds import PREDS

__all__ = ["TEMPLATES"]

_PAIRS = (
    ("plus", "{a} + {b}", "sum", 1),
    ("minus", "abs({a} - {b})", "distance", 4),
    ("times", "{a} * {b}", "product", 2),
)
_FOUND = (
    ("count", "found += 1", "the number of pairs of numbers in {xs} whose {noun} {says}"),
    ("total", "found += {both}", "the total {noun} of the pairs of numbers in {xs} whose {noun} {says}"),
    ("best", "found = max(found, {both})", "the largest {noun} of two numbers in {xs} whose {noun} {says}, at least 0"),
)


def _wrapped(end: Expr, structure: str) -> str:
    """The structure with the last operation around it."""
    return structure if end.simple else f"{end.structure.partition('(')[0]}({structure})"


def _pairs(draw: Draw) -> Draft:
    """All pairs of numbers, in two loops."""
    xs = draw.arg("list[int]")
    name, code, noun, binding = draw.pick(_PAIRS)
    both = Expr(code.format(a=f"{xs.code}[i]", b=f"{xs.code}[j]"), binding, noun, "int", name)
    test, says = holds(draw, draw.pick(PREDS["int"]), both, new=0.2)
    way, change, what = draw.pick(_FOUND)
    change, what = change.format(both=both.code), what.format(xs=xs.noun, noun=noun, says=says)
    end, end_words = finished(draw, item("found", "int"), "it")
    body = block(
        "found = 0",
        f"for i in range(len({xs.code})):",
        f"    for j in range(i + 1, len({xs.code})):",
        f"        if {test.code}:",
        f"            {change}",
        f"return {end.code}",
    )
    whole = f"Return {what}." if end.simple else f"Find {what}, and return {end_words}."
    plan = ["found is 0", f"for each pair of numbers in {xs.noun}", f"if its {noun} {says}", f"change found: {way}"]
    structure = _wrapped(end, f"pairs({way},{test.structure})")
    return draw.draft(whole, body, end.type, structure, [*plan, f"return {end_words}"])


def _cells(draw: Draw) -> Draft:
    """Rows of numbers: the numbers of every row that fulfil a condition are added."""
    rows, x = draw.arg("list[list[int]]"), item("x", "int")
    test, says = holds(draw, draw.pick(PREDS["int"]), x, new=0.15)
    value, said = mapped(draw, int_maps, x, plain=0.4)
    end, end_words = finished(draw, item("total", "int"), "the total")
    body = block(
        "total = 0",
        f"for row in {rows.code}:",
        "    for x in row:",
        f"        if {test.code}:",
        f"            total += {value.code}",
        f"return {end.code}",
    )
    added = f"if it {says}, add {said.of('it')}"
    whole = f"For each number in each row of {rows.noun}, {added} to a total. Return {end_words}."
    plan = ["total is 0", f"for each row of {rows.noun}", "for each number in the row", added, f"return {end_words}"]
    structure = _wrapped(end, f"grid(cells,{test.structure},{value.structure})")
    return draw.draft(whole, body, end.type, structure, plan)


_OF_ROW = tuple(op for op in FROM["list[int]"] if op.name in ("sum", "max", "min", "size", "head", "tail"))


def _of_rows(draw: Draw) -> Draft:
    """Rows of numbers: one number from every row; those that fulfil a condition are added."""
    rows, part = draw.arg("list[list[int]]"), Expr("part", 4, "it", "int", "int")
    number, number_said = apply(draw, draw.pick(_OF_ROW), item("row", "list[int]"))
    test, says = holds(draw, draw.pick(PREDS["int"]), part, new=0.0)
    value, said = mapped(draw, int_maps, part, plain=0.4)
    end, end_words = finished(draw, item("total", "int"), "the total")
    body = block(
        "total = 0",
        f"for row in {rows.code}:",
        f"    part = {number.code}",
        f"    if {test.code}:",
        f"        total += {value.code}",
        f"return {end.code}",
    )
    taken, added = number_said.of("the row"), f"if it {says}, add {said.of('it')}"
    whole = f"For each row of {rows.noun}, take {taken}; {added} to a total. Return {end_words}."
    plan = ["total is 0", f"for each row of {rows.noun}", f"part is {taken}", added, f"return {end_words}"]
    structure = _wrapped(end, f"grid(rows,{number.structure},{test.structure},{value.structure})")
    return draw.draft(whole, body, end.type, structure, plan)


_OFTEN = (
    ("== 1", "occur only once"),
    ("> 1", "occur more than once"),
    ("== 2", "occur exactly twice"),
    ("% 2 == 1", "occur an odd number of times"),
)
_OFTEN_ENDS = {
    kind: tuple(c for c in COLLECTS[kind] if c.name in ("sum", "list", "sorted", "glue", "total", "join"))
    for kind in ("int", "str")
}


def _occurring(draw: Draw) -> Draft:
    """First a tally, then the items chosen by how often they occur."""
    source, over, x = open_source(draw, kinds=("int", "str", "char"))
    if source.name in ("range", "upto"):
        raise NoRoom
    check, says = draw.pick(_OFTEN)
    value, said = mapped(draw, MAPS[x.type], x, plain=0.4)
    collect = draw.pick(_OFTEN_ENDS["int" if value.type == "int" else "str"])
    words, _ = draw.slots(collect.code.replace("{g}", ""))
    code = collect.code.format(g=f"{value.code} for {x.code} in {over.code} if tally[{x.code}] {check}", **words)
    body = block(
        "tally = {}",
        f"for {x.code} in {over.code}:",
        f"    tally[{x.code}] = tally.get({x.code}, 0) + 1",
        f"return {code}",
    )
    bare, things = draw.pick(collect.bare).format(**words), f"the {source.many} {over.noun}"
    kept = "" if value.simple else f", {said.do('each one')}"
    ways = (
        f"Keep {things} that {says}{kept} and return {bare}.",
        f"Count {things}; take those that {says}{kept} and return {bare}.",
    )
    plan = [f"tally {things}", f"keep those that {says}", *([kept[2:]] if kept else []), f"return {bare}"]
    end = f"{collect.name}:{ABBREVIATED[collect.takes]}"
    structure = f"occurring({says.replace(' ', '_')},{value.structure},{over.structure},{end})"
    return draw.draft(draw.pick(ways), body, collect.gives, structure, plan)


TEMPLATES = ((_pairs, 2), (_cells, 1), (_of_rows, 1), (_occurring, 2))
"""Templates and how often each is drawn."""
