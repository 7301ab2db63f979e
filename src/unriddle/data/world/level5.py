"""Level 5: recursion over lists, texts and numbers, functions that call each other, and two states in one loop.

Not covered: recursion over trees.
"""

from __future__ import annotations

from unriddle.data.world.draft import Draft, Draw, Expr, NoRoom, block
from unriddle.data.world.items import MAPS, open_source
from unriddle.data.world.level3 import finished, int_maps, mapped, text_maps
from unriddle.data.world.phrase import apply, holds, item
from unriddle.data.world.preds import PREDS

__all__ = ["TEMPLATES"]

_SMALL = tuple(op for op in MAPS["int"] if op.name not in ("square", "mul"))


_ON_REST = (
    ("plus", "{v} + {r}", "add {v} to the result for the rest", 1),
    ("minus", "{v} - {r}", "subtract the result for the rest from {v}", 1),
    ("larger", "max({v}, {r})", "take the larger of {v} and the result for the rest", -1),
    ("smaller", "min({v}, {r})", "take the smaller of {v} and the result for the rest", -1),
)


def _over_list(draw: Draw) -> Draft:
    """A list taken apart from the front by the function itself."""
    xs = draw.arg("list[int]")
    first, rest = Expr(f"{xs.code}[0]", 4, "the first number", "int", "int"), f"{draw.entry}({xs.code}[1:])"
    test, says = holds(draw, draw.pick(PREDS["int"]), first, new=0.0)
    (a, said_a), (b, said_b) = [apply(draw, draw.pick(int_maps), first, new=0.0) for _ in range(2)]
    way, code, words, need = draw.pick(_ON_REST)
    base, skip = draw.pick(("0", "1", "5")), draw.chance(0.4)
    if not skip and a.code == b.code:
        raise NoRoom
    one, one_words = code.format(v=a.within(need), r=rest), words.format(v=said_a.of("it"))
    other, other_words = code.format(v=b.within(need), r=rest), words.format(v=said_b.of("it"))
    if skip:
        other, other_words = rest, "skip it"
    body = block(f"if not {xs.code}:", f"    return {base}", f"if {test.code}:", f"    return {one}", f"return {other}")
    whole = (
        f"Work on {xs.noun} recursively, with {base} for an empty list: if the first number {says}, "
        f"{one_words}, otherwise {other_words}."
    )
    structure = f"reclist({way},{test.structure},{a.structure},{'skip' if skip else b.structure})"
    plan = [f"empty: {base}", f"if the first number {says}: {one_words}", f"otherwise: {other_words}"]
    return draw.draft(whole, body, "int", structure, plan)


def _over_text(draw: Draw) -> Draft:
    """A text taken apart from the front by the function itself."""
    s = draw.arg("str")
    first, f = Expr(f"{s.code}[0]", 4, "the first character", "char", "char"), draw.entry
    test, says = holds(draw, draw.pick(PREDS["char"]), first, new=0.0)
    a, said = mapped(draw, text_maps["char"], first, plain=0.4)
    rest = f"{f}({s.code}[1:])"
    ways = (
        ("front", f"{a.within(1)} + {rest}", "put {} before the result for the rest"),
        ("back", f"{rest} + {a.within(2)}", "put {} after the result for the rest"),
        ("around", f"{first.code} + {rest} + {a.within(2)}", "put it before and {} after the result for the rest"),
    )
    way, code, words = draw.pick(ways)
    other, plain, other_words = draw.pick(
        (
            ("skip", rest, "skip it"),
            ("keep", f"{first.code} + {rest}", "put it before the result for the rest"),
            ("last", f"{rest} + {first.code}", "put it after the result for the rest"),
        )
    )
    if code == plain:
        raise NoRoom
    body = block(f"if not {s.code}:", '    return ""', f"if {test.code}:", f"    return {code}", f"return {plain}")
    words = words.format(said.of("it"))
    whole = (
        f"Recursively: an empty {s.noun} gives itself. If the first character {says}, {words}, otherwise {other_words}."
    )
    plan = ['empty: ""', f"if the first character {says}: {words}", f"otherwise: {other_words}"]
    return draw.draft(whole, body, "str", f"rectext({way},{other},{test.structure},{a.structure})", plan)


