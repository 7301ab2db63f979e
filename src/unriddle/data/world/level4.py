"""Level 4: helper functions, loops in loops, and algorithms of two phases.

Helpers follow the function that calls them, so that a program begins with the header that was asked for. Not covered:
recursion.
"""

from __future__ import annotations

from unriddle.data.world.draft import Draft, Draw, Expr, NoRoom
from unriddle.data.world.items import COLLECTS, MAPS, open_source
from unriddle.data.world.level2 import branch
from unriddle.data.world.level3 import KEYS, finished, int_maps, mapped
from unriddle.data.world.ops import FROM
from unriddle.data.world.phrase import ABBREVIATED, apply, holds, item
from unriddle.data.world.preds import PREDS, plural

__all__ = ["TEMPLATES", "block"]

_PLAIN = {
    kind: tuple(pred for pred in PREDS[kind] if pred.name not in ("equal", "palindrome")) for kind in ("int", "str")
}


def block(*lines: str) -> str:
    """Lines as the body of a function; a line that begins at column 0 with ``def`` starts a helper."""
    return "".join([f"    {line}\n" for line in lines])


def _two_conditions(draw: Draw, x: Expr) -> tuple[str, str, str]:
    """Two conditions joined: code, words, structure."""
    p, q = draw.rng.sample(_PLAIN[x.type], 2)
    (a, says_a), (b, says_b) = holds(draw, p, x, new=0.0), holds(draw, q, x, new=0.0)
    word = draw.pick(("and", "or"))
    return f"{a.code} {word} {b.code}", f"{says_a} {word} {says_b}", f"{word}({a.structure},{b.structure})"


def _good(draw: Draw) -> Draft:
    """A helper that says which items count; the function filters by it, maps and collects."""
    source, over, x = open_source(draw, kinds=("int", "str"))
    test, says, structure = _two_conditions(draw, x)
    value, said = mapped(draw, MAPS[x.type], x, plain=0.3)
    kind = "int" if value.type == "int" else "str"
    collect = draw.pick(COLLECTS[kind])
    words, _ = draw.slots(collect.code.replace("{g}", ""))
    code = collect.code.format(g=f"{value.code} for {x.code} in {over.code} if good({x.code})", **words)
    helper = f"\n\ndef good({x.code}: {x.type}) -> bool:\n    return {test}\n"
    of, bare = (draw.pick(phrases).format(**words) for phrases in (collect.of, collect.bare))
    one, many = source.one, f"the good {source.many} {over.noun}"
    plain = value.simple
    whole = f"A {one} is good if it {says}. " + draw.pick(
        (
            f"Return {of} {many}."
            if plain
            else f"Return {of} {said.of(x.noun)} for each good {one} {x.noun} {over.noun}.",
            f"Take {many} and return {bare}." if plain else f"Take {many}, {said.do('each one')} and return {bare}.",
        )
    )
    structure = f"good({collect.name}:{ABBREVIATED[collect.takes]}({value.structure}),{structure},{over.structure})"
    plan = [
        f"helper good: it {says}",
        f"for each good {one} {over.noun}",
        *([] if plain else [said.do("it")]),
        f"return {bare}",
    ]
    return draw.draft(whole, block(f"return {code}") + helper, collect.gives, structure, plan)


