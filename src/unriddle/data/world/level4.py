"""Level 4: helper functions and algorithms of two phases; loops in loops are in ``level4_loops``.

Helpers follow the function that calls them, so that a program begins with the header that was asked for. Not covered:
recursion.
"""

from __future__ import annotations

from unriddle.data.world import level4_loops
from unriddle.data.world.draft import Draft, Draw, Expr, NoRoom, block
from unriddle.data.world.items import COLLECTS, MAPS, open_source
from unriddle.data.world.level2 import branch
from unriddle.data.world.level3 import KEYS, int_maps, mapped
from unriddle.data.world.phrase import ABBREVIATED, holds, item
from unriddle.data.world.preds import PREDS, plural

__all__ = ["TEMPLATES"]

_PLAIN = {
    kind: tuple(pred for pred in PREDS[kind] if pred.name not in ("equal", "palindrome")) for kind in ("int", "str")
}


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


_WAYS = (
    ("best", "max({over}, key=score)", "{t}", "the {one} {place} with the largest score (on ties the first)"),
    ("worst", "min({over}, key=score)", "{t}", "the {one} {place} with the smallest score (on ties the first)"),
    ("order", "sorted({over}, key=score)", "list[{t}]", "the {many} {place} sorted by score"),
    ("total", "sum(score({x}) for {x} in {over})", "int", "the sum of the scores of the {many} {place}"),
    ("top", "max(score({x}) for {x} in {over})", "int", "the largest score of the {many} {place}"),
    ("scores", "[score({x}) for {x} in {over}]", "list[int]", "the scores of the {many} {place}"),
)


def _score(draw: Draw) -> Draft:
    """A helper that gives items a number; the function picks, orders or adds by it."""
    source, over, x = open_source(draw, kinds=("int", "str"))
    test, says = holds(draw, draw.pick(_PLAIN[x.type]), x, new=0.0)
    a, b = branch(draw, x, "int", plain=0.1), branch(draw, x, "int", plain=0.1)
    if a.code == b.code:
        raise NoRoom
    name, code, result, words = draw.pick(_WAYS)
    code, result = code.format(over=over.code, x=x.code), result.format(t=x.type)
    words = words.format(one=source.one, many=source.many, place=over.noun)
    helper = f"\n\ndef score({x.code}: {x.type}) -> int:\n"
    helper += block(f"if {test.code}:", f"    return {a.code}", f"return {b.code}")
    ways = (
        f"The score of a {source.one} {x.noun} is {a.noun} if it {says}, otherwise {b.noun}. Return {words}.",
        f"Return {words}, where a {source.one} {x.noun} scores {a.noun} if it {says}, else {b.noun}.",
    )
    plan = [f"helper score: {a.noun} if {x.noun} {says}, else {b.noun}", f"return {words}"]
    structure = f"score({name},{test.structure},{a.structure},{b.structure},{over.structure})"
    return draw.draft(draw.pick(ways), block(f"return {code}") + helper, result, structure, plan)


_MARKS = (
    ("average", "sum({x}) // len({x})", "the average of {x} rounded down"),
    ("largest", "max({x})", "the largest of {x}"),
    ("smallest", "min({x})", "the smallest of {x}"),
    ("first", "{x}[0]", "the first item of {x}"),
    ("last", "{x}[-1]", "the last item of {x}"),
    ("middle", "sorted({x})[len({x}) // 2]", "the middle of the sorted {x} (the later of two)"),
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
    (
        "biggest",
        "max(groups, key=lambda k: len(groups[k]))",
        "{t}",
        "the {noun} of the largest group (on ties the first)",
    ),
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


TEMPLATES = ((_good, 4), (_score, 4), (_two_phases, 3), (_groups, 3), *level4_loops.TEMPLATES)
"""Templates and how often each is drawn."""