def _over_number(draw: Draw) -> Draft:
    """A number made smaller by the function itself, in one of two ways."""
    n = draw.arg("int")
    f, bound = draw.entry, draw.pick((1, 2, 3))
    base, base_said = mapped(draw, int_maps, n, plain=0.4)
    test, says = holds(
        draw,
        draw.pick([p for p in PREDS["int"] if p.name in ("even", "odd", "multiple", "nomultiple", "above", "below")]),
        n,
        new=0.0,
    )
    (a, said_a), (b, said_b) = apply(draw, draw.pick(_SMALL), n, new=0.0), apply(draw, draw.pick(_SMALL), n, new=0.0)
    step, back = draw.pick((2, 3, 4)), draw.pick((1, 2, 3))
    down = (("div", f"{n.code} // {step}", f"{n.noun} // {step}"), ("sub", f"{n.code} - {back}", f"{n.noun} - {back}"))
    (name_a, code_a, words_a), (name_b, code_b, words_b) = draw.pick(down), draw.pick(down)
    body = block(
        f"if {n.code} < {bound}:",
        f"    return {base.code}",
        f"if {test.code}:",
        f"    return {f}({code_a}) + {a.within(2)}",
        f"return {f}({code_b}) + {b.within(2)}",
    )
    whole = (
        f"Define {f} by recursion: below {bound} it is {base.noun}; "
        f"if {n.noun} {says} it is {f}({words_a}) plus {a.noun}, "
        f"otherwise {f}({words_b}) plus {b.noun}."
    )
    structure = f"recnumber({base.structure},{name_a}:down,{name_b}:down,{test.structure},{a.structure},{b.structure})"
    plan = [
        f"below {bound}: {base_said.of(n.noun)}",
        f"if it {says}: {f}({words_a}) plus {said_a.of(n.noun)}",
        f"otherwise: {f}({words_b}) plus {said_b.of(n.noun)}",
    ]
    return draw.draft(whole, body, "int", structure, plan)


def _two_branches(draw: Draw) -> Draft:
    """A number whose result is made from the results of two smaller ones."""
    n = draw.arg("int")
    f, bound = draw.entry, draw.pick((2, 3, 4))
    i, j = draw.rng.sample((2, 3, 4, 5), 2)
    base, _ = mapped(draw, int_maps, n, plain=0.4)
    extra, said = mapped(draw, _SMALL, n, plain=0.3)
    way, code, words = draw.pick(
        (
            ("plus", "{a} + {b}", "the sum of"),
            ("minus", "{a} - {b}", "the difference between"),
            ("larger", "max({a}, {b})", "the larger of"),
        )
    )
    both = code.format(a=f"{f}({n.code} // {i})", b=f"{f}({n.code} // {j})")
    adds = draw.chance(0.6)
    body = block(
        f"if {n.code} < {bound}:",
        f"    return {base.code}",
        f"return {both}" + (f" + {extra.within(2)}" if adds else ""),
    )
    whole = f"Define {f} by recursion: below {bound} it is {base.noun}, otherwise {words} "
    whole += f"{f}({n.noun} // {i}) and {f}({n.noun} // {j})"
    whole += f", plus {extra.noun}." if adds else "."
    structure = f"recboth({way},{base.structure},{extra.structure if adds else 'bare'})"
    plan = [
        f"below {bound}: {base.noun}",
        f"otherwise: {words} {f}({n.noun} // {i}) and {f}({n.noun} // {j})",
        *([f"plus {said.of(n.noun)}"] if adds else []),
    ]
    return draw.draft(whole, body, "int", structure, plan)