def _score(draw: Draw) -> Draft:
    """A helper that gives items a number; the function picks, orders or adds by it."""
    source, over, x = open_source(draw, kinds=("int", "str"))
    test, says = holds(draw, draw.pick(_PLAIN[x.type]), x, new=0.0)
    a, b = branch(draw, x, "int", plain=0.1), branch(draw, x, "int", plain=0.1)
    if a.code == b.code:
        raise NoRoom
    ways = (
        ("best", f"max({over.code}, key=score)", x.type, f"the {source.one} {over.noun} with the largest score"),
        ("worst", f"min({over.code}, key=score)", x.type, f"the {source.one} {over.noun} with the smallest score"),
        (
            "order",
            f"sorted({over.code}, key=score)",
            f"list[{x.type}]",
            f"the {source.many} {over.noun} sorted by score",
        ),
        (
            "total",
            f"sum(score({x.code}) for {x.code} in {over.code})",
            "int",
            f"the sum of the scores of the {source.many} {over.noun}",
        ),
        (
            "top",
            f"max(score({x.code}) for {x.code} in {over.code})",
            "int",
            f"the largest score of the {source.many} {over.noun}",
        ),
        (
            "scores",
            f"[score({x.code}) for {x.code} in {over.code}]",
            "list[int]",
            f"the scores of the {source.many} {over.noun}",
        ),
    )
    name, code, result, words = draw.pick(ways)
    helper = f"\n\ndef score({x.code}: {x.type}) -> int:\n"
    helper += block(f"if {test.code}:", f"    return {a.code}", f"return {b.code}")
    whole = draw.pick(
        (
            f"The score of a {source.one} {x.noun} is {a.noun} if it {says}, otherwise {b.noun}. Return {words}.",
            f"Return {words}, where a {source.one} {x.noun} scores {a.noun} if it {says}, else {b.noun}.",
        )
    )
    plan = [f"helper score: {a.noun} if {x.noun} {says}, else {b.noun}", f"return {words}"]
    structure = f"score({name},{test.structure},{a.structure},{b.structure},{over.structure})"
    return draw.draft(whole, block(f"return {code}") + helper, result, structure, plan)


_PAIRS = (("plus", "{a} + {b}", "sum"), ("minus", "abs({a} - {b})", "distance"), ("times", "{a} * {b}", "product"))


def _pairs(draw: Draw) -> Draft:
    """All pairs of numbers, in two loops."""
    xs = draw.arg("list[int]")
    name, code, noun = draw.pick(_PAIRS)
    both = Expr(
        code.format(a=f"{xs.code}[i]", b=f"{xs.code}[j]"),
        1 if name == "plus" else 2 if name == "times" else 4,
        noun,
        "int",
        name,
    )
    test, says = holds(draw, draw.pick(PREDS["int"]), both, new=0.2)
    way, start, change, what = draw.pick(
        (
            ("count", "0", "found += 1", f"the number of pairs of numbers in {xs.noun} whose {noun} {says}"),
            (
                "total",
                "0",
                f"found += {both.code}",
                f"the total {noun} of the pairs of numbers in {xs.noun} whose {noun} {says}",
            ),
            (
                "best",
                "0",
                f"found = max(found, {both.code})",
                f"the largest {noun} of two numbers in {xs.noun} whose {noun} {says}, at least 0",
            ),
        )
    )
    end, end_words = finished(draw, item("found", "int"), "it")
    body = block(
        f"found = {start}",
        f"for i in range(len({xs.code})):",
        f"    for j in range(i + 1, len({xs.code})):",
        f"        if {test.code}:",
        f"            {change}",
        f"return {end.code}",
    )
    whole = f"Return {what}." if end.simple else f"Find {what}, and return {end_words}."
    structure = f"pairs({way},{test.structure})"
    structure = structure if end.simple else f"{end.structure.partition('(')[0]}({structure})"
    plan = [
        "found is 0",
        f"for each pair of numbers in {xs.noun}",
        f"if its {noun} {says}",
        f"change found: {way}",
        f"return {end_words}",
    ]
    return draw.draft(whole, body, end.type, structure, plan)


_MARKS = (
    ("average", "sum({x}) // len({x})", "the average of {x} rounded down"),
    ("largest", "max({x})", "the largest of {x}"),
    ("smallest", "min({x})", "the smallest of {x}"),
    ("first", "{x}[0]", "the first item of {x}"),
    ("last", "{x}[-1]", "the last item of {x}"),
    ("middle", "sorted({x})[len({x}) // 2]", "the middle of the sorted {x}"),
)
_AGAINST = (
    ("above", "{x} > mark", "greater than"),
    ("below", "{x} < mark", "less than"),
    ("other", "{x} != mark", "different from"),
    ("half", "{x} * 2 > mark", "more than half of"),
    ("least", "{x} >= mark", "at least"),
)


