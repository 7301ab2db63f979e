"""Level 2: one loop in an expression (filter, map, collect), or a choice between two values.

Not covered: loops as statements.
"""

from __future__ import annotations

from unriddle.data.world.draft import Draft, Draw, Expr
from unriddle.data.world.items import COLLECTS, JOINS, MAPS, Collect, Source, open_source
from unriddle.data.world.level1 import returning
from unriddle.data.world.ops import between
from unriddle.data.world.phrase import ABBREVIATED, Said, apply, holds
from unriddle.data.world.preds import PREDS, plural

__all__ = ["TEMPLATES", "branch", "condition"]


def _collect_for(draw: Draw, source: Source, kind: str) -> Collect:
    if source.kind == "char":
        return draw.pick(JOINS)
    return draw.pick(COLLECTS[kind])


def _comprehension(draw: Draw) -> Draft:
    """Filter, map and collect; one of the three may be absent."""
    source, over, x = open_source(draw)
    maps = draw.chance(0.7)
    filters = not maps or draw.chance(0.6)
    value, said = apply(draw, draw.pick(MAPS[x.type]), x) if maps else (x, Said("", "{o}"))
    loop, says, structure = f"for {x.code} in {over.code}", "", over.structure
    if filters:
        test, says = holds(draw, draw.pick(PREDS[x.type]), x)
        loop += f" if {test.code}"
        structure = f"filter({test.structure},{structure})"
    if maps:
        structure = f"map({value.structure},{structure})"
    collect = _collect_for(draw, source, "str" if value.type in ("str", "char") else "int")
    words, _ = draw.slots(collect.code.replace("{g}", ""))
    code = collect.code.format(g=f"{value.code} {loop}", **words)
    name = f"{collect.name}:{ABBREVIATED[collect.takes]}"
    whole = _loop_sentence(draw, source, over, x, said=said if maps else None, says=says, collect=collect, words=words)
    plan = [
        f"for each {source.one} {x.noun} {over.noun}",
        *([f"keep it if it {says}"] if says else []),
        *([said.do(x.noun)] if maps else []),
        f"return {collect.bare[0].format(**words)}",
    ]
    return draw.draft(whole, f"    return {code}\n", collect.gives, f"{name}({structure})", plan)


def _loop_sentence(
    draw: Draw,
    source: Source,
    over: Expr,
    x: Expr,
    *,
    said: Said | None,
    says: str,
    collect: Collect,
    words: dict[str, str],
) -> str:
    """One of the ways to say a loop: result first, or step by step."""
    of, bare = (draw.pick(phrases).format(**words) for phrases in (collect.of, collect.bare))
    things = f"the {source.many} {over.noun}"
    kept = f"{things} that {plural(says)}" if says else things
    way = draw.rng.random()
    if said is None:
        if way < 0.5:
            return f"{returning(draw)} {of} {kept}."
        return (
            f"Take {kept} and return {bare}."
            if way < 0.7 or not says
            else (
                f"Keep {kept} and return {bare}."
                if way < 0.85
                else f"From {things}, take those that {plural(says)} and return {bare}."
            )
        )
    each = f"{source.one} {x.noun} {over.noun}"
    if way < 0.35:
        return f"{returning(draw)} {of} {said.of(x.noun)} for each {each}" + (f" that {says}." if says else ".")
    if way < 0.7:
        if says:
            return f"Keep {kept}, {said.do('each one')} and return {bare}."
        return f"Take {things}, {said.do('each one')} and return {bare}."
    return (
        f"For each {source.one} {over.noun}" + (f" that {says}" if says else "") + f", {said.do('it')}; return {bare}."
    )


def _quantified(draw: Draw) -> Draft:
    """How many, any or all of the items fulfil a condition."""
    source, over, x = open_source(draw)
    test, says = holds(draw, draw.pick(PREDS[x.type]), x)
    kind = draw.pick(("count", "count", "any", "all"))
    things, many = f"{source.many} {over.noun}", plural(says)
    if kind == "count":
        code, result = f"sum(1 for {x.code} in {over.code} if {test.code})", "int"
        whole = draw.pick(
            (
                f"{returning(draw)} the number of {things} that {many}.",
                f"Count the {things} that {many}.",
                f"Return how many {things} {many}.",
            )
        )
    else:
        code, result = f"{kind}({test.code} for {x.code} in {over.code})", "bool"
        some = f"any of the {things} {says}" if kind == "any" else f"all {things} {many}"
        whole = draw.pick((f"Return whether {some}.", f"Check whether {some}.", f"Tell if {some}."))
    plan = (f"for each {source.one} {x.noun} {over.noun}", f"check whether it {says}", f"return {kind}")
    return draw.draft(whole, f"    return {code}\n", result, f"{kind}({test.structure},{over.structure})", plan)


def condition(draw: Draw, x: Expr, *, new: float = 0.2) -> tuple[Expr, str]:
    """A condition on an argument, and how it is said with its subject."""
    test, says = holds(draw, draw.pick(PREDS[x.type]), x, new=new)
    return test, f"{x.noun} {says}"


def branch(draw: Draw, x: Expr, result: str, *, plain: float = 0.2) -> Expr:
    """A value of a type made from an argument: one operation, or the argument itself."""
    if x.type == result and draw.chance(plain):
        return x
    ops = between(x.type, result)
    return apply(draw, draw.pick(ops), x, new=0.0)[0]