def _alternating(draw: Draw) -> Draft:
    """Two functions that call each other along a list."""
    xs = draw.arg("list[int]")
    f, first = draw.entry, Expr(f"{xs.code}[0]", 4, "the first number", "int", "int")
    (a, said_a), (b, said_b) = mapped(draw, int_maps, first, plain=0.2), mapped(draw, int_maps, first, plain=0.2)
    if a.code == b.code:
        raise NoRoom
    (sign_a, word_a), (sign_b, word_b) = (
        draw.pick((("+", "add"), ("-", "subtract"))),
        draw.pick((("+", "add"), ("-", "subtract"))),
    )
    stop = draw.pick(("0", "1", "2"))
    body = block(f"if not {xs.code}:", f"    return {stop}", f"return other({xs.code}[1:]) {sign_a} {a.within(2)}")
    body += f"\n\ndef other({xs.code}: list[int]) -> int:\n" + block(
        f"if not {xs.code}:", f"    return {stop}", f"return {f}({xs.code}[1:]) {sign_b} {b.within(2)}"
    )
    whole = (
        f"Go along {xs.noun} with two functions in turn, starting from {stop} at the end: "
        f"the first must {word_a} {said_a.of('its number')}, "
        f"the other must {word_b} {said_b.of('its number')}."
    )
    structure = f"alternating({sign_a}:turn({a.structure}),{sign_b}:turn({b.structure}))"
    plan = [
        f"at the end: {stop}",
        f"first: {word_a} {said_a.of('the number')}",
        f"other: {word_b} {said_b.of('the number')}",
        "each calls the other on the rest",
    ]
    return draw.draft(whole, body, "int", structure, plan)


_CHANGES = (
    ("swap", "p, q = q, p + {v}", "at the same time set p to q and q to p plus {v}"),
    ("addp", "p = p + {v}", "add {v} to p"),
    ("addq", "q = q + {v}", "add {v} to q"),
    ("pq", "p = q + {v}", "set p to q plus {v}"),
    ("qp", "q = max(q, p + {v})", "raise q to at least p plus {v}"),
    ("reset", "p = 0", "set p to 0"),
    ("turn", "p, q = q, p", "swap p and q"),
)
_STATE_ENDS = (
    ("q", "q"),
    ("p + q", "p plus q"),
    ("p - q", "p minus q"),
    ("max(p, q)", "the larger of p and q"),
    ("p * q", "p times q"),
)


def _two_states(draw: Draw) -> Draft:
    """Two numbers that change each other while a loop goes on."""
    source, over, x = open_source(draw, kinds=("int",))
    test, says = holds(draw, draw.pick(PREDS["int"]), x, new=0.0)
    value, said = mapped(draw, _SMALL, x, plain=0.5)
    (name_a, code_a, words_a), (name_b, code_b, words_b) = draw.rng.sample(_CHANGES, 2)
    end, ends = draw.pick(_STATE_ENDS)
    p, q = draw.pick((("0", "0"), ("0", "1"), ("1", "1")))
    body = block(
        f"p, q = {p}, {q}",
        f"for {x.code} in {over.code}:",
        f"    if {test.code}:",
        f"        {code_a.format(v=value.within(1))}",
        "    else:",
        f"        {code_b.format(v=value.within(1))}",
        f"return {end}",
    )
    first, second = words_a.format(v=said.of("it")), words_b.format(v=said.of("it"))
    each = f"for each {source.one} {over.noun}"
    whole = f"Let p be {p} and q be {q}. F{each[1:]}, {first} if it {says}, otherwise {second}. Return {ends}."
    structure = f"{name_a}:p,{name_b}:p,{test.structure},{value.structure},{ends.replace(' ', '_')},{over.structure}"
    plan = [f"p is {p}, q is {q}", each, f"if it {says}: {first}", f"otherwise: {second}", f"return {ends}"]
    return draw.draft(whole, body, "int", f"states({structure})", plan)