def _two_phases(draw: Draw) -> Draft:
    """First one number from the list, then a loop that compares with it."""
    xs = draw.arg("list[int]")
    mark, code, noun = draw.pick(_MARKS)
    against, check, says = draw.pick(_AGAINST)
    x = item("x", "int")
    value, said = mapped(draw, int_maps, x, plain=0.3)
    collect = draw.pick(COLLECTS["int"])
    loop = collect.code.format(g=f"{value.code} for x in {xs.code} if {check.format(x='x')}")
    noun, of, bare = noun.format(x=xs.noun), draw.pick(collect.of), draw.pick(collect.bare)
    things = f"numbers in {xs.noun} that are {says} {noun}"
    whole = draw.pick(
        (
            f"Find {noun}. Take the numbers in {xs.noun} that are {says} it, {said.do('each one')} and return {bare}.",
            f"Keep the {things}, {said.do('each one')} and return {bare}.",
        )
        if not value.simple
        else (
            f"Return {of} the {things}.",
            f"Find {noun}, keep the numbers in {xs.noun} that are {says} it and return {bare}.",
        )
    )
    structure = f"phases({mark}:mark,{against}:mark,{value.structure},{collect.name}:i)"
    plan = [
        f"mark is {noun}",
        f"for each number in {xs.noun}",
        f"keep it if it is {says} mark",
        *([] if value.simple else [said.do("it")]),
        f"return {bare}",
    ]
    return draw.draft(
        whole, block(f"mark = {code.format(x=xs.code)}", f"return {loop}"), collect.gives, structure, plan
    )


_GROUP_ENDS = (
    ("sizes", "{{k: len(v) for k, v in groups.items()}}", "dict[{t}, int]", "the size of each group"),
    ("largest", "max(len(v) for v in groups.values())", "int", "the size of the largest group"),
    ("number", "len(groups)", "int", "the number of groups"),
    (
        "single",
        "sorted(k for k, v in groups.items() if len(v) == 1)",
        "list[{t}]",
        "the sorted {noun}s of the groups of one",
    ),
    ("biggest", "max(groups, key=lambda k: len(groups[k]))", "{t}", "the {noun} of the largest group"),
)
_NUMBER_ENDS = (
    ("sums", "{{k: sum(v) for k, v in groups.items()}}", "dict[{t}, int]", "the sum of each group"),
    ("topsum", "max(sum(v) for v in groups.values())", "int", "the largest sum of a group"),
    ("maxes", "{{k: max(v) for k, v in groups.items()}}", "dict[{t}, int]", "the largest of each group"),
)


def _groups(draw: Draw) -> Draft:
    """Items sorted into groups, then one question to the groups."""
    source, over, x = open_source(draw, kinds=("int", "str"))
    name, key, noun = draw.pick(KEYS[x.type][1:])
    values, _ = draw.slots(key)
    key, noun = key.format(x=x.code, **values), noun.format(**values)
    value, said = mapped(draw, MAPS[x.type], x, plain=0.4)
    end, code, result, words = draw.pick(_GROUP_ENDS + _NUMBER_ENDS * 2 if value.type == "int" else _GROUP_ENDS)
    key_type = "int" if x.type == "int" or name == "length" else "str"
    code, result, words = code.format(), result.format(t=key_type), words.format(noun=noun)
    guard, says, structure = [], "", ""
    if draw.chance(0.4):
        test, says = holds(draw, draw.pick(PREDS[x.type]), x, new=0.0)
        guard, structure = [f"    if {test.code}:"], f",{test.structure}"
    inside = "        " if guard else "    "
    body = block(
        "groups = {}",
        f"for {x.code} in {over.code}:",
        *guard,
        f"{inside}groups.setdefault({key}, []).append({value.code})",
        f"return {code}",
    )
    things = f"the {source.many} {over.noun}" + (f" that {plural(says)}" if says else "")
    kept = "" if value.simple else f", {said.do('each one')}"
    whole = draw.pick(
        (
            f"Group {things} by {noun}{kept} and return {words}.",
            f"Put {things} into groups by their {noun}{kept}; return {words}.",
        )
    )
    plan = [
        "groups is empty",
        f"for each of {things}",
        f"put it into the group of its {noun}",
        *([kept[2:]] if kept else []),
        f"return {words}",
    ]
    return draw.draft(
        whole, body, result, f"groups({name}:{x.type},{value.structure},{over.structure},{end}{structure})", plan
    )


