"""Guided enumeration of typed grammars, against brute force and against the enumeration of plain grammars."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unriddle.errors import BadInput, BadShape
from unriddle.grammar.cfg import Grammar, Production
from unriddle.grammar.enumerate import by_probability
from unriddle.grammar.guided import by_thresholds
from unriddle.grammar.pcfg import Pcfg
from unriddle.grammar.typed import Leaf, Node, Rule, Slot, TypedGrammar, leaves_by_kind

RULES = (
    Rule("copy", "n", leaf="copied"),
    Rule("variable", "n", leaf="variable"),
    Rule("plus", "n", (Slot("n"), Slot("n")), "({0}+{1})"),
    Rule("neg", "n", (Slot("n"),), "-{0}"),
    Rule("map", "l", (Slot("n", "n"), Slot("l")), "[{0} for {v} in {1}]"),
    Rule("one", "l", (Slot("n"),), "[{0}]"),
    Rule("if", "n", (Slot("n"), Slot("n"), Slot("n")), "({0} if {1} else {2})"),
)
GRAMMAR = TypedGrammar(RULES)
LEAVES = leaves_by_kind([Leaf("1", "n", 1), Leaf("2", "n", 2)])


def chances(seed, grammar=GRAMMAR):
    rng = np.random.default_rng(seed)
    table = np.zeros((len(grammar.contexts), len(grammar.rules)))
    for c in range(len(grammar.contexts)):
        rules = list(grammar.of(grammar.kind_at(c)))
        table[c, rules] = rng.dirichlet(np.ones(len(rules)))
    return table


def brute_force(table, context, scope, depth):
    """Every tree of at most this depth with its probability, by the definition."""
    if not depth:
        return
    for r, rule in enumerate(RULES):
        p = table[context, r]
        if not GRAMMAR.fits[context, r] or not p:
            continue
        if rule.leaf == "copied":
            yield from ((p / len(LEAVES["n"]), leaf.text) for leaf in LEAVES["n"])
        elif rule.leaf == "variable":
            yield from ((p / len(scope), name) for name in scope)
        else:
            mine = f"_v{len(scope)}"
            parts = [
                list(brute_force(table, GRAMMAR.context(r, i), (*scope, mine) if s.binds else scope, depth - 1))
                for i, s in enumerate(rule.slots)
            ]
            for chosen in itertools.product(*parts):
                text = rule.template.format(*(t for _, t in chosen), v=mine)
                yield p * math.prod(q for q, _ in chosen), text


def listed(table, kind="l", **more):
    trees = by_thresholds(GRAMMAR, kind, chances=table, leaves=LEAVES, **more)
    return [(chance, GRAMMAR.source(tree)) for chance, tree in trees]


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(["n", "l"]))
def test_the_trees_are_those_of_brute_force(seed, kind):
    table = chances(seed)
    expected = {text: p for p, text in brute_force(table, GRAMMAR.root(kind), (), 3)}
    found = listed(table, kind, max_depth=3)
    assert {text for _, text in found} == set(expected)
    assert len(found) == len(expected)
    assert all(math.exp(chance) == pytest.approx(expected[text], rel=1e-9) for chance, text in found)


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 10**6))
def test_falling_without_repeats_and_of_mass_at_most_one(seed):
    found = listed(chances(seed), max_trees=800)
    falling = [chance for chance, _ in found]
    assert falling == sorted(falling, reverse=True)
    assert len({text for _, text in found}) == len(found) == 800
    assert sum(map(math.exp, falling)) <= 1 + 1e-9


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([0.5, 1e-2, 1e-6]), st.sampled_from([1.1, 2.0, 50.0]))
def test_the_list_does_not_depend_on_the_thresholds(seed, first, factor):
    table = chances(seed)
    assert listed(table, max_trees=400) == listed(table, max_trees=400, first=first, factor=factor)


def test_equal_chances_keep_the_order_whatever_the_thresholds():
    table = GRAMMAR.fits / GRAMMAR.fits.sum(axis=1, keepdims=True)
    assert listed(table, max_trees=900) == listed(table, max_trees=900, first=0.9, factor=1.05)


def test_as_the_enumeration_of_plain_grammars_where_that_has_one():
    """Without variables, and with the same chances everywhere, this is a probabilistic context-free grammar."""
    rules = (
        Rule("1", "n", template="1"),
        Rule("2", "n", template="2"),
        Rule("+", "n", (Slot("n"), Slot("n")), "({0}+{1})"),
    )
    grammar, weights = TypedGrammar(rules), [0.5, 0.2, 0.3]
    productions = [Production("n", r.template, tuple(s.kind for s in r.slots)) for r in rules]
    plain = by_probability(Pcfg(Grammar("n", tuple(productions)), dict(zip(productions, weights, strict=True))))
    table = np.tile(weights, (len(grammar.contexts), 1))
    mine = by_thresholds(grammar, "n", chances=table, leaves={}, max_depth=20, max_trees=200)
    pairs = list(zip(mine, plain, strict=False))
    pcfg = Pcfg(Grammar("n", tuple(productions)), dict(zip(productions, weights, strict=True)))
    assert len(pairs) == 200
    for (chance, _), tree in pairs:
        assert chance == pytest.approx(sum(pcfg.log_probability(p) for p in tree.productions()))


def test_a_variable_stands_only_where_it_is_bound():
    table = np.zeros_like(chances(0))
    for c in range(len(GRAMMAR.contexts)):
        table[c, GRAMMAR.number("variable")] = GRAMMAR.kind_at(c) == "n"
        table[c, GRAMMAR.number("map" if GRAMMAR.contexts[c][0] < 0 else "one")] = GRAMMAR.kind_at(c) == "l"
    assert listed(table, max_depth=4) == []  # the list inside would need a number, and there is none
    table[GRAMMAR.context(GRAMMAR.number("one"), 0), [0, 1]] = 0.5
    assert [text for _, text in listed(table, max_depth=4)] == ["[_v0 for _v0 in [1]]", "[_v0 for _v0 in [2]]"]


def test_nothing_to_copy_and_a_finite_grammar_end():
    finite = TypedGrammar((Rule("1", "n", template="1"), Rule("c", "n", leaf="copied")))
    table = np.full((len(finite.contexts), 2), 0.5)
    assert [t.rule for _, t in by_thresholds(finite, "n", chances=table, leaves={})] == [0]


def test_what_is_learned_from_a_tree():
    one = Node(GRAMMAR.number("one"), (Node(0, (), LEAVES["n"][0]),))
    tree = Node(GRAMMAR.number("map"), (Node(1, (), 0), one))
    assert GRAMMAR.source(tree) == "[_v0 for _v0 in [1]]"
    map_, number = GRAMMAR.number("map"), GRAMMAR.context
    assert GRAMMAR.chain(tree, "l") == [
        (GRAMMAR.root("l"), map_),
        (number(map_, 0), 1),
        (number(map_, 1), GRAMMAR.number("one")),
        (number(GRAMMAR.number("one"), 0), 0),
    ]


def test_bad_input():
    with pytest.raises(BadInput, match="two rules are named"):
        TypedGrammar((Rule("a", "n", template="1"), Rule("a", "n", template="2")))
    with pytest.raises(BadInput, match="does not fit"):
        TypedGrammar((Rule("a", "n", template="{0}"),))
    with pytest.raises(BadInput, match="no slots"):
        TypedGrammar((Rule("a", "n", (Slot("n"),), "{0}", "copied"),))
    with pytest.raises(BadInput, match="no kind"):
        next(by_thresholds(GRAMMAR, "x", chances=chances(0), leaves={}))
    with pytest.raises(BadShape):
        next(by_thresholds(GRAMMAR, "n", chances=np.ones((2, 2)), leaves={}))
    with pytest.raises(BadInput, match="factor"):
        next(by_thresholds(GRAMMAR, "n", chances=chances(0), leaves={}, factor=1.0))
