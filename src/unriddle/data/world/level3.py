"""Level 3: one loop as a statement, with an accumulator, a tally, an early return or a running state.

Not covered: helpers and loops in loops.
"""

from __future__ import annotations

from unriddle.data.world.draft import Draft, Draw, Expr, NoRoom
from unriddle.data.world.items import MAPS, open_source
from unriddle.data.world.ops import FROM, Op
from unriddle.data.world.phrase import Said, apply, holds, item
from unriddle.data.world.preds import PREDS, plural

__all__ = ["KEYS", "TEMPLATES", "finished", "int_maps", "mapped", "tally_end", "text_maps"]

int_maps = MAPS["int"]
text_maps = {
    "str": tuple(op for op in MAPS["str"] if op.result == "str"),
    "char": MAPS["char"],
}
_FINISH = {kind: tuple(op for op in FROM[kind] if op.result in ("int", "str")) for kind in ("int", "str")}


def finished(draw: Draw, x: Expr, thing: str) -> tuple[Expr, str]:
    """What is returned at the end, and how it is said: the thing itself or one operation on it."""
    if draw.chance(0.5):
        return x, thing
    value, said = apply(draw, draw.pick(_FINISH[x.type]), x, new=0.0)
    return value, said.of(thing)


def mapped(draw: Draw, ops: tuple[Op, ...], x: Expr, *, plain: float = 0.35) -> tuple[Expr, Said]:
    """The item, or one operation on it."""
    if draw.chance(plain):
        return x, Said("keep {o}", "{o}")
    return apply(draw, draw.pick(ops), x, new=0.1)


def _accumulate(draw: Draw) -> Draft:
    """A number that every item changes, in one of two ways by a condition."""
    source, over, x = open_source(draw, kinds=("int",))
    test, says = holds(draw, draw.pick(PREDS["int"]), x)
    (a, said_a), (b, said_b) = mapped(draw, int_maps, x), mapped(draw, int_maps, x)
    ways = (("+=", "add {} to the total"), ("-=", "subtract {} from the total"))
    (up, up_words), (down, down_words) = draw.pick(ways), draw.pick(ways)
    end, end_words = finished(draw, item("total", "int"), "the total")
    only = draw.chance(0.35)
    if not only and (up, a.code) == (down, b.code):
        raise NoRoom
    lines = ["total = 0", f"for {x.code} in {over.code}:", f"    if {test.code}:", f"        total {up} {a.code}"]
    first = up_words.format(said_a.of("it"))
    each = f"{source.one} {over.noun}"
    if only:
        first = up_words.format(said_a.of(x.noun))
        whole = f"For each {source.one} {x.noun} {over.noun}, if it {says}, {first}. Return {end_words}."
        structure, rest = f"loop({up}({a.structure}),{test.structure},{over.structure})", []
    else:
        lines += ["    else:", f"        total {down} {b.code}"]
        other = down_words.format(said_b.of("it"))
        whole = draw.pick(
            (
                f"Go through the {source.many} {over.noun}: if one {says}, {first}, otherwise {other}. "
                f"Return {end_words}.",
                f"For each {each}, {first} if it {says}, else {other}. Return {end_words}.",
            )
        )
        structure = f"loop({up}({a.structure}),{down}({b.structure}),{test.structure},{over.structure})"
        rest = [f"otherwise {other}"]
    plan = ["total is 0", f"for each {each}", f"if it {says}, {first}", *rest, f"return {end_words}"]
    return _looped(draw, whole, [*lines, f"return {end.code}"], end, structure, plan)


def _looped(draw: Draw, whole: str, lines: list[str], end: Expr, structure: str, plan: list[str]) -> Draft:
    body = "".join([f"    {line}\n" for line in lines])
    structure = structure if end.simple else f"{end.structure.partition('(')[0]}({structure})"
    return draw.draft(whole, body, end.type, structure, plan)