def _grid(draw: Draw) -> Draft:
    """Rows of numbers: a loop over rows and a loop over their numbers."""
    rows = draw.arg("list[list[int]]")
    x = item("x", "int")
    test, says = holds(draw, draw.pick(PREDS["int"]), x, new=0.15)
    value, said = mapped(draw, int_maps, x, plain=0.4)
    end, end_words = finished(draw, item("total", "int"), "the total")
    if draw.chance(0.5):
        body = block(
            "total = 0",
            f"for row in {rows.code}:",
            "    for x in row:",
            f"        if {test.code}:",
            f"            total += {value.code}",
            f"return {end.code}",
        )
        whole = f"For each number in each row of {rows.noun}, if it {says}, add {said.of('it')} to a total."
        structure, plan = (
            "cells",
            [
                "total is 0",
                f"for each row of {rows.noun}",
                "for each number in the row",
                f"if it {says}, add {said.of('it')}",
            ],
        )
    else:
        row = item("row", "list[int]")
        part, part_said = apply(
            draw,
            draw.pick(
                [
                    op
                    for op in FROM["list[int]"]
                    if op.result == "int" and op.name in ("sum", "max", "min", "size", "head", "tail")
                ]
            ),
            row,
        )
        x = Expr("part", 4, "it", "int", "int")
        test, says = holds(draw, draw.pick(PREDS["int"]), x, new=0.0)
        value, said = mapped(draw, int_maps, x, plain=0.4)
        body = block(
            "total = 0",
            f"for row in {rows.code}:",
            f"    part = {part.code}",
            f"    if {test.code}:",
            f"        total += {value.code}",
            f"return {end.code}",
        )
        whole = f"For each row of {rows.noun}, take {part_said.of('the row')}; "
        whole += f"if it {says}, add {said.of('it')} to a total."
        structure, plan = (
            f"rows,{part.structure}",
            [
                "total is 0",
                f"for each row of {rows.noun}",
                f"part is {part_said.of('the row')}",
                f"if it {says}, add {said.of('it')}",
            ],
        )
    structure = f"grid({structure},{test.structure},{value.structure})"
    structure = structure if end.simple else f"{end.structure.partition('(')[0]}({structure})"
    return draw.draft(f"{whole} Return {end_words}.", body, end.type, structure, [*plan, f"return {end_words}"])


def _occurring(draw: Draw) -> Draft:
    """First a tally, then the items chosen by how often they occur."""
    source, over, x = open_source(draw, kinds=("int", "str", "char"))
    if source.name in ("range", "upto"):
        raise NoRoom
    check, says = draw.pick(
        (
            ("== 1", "occur only once"),
            ("> 1", "occur more than once"),
            ("== 2", "occur exactly twice"),
            ("% 2 == 1", "occur an odd number of times"),
        )
    )
    value, said = mapped(draw, MAPS[x.type], x, plain=0.4)
    ends = [
        c
        for c in COLLECTS["int" if value.type == "int" else "str"]
        if c.name in ("sum", "list", "sorted", "glue", "total", "join")
    ]
    collect = draw.pick(ends)
    words, _ = draw.slots(collect.code.replace("{g}", ""))
    code = collect.code.format(g=f"{value.code} for {x.code} in {over.code} if tally[{x.code}] {check}", **words)
    body = block(
        "tally = {}",
        f"for {x.code} in {over.code}:",
        f"    tally[{x.code}] = tally.get({x.code}, 0) + 1",
        f"return {code}",
    )
    bare = draw.pick(collect.bare).format(**words)
    kept = "" if value.simple else f", {said.do('each one')}"
    whole = draw.pick(
        (
            f"Keep the {source.many} {over.noun} that {says}{kept} and return {bare}.",
            f"Count the {source.many} {over.noun}; take those that {says}{kept} and return {bare}.",
        )
    )
    plan = [
        f"tally the {source.many} {over.noun}",
        f"keep those that {says}",
        *([kept[2:]] if kept else []),
        f"return {bare}",
    ]
    end = f"{collect.name}:{ABBREVIATED[collect.takes]}"
    structure = f"occurring({says.replace(' ', '_')},{value.structure},{over.structure},{end})"
    return draw.draft(whole, body, collect.gives, structure, plan)


TEMPLATES = ((_good, 4), (_score, 4), (_pairs, 2), (_two_phases, 3), (_groups, 3), (_grid, 2), (_occurring, 2))
"""Templates and how often each is drawn."""