def _stack(draw: Draw) -> Draft:
    """Items put on a stack and taken off again."""
    source, over, x = open_source(draw, kinds=("int", "char", "str"))
    test, says = holds(draw, draw.pick(PREDS[x.type]), x, new=0.0)
    pop, check, when = draw.pick(
        (
            ("same", f"stack[-1] == {x.code}", "the top equals it"),
            ("lower", f"stack[-1] < {x.code}", "the top is less than it"),
            ("more", f"stack[-1] > {x.code}", "the top is greater than it"),
            ("holds", test.code, f"it {says}"),
        )
    )
    drops = draw.chance(0.5)
    kind = "int" if x.type == "int" else "str"
    ends = [
        ("size", "len(stack)", "int", "the size of the stack"),
        ("items", "stack", f"list[{kind}]", "the stack"),
        ("back", "stack[::-1]", f"list[{kind}]", "the reverse of the stack"),
        ("sum", "sum(stack)", "int", "the sum of the stack")
        if kind == "int"
        else ("text", '"".join(stack)', "str", "the stack joined"),
    ]
    end, code, result, words = draw.pick(ends)
    lines = ["stack = []", f"for {x.code} in {over.code}:", f"    if stack and {check}:", "        stack.pop()"]
    lines += ["    else:", f"        stack.append({x.code})"] if drops else [f"    stack.append({x.code})"]
    tail = "otherwise push it" if drops else "then push it"
    each, when = f"for each {source.one} {over.noun}", f"if there is one and {when}"
    whole = f"Keep a stack: {each}, pop the top {when}, {tail}. Return {words}."
    structure = f"{pop}:top,{'else' if drops else 'then'}:push,{over.structure},{end}:stack"
    structure = f"stack({structure},{test.structure})" if pop == "holds" else f"stack({structure})"
    plan = ["stack is empty", each, f"pop the top {when}", tail, f"return {words}"]
    return draw.draft(whole, block(*lines, f"return {code}"), result, structure, plan)


_BEST = (
    ("run", ("now = max(now + {v}, 0)", "best = max(best, now)"), "the largest sum over neighbouring numbers in {xs}"),
    (
        "apart",
        ("now, best = best, max(best, now + {v})",),
        "the largest sum over numbers in {xs} no two of which are neighbours",
    ),
    ("low", ("now = min(now + {v}, 0)", "best = min(best, now)"), "the smallest sum over neighbouring numbers in {xs}"),
)


def _best_so_far(draw: Draw) -> Draft:
    """A best value over runs or choices, by dynamic programming in two variables."""
    xs, x = draw.arg("list[int]"), item("x", "int")
    value, said = mapped(draw, _SMALL, x, plain=0.3)
    way, lines, words = draw.pick(_BEST)
    inside = [f"    {line.format(v=value.within(1))}" for line in lines]
    test, says = holds(draw, draw.pick(PREDS["int"]), x, new=0.0)
    structure, only = f"{way},{value.structure}", ""
    if draw.chance(0.6):
        inside = [f"    if {test.code}:", *[f"    {line}" for line in inside]]
        structure, only = f"{structure},{test.structure}", f"leave out each number unless it {says}"
    end, end_words = finished(draw, item("best", "int"), "it")
    body = block("now, best = 0, 0", f"for x in {xs.code}:", *inside, f"return {end.code}")
    words = words.format(xs=xs.noun)
    if not value.simple:
        words += f", counting each number as {said.of('it')}"
    words += ", or 0 for none"
    whole = f"Find {words}" + (f"; {only}" if only else "") + f". Return {end_words}."
    structure = f"bestsofar({structure})"
    structure = structure if end.simple else f"{end.structure.partition('(')[0]}({structure})"
    plan = ["now and best are 0", f"for each number in {xs.noun}", *([only] if only else []), words]
    return draw.draft(whole, body, end.type, structure, [*plan, f"return {end_words}"])


TEMPLATES = (
    (_over_list, 4),
    (_over_text, 3),
    (_over_number, 3),
    (_two_branches, 1),
    (_alternating, 3),
    (_two_states, 3),
    (_stack, 2),
    (_best_so_far, 1),
)
"""Templates and how often each is drawn."""