def _build(draw: Draw) -> Draft:
    """A text made piece by piece, the pieces chosen by a condition."""
    source, over, x = open_source(draw, kinds=("char", "str"))
    test, says = holds(draw, draw.pick(PREDS[x.type]), x)
    (a, said_a), (b, said_b) = mapped(draw, text_maps[x.type], x), mapped(draw, text_maps[x.type], x)
    if draw.chance(0.3):
        mark = draw.pick(('"-"', '"*"', '"."', '"_"'))
        b, said_b = Expr(mark, 4, mark, "str", "mark"), Said("", mark)
    if a.code == b.code:
        raise NoRoom
    front = draw.chance(0.25)
    grow = ("out = {} + out", "put {} before the text") if front else ("out += {}", "add {} to the text")
    end, end_words = finished(draw, item("out", "str"), "the text")
    lines = [
        'out = ""',
        f"for {x.code} in {over.code}:",
        f"    if {test.code}:",
        f"        {grow[0].format(a.within(1))}",
        "    else:",
        f"        {grow[0].format(b.within(1))}",
        f"return {end.code}",
    ]
    each, first, other = f"{source.one} {over.noun}", grow[1].format(said_a.of("it")), said_b.of("it")
    whole = draw.pick(
        (
            f"For each {each}, {first} if it {says}, otherwise {grow[1].format(other)}. Return {end_words}.",
            f"Build a text: for each {each}, if it {says}, {first}, else {other}. Return {end_words}.",
        )
    )
    name = "front" if front else "back"
    structure = f"build:{name}({test.structure},{a.structure},{b.structure},{over.structure})"
    plan = ['text is ""', f"for each {each}", f"if it {says}, {first}", f"otherwise {other}", f"return {end_words}"]
    return _looped(draw, whole, lines, end, structure, plan)


KEYS = {
    "int": (
        ("same", "{x}", "number"),
        ("mod", "{x} % {j}", "remainder modulo {j}"),
        ("div", "{x} // {j}", "quotient by {j}"),
    ),
    "str": (
        ("same", "{x}", "word"),
        ("length", "len({x})", "length"),
        ("initial", "{x}[0]", "first letter"),
        ("final", "{x}[-1]", "last letter"),
    ),
    "char": (("same", "{x}", "character"), ("lower", "{x}.lower()", "lower case character")),
}
"""What items are tallied by: name, code, noun."""


def tally_end(draw: Draw, what: str, key_type: str, table: str) -> tuple[str, str, str, str]:
    """What is returned from a table of numbers: code, type, words, name."""
    v = item("v", "int")
    ways = ["table", "most", "times", "filtered", "number"]
    way = draw.pick(ways)
    if way == "table":
        return table, f"dict[{key_type}, int]", "the dictionary", "table"
    if way == "most":
        return f"max({table}.values())", "int", "the largest count", "most"
    if way == "times":
        return f"max({table}, key={table}.get)", key_type, f"the most common {what} (on ties the first)", "times"
    test, says = holds(draw, draw.pick([p for p in PREDS["int"] if p.name not in ("negative", "positive")]), v, new=0.0)
    if way == "filtered":
        code = f"sorted(k for k, v in {table}.items() if {test.code})"
        return code, f"list[{key_type}]", f"the sorted {what}s whose count {says}", f"filtered({test.structure})"
    return (
        f"sum(1 for v in {table}.values() if {test.code})",
        "int",
        f"how many counts {plural(says)}",
        f"number({test.structure})",
    )


def _tally(draw: Draw) -> Draft:
    """Items counted by a key, then one question to the table."""
    source, over, x = open_source(draw)
    name, key, noun = draw.pick(KEYS[x.type])
    values, _ = draw.slots(key)
    key, noun = key.format(x=x.code, **values), noun.format(**values)
    loop = f"for {x.code} in {over.code}:"
    guard, says, structure = [], "", f"{name}:{x.type}"
    if draw.chance(0.35):
        test, says = holds(draw, draw.pick(PREDS[x.type]), x, new=0.0)
        guard, structure = [f"    if {test.code}:"], f"{structure},{test.structure}"
    key_type = "int" if x.type == "int" or name == "length" else "str"
    code, result, words, end = tally_end(draw, noun, key_type, "tally")
    inside = "        " if guard else "    "
    lines = ["tally = {}", loop, *guard, f"{inside}tally[{key}] = tally.get({key}, 0) + 1", f"return {code}"]
    things = f"the {source.many} {over.noun}" + (f" that {plural(says)}" if says else "")
    whole = draw.pick(
        (
            f"Count {things} by {noun} and return {words}.",
            f"Tally {things} by their {noun}; return {words}.",
        )
    )
    plan = ["tally is empty", f"for each of {things}", f"count its {noun}", f"return {words}"]
    body = "".join([f"    {line}\n" for line in lines])
    return draw.draft(whole, body, result, f"tally({structure},{over.structure},{end})", plan)