def _choice(draw: Draw) -> Draft:
    """One of two values, by a condition."""
    kind = draw.pick(("int", "int", "str", "list[int]", "list[int]", "list[str]"))
    x = draw.arg(kind)
    if draw.chance(0.2):
        other = draw.arg(draw.pick(("int", "str")))
        test, asked = condition(draw, other, new=0.0)
    else:
        test, asked = condition(draw, x)
    result = (
        kind
        if kind in ("int", "str") or draw.chance(0.5)
        else draw.pick(("int", "str"))
        if kind == "list[str]"
        else draw.pick((kind, "int"))
    )
    a, b = branch(draw, x, result), branch(draw, x, result)
    whole = draw.pick(
        (
            f"If {asked}, return {a.noun}, otherwise return {b.noun}.",
            f"If {asked}, return {a.noun}, else {b.noun}.",
            f"Return {a.noun} if {asked}, otherwise {b.noun}.",
            f"{returning(draw)} {a.noun} when {asked} and {b.noun} when not.",
        )
    )
    body = f"    if {test.code}:\n        return {a.code}\n    return {b.code}\n"
    plan = (f"if {asked}", f"return {a.noun}", f"else return {b.noun}")
    return draw.draft(whole, body, result, f"if({test.structure},{a.structure},{b.structure})", plan)


def _changed_items(draw: Draw) -> Draft:
    """Every item, changed where it fulfils a condition."""
    source, over, x = open_source(draw)
    test, says = holds(draw, draw.pick(PREDS[x.type]), x)
    ops = [op for op in MAPS[x.type] if op.result == ("int" if x.type == "int" else "str")]
    a, said = apply(draw, draw.pick(ops), x, new=0.0)
    collect = draw.pick(
        [
            c
            for c in COLLECTS["int" if x.type == "int" else "str"]
            if c.name in ("list", "sum", "glue") or (x.type == "char" and c.name == "total")
        ]
    )
    words, _ = draw.slots(collect.code.replace("{g}", ""))
    code = collect.code.format(g=f"{a.code} if {test.code} else {x.code} for {x.code} in {over.code}", **words)
    each, bare = f"each {source.one} {over.noun}", draw.pick(collect.bare).format(**words)
    whole = draw.pick(
        (
            f"{said.do(each)} if it {says} and return {bare}.",
            f"For {each}, {said.do('it')} if it {says}; return {bare}.",
            f"Where a {source.one} {over.noun} {says}, {said.do('it')}; return {bare}.",
        )
    )
    plan = (
        f"for each {source.one} {x.noun} {over.noun}",
        f"if it {says}, {said.do('it')}",
        f"return {collect.bare[0]}",
    )
    structure = f"{collect.name}:{ABBREVIATED[collect.takes]}(mapif({test.structure},{a.structure},{over.structure}))"
    return draw.draft(whole, f"    return {code}\n", collect.gives, structure, plan)


def _entries(draw: Draw) -> tuple[Expr, Expr, str, str, Expr]:
    """A dictionary, a condition on its keys or values, how it is said, what it is about, and a value."""
    d = draw.arg("dict[str, int]")
    k, v = Expr("k", 4, "key", "str", "str"), Expr("v", 4, "value", "int", "int")
    what, x = ("key", k) if draw.chance(0.4) else ("value", v)
    test, says = holds(draw, draw.pick(PREDS[x.type]), x, new=0.0)
    return d, test, says, what, v


def _mapping(draw: Draw) -> Draft:
    """A dictionary filtered and changed in one expression."""
    d, test, says, what, v = _entries(draw)
    value, said = apply(draw, draw.pick(MAPS["int"]), v, new=0.15)
    body = f"    return {{k: {value.code} for k, v in {d.code}.items() if {test.code}}}\n"
    ways = (
        f"Keep the entries of {d.noun} whose {what} {says} and {said.do('each value')}.",
        f"For each entry of {d.noun} whose {what} {says}, {said.do('the value')}; return the dictionary.",
    )
    plan = (f"for each key k and value v of {d.noun}", f"keep it if the {what} {says}", said.do("v"), "return them")
    structure = f"dict(filter({test.structure}),map({value.structure}))"
    return draw.draft(draw.pick(ways), body, "dict[str, int]", structure, plan)


def _chosen(draw: Draw) -> Draft:
    """Keys chosen by their values, or values added by their keys."""
    d, test, says, what, _ = _entries(draw)
    loop = f"for k, v in {d.code}.items() if {test.code}"
    if what == "key":
        name, code, result, wanted = "sumvalues", f"sum(v {loop})", "int", "the sum of the values"
    else:
        name, code, result, wanted = "keys", f"sorted(k {loop})", "list[str]", "the sorted keys"
    whole = f"{returning(draw)} {wanted} of {d.noun} whose {what} {says}."
    plan = (f"for each key k and value v of {d.noun}", f"keep it if the {what} {says}", f"return {wanted}")
    return draw.draft(whole, f"    return {code}\n", result, f"{name}(filter({test.structure}))", plan)


TEMPLATES = ((_comprehension, 8), (_quantified, 3), (_choice, 5), (_changed_items, 3), (_mapping, 1), (_chosen, 1))
"""Templates and how often each is drawn."""