def _search(draw: Draw) -> Draft:
    """The first item that fulfils a condition, or a default."""
    source, over, x = open_source(draw, kinds=("int", "str"))
    test, says = holds(draw, draw.pick(PREDS[x.type]), x)
    index = draw.chance(0.35) and source.name in ("ints", "texts", "split")
    if index:
        at = item("i", "int")
        value, said = mapped(draw, int_maps, at, plain=0.6)
        loop, found, result = f"for i, {x.code} in enumerate({over.code}):", said.of("its index"), "int"
    else:
        ops = int_maps if x.type == "int" else text_maps["str"]
        value, said = mapped(draw, ops, x)
        loop, found, result = f"for {x.code} in {over.code}:", said.of("it"), x.type
    default = draw.pick(("0", "-1", "1", "10")) if result == "int" else draw.pick(('""', '"none"', '"-"'))
    lines = [loop, f"    if {test.code}:", f"        return {value.code}", f"return {default}"]
    first = f"the first {source.one} {over.noun} that {says}"
    whole = draw.pick(
        (
            f"Find {first} and return {found}; if there is none, return {default}.",
            f"Return {'the index of ' if index else ''}{first}, or {default} if there is none."
            if value.simple
            else f"Take {first}; return {found}, or {default} if there is none.",
            f"As soon as a {source.one} {over.noun} {says}, return {found}; otherwise {default} at the end.",
        )
    )
    name = "searchindex" if index else "search"
    plan = [f"for each {source.one} {over.noun}", f"if it {says}, return {found}", f"return {default}"]
    body = "".join([f"    {line}\n" for line in lines])
    return draw.draft(whole, body, result, f"{name}({test.structure},{value.structure},{over.structure})", plan)


def _digits(draw: Draw) -> Draft:
    """A number taken apart digit by digit."""
    n = draw.arg("int")
    x = item("digit", "int")
    (a, said), filters = mapped(draw, int_maps, x), draw.chance(0.6)
    end, end_words = finished(draw, item("total", "int"), "the total")
    lines, structure, says = (
        [f"rest = abs({n.code})", "total = 0", "while rest > 0:", "    digit = rest % 10"],
        a.structure,
        "",
    )
    if filters:
        test, says = holds(draw, draw.pick([p for p in PREDS["int"] if p.name not in ("negative",)]), x, new=0.0)
        lines += [f"    if {test.code}:", f"        total += {a.code}"]
        structure += f",{test.structure}"
    else:
        lines += [f"    total += {a.code}"]
    lines += ["    rest = rest // 10", f"return {end.code}"]
    where = f"each digit of {n.noun}" + (f" that {says}" if says else "")
    whole = draw.pick(
        (
            f"Add up {said.of('digit')} for {where} and return {end_words}.",
            f"For {where}, add {said.of('it')} to a total. Return {end_words}.",
        )
    )
    plan = [
        f"rest is {n.noun}, total is 0",
        "take the digits one by one",
        *([f"if it {says}"] if says else []),
        f"add {said.of('it')}",
        f"return {end_words}",
    ]
    return _looped(draw, whole, lines, end, f"digits({structure})", plan)


_STEPS = (
    ("minus", "{x} - {j}", "subtract {j} from it"),
    ("half", "{x} // 2", "halve it rounding down"),
    ("div", "{x} // {j}", "divide it by {j} rounding down"),
)


def _until(draw: Draw) -> Draft:
    """A number made smaller until it is small; the steps or the values are counted."""
    n = draw.arg("int")
    name, code, words = draw.pick(_STEPS)
    values, _ = draw.slots(code)
    bound = draw.pick((0, 1, 2, 3, 5))
    step, words = code.format(x="rest", **values), words.format(**values)
    counts = draw.chance(0.4)
    a, said = mapped(draw, int_maps, item("rest", "int"), plain=0.5)
    end, end_words = finished(draw, item("total", "int"), "the number of steps" if counts else "the total")
    add = "1" if counts else a.code
    lines = [
        f"rest = {n.code}",
        "total = 0",
        f"while rest > {bound}:",
        f"    total += {add}",
        f"    rest = {step}",
        f"return {end.code}",
    ]
    middle = words if counts else f"add {said.of('it')} to a total, then {words}"
    whole = draw.pick(
        (
            f"While {n.noun} is greater than {bound}, {middle}. Return {end_words}.",
            f"Start from {n.noun}; as long as it is above {bound}, {middle}. Return {end_words}.",
        )
    )
    structure = f"until({name}:step,{'steps' if counts else a.structure})"
    plan = [f"rest is {n.noun}, total is 0", f"while rest is above {bound}", middle, f"return {end_words}"]
    return _looped(draw, whole, lines, end, structure, plan)


_NEIGHBOURS = (
    ("up", "{b} > {a}", "is greater than the one before"),
    ("down", "{b} < {a}", "is less than the one before"),
    ("equal", "{b} == {a}", "equals the one before"),
    ("change", "{b} != {a}", "differs from the one before"),
)


def _neighbours(draw: Draw) -> Draft:
    """Items compared with the ones before them."""
    xs = draw.arg("list[int]")
    name, code, says = draw.pick(_NEIGHBOURS)
    here = Expr(f"{xs.code}[i]", 4, "it", "int", "here")
    check = code.format(a=f"{xs.code}[i - 1]", b=here.code)
    structure = f"{name}:pair"
    if draw.chance(0.4):
        test, more = holds(draw, draw.pick(PREDS["int"]), here, new=0.0)
        check, says, structure = f"{check} and {test.code}", f"{says} and {more}", f"{structure},{test.structure}"
    a, said = mapped(draw, int_maps, here, plain=0.5)
    counts = draw.chance(0.4)
    end, end_words = finished(draw, item("total", "int"), "the count" if counts else "the total")
    add = "1" if counts else a.code
    lines = [
        "total = 0",
        f"for i in range(1, len({xs.code})):",
        f"    if {check}:",
        f"        total += {add}",
        f"return {end.code}",
    ]
    whole = (
        draw.pick((f"Count the numbers in {xs.noun} such that the number {says}, and return {end_words}.",))
        if counts
        else draw.pick(
            (
                f"For each number in {xs.noun} that {says}, add {said.of('it')} to a total. Return {end_words}.",
                f"Add up every number in {xs.noun} that {says}; return {end_words}."
                if a is here
                else f"For every number in {xs.noun} that {says}, add up {said.of('it')}; return {end_words}.",
            )
        )
    )
    structure = f"neighbours({structure},{'steps' if counts else a.structure})"
    plan = ["total is 0", f"for each number in {xs.noun} but the first", f"if it {says}, add", f"return {end_words}"]
    return _looped(draw, whole, lines, end, structure, plan)


def _run(draw: Draw) -> Draft:
    """The longest run of items that fulfil a condition."""
    source, over, x = open_source(draw, kinds=("int", "char", "str"))
    test, says = holds(draw, draw.pick(PREDS[x.type]), x)
    end, end_words = finished(draw, item("best", "int"), "its length")
    lines = [
        "best = run = 0",
        f"for {x.code} in {over.code}:",
        f"    run = run + 1 if {test.code} else 0",
        "    best = max(best, run)",
        f"return {end.code}",
    ]
    whole = draw.pick(
        (
            f"Find the longest run of {source.many} {over.noun} that {plural(says)} and return {end_words}.",
            f"Look for the most {source.many} in a row {over.noun} that {plural(says)}; "
            f"return {end_words.replace('its length', 'how many')}.",
        )
    )
    plan = [
        "best and run are 0",
        f"for each {source.one} {over.noun}",
        f"if it {says}, run grows, else run is 0",
        f"return {end_words}",
    ]
    return _looped(draw, whole, lines, end, f"run({test.structure},{over.structure})", plan)


def _stop(draw: Draw) -> Draft:
    """Items added until one fulfils a condition."""
    source, over, x = open_source(draw, kinds=("int",))
    test, says = holds(draw, draw.pick(PREDS["int"]), x)
    a, said = mapped(draw, int_maps, x)
    end, end_words = finished(draw, item("total", "int"), "the total")
    lines = [
        "total = 0",
        f"for {x.code} in {over.code}:",
        f"    if {test.code}:",
        "        break",
        f"    total += {a.code}",
        f"return {end.code}",
    ]
    whole = draw.pick(
        (
            f"Go along the {source.many} {over.noun} until one {says}, add up {said.of('each')}; return {end_words}.",
            f"Go through the {source.many} {over.noun} and stop at the first that {says}; "
            f"before that, add {said.of('each')} to a total. Return {end_words}.",
        )
    )
    plan = [
        "total is 0",
        f"for each {source.one} {over.noun}",
        f"if it {says}, stop",
        f"add {said.of('it')}",
        f"return {end_words}",
    ]
    return _looped(draw, whole, lines, end, f"stop({test.structure},{a.structure},{over.structure})", plan)


TEMPLATES = (
    (_accumulate, 5), (_build, 4), (_tally, 4), (_search, 4), (_digits, 2), (_until, 1), (_neighbours, 2), (_run, 2),
    (_stop, 2),
)  # fmt: skip
"""Templates and how often each is drawn."""
