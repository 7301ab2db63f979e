"""Grammars: counts against closed forms, enumeration against brute force, sampling against its chances."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unriddle.errors import BadInput
from unriddle.grammar import Grammar, Pcfg, Production, Tree, by_cost, by_probability

ONE, TWO = Production("n", "1"), Production("n", "2")
PLUS, NEG = Production("n", "({0} + {1})", ("n", "n")), Production("n", "-{0}", ("n",))
SUMS = Grammar("n", (ONE, TWO, PLUS))
CATALAN = [1, 1, 2, 5, 14, 42]


def test_counts_are_the_catalan_numbers():
    grammar = Grammar("n", (ONE, PLUS))
    assert [grammar.count(2 * k + 1) for k in range(6)] == CATALAN
    assert [grammar.count(2 * k) for k in range(6)] == [0] * 6


def test_enumeration_by_cost_gives_every_tree_once_and_as_many_as_counted():
    trees = list(by_cost(SUMS, max_cost=7))
    assert len(trees) == sum(SUMS.count(cost) for cost in range(8)) == 2 + 4 + 16 + 80
    assert len({tree.source() for tree in trees}) == len(trees)
    assert [tree.cost for tree in trees] == sorted(tree.cost for tree in trees)


def test_ambiguous_grammar_gives_every_program_once():
    flat = Grammar("n", (ONE, Production("n", "{0}+{1}", ("n", "n"))))
    assert [t.source() for t in by_cost(flat, max_cost=7)] == ["1", "1+1", "1+1+1", "1+1+1+1"]
    assert len(list(by_cost(flat, max_cost=7, distinct=False))) == 1 + 1 + 2 + 5


def test_finite_grammar_ends_by_itself():
    finite = Grammar("s", (Production("s", "{0}{1}", ("d", "d"), 3), *(Production("d", c) for c in "abc")))
    assert not finite.infinite
    assert [t.source() for t in by_cost(finite)] == ["".join(p) for p in itertools.product("abc", repeat=2)]
    assert len(list(by_probability(Pcfg(finite)))) == 9
    assert SUMS.infinite


def test_a_useless_cycle_does_not_make_a_grammar_infinite():
    loop = Production("m", "x{0}", ("m",))
    grammar = Grammar("n", (ONE, loop, Production("n", "{0}!", ("m",))))
    assert not grammar.infinite
    assert grammar.trimmed().productions == (ONE,)
    assert [t.source() for t in by_cost(grammar)] == ["1"]


@pytest.mark.parametrize(
    ("productions", "said"),
    [
        ((NEG,), "makes no tree"),
        ((), "makes no tree"),
        ((ONE, ONE), "given twice"),
        ((Production("n", "1", (), 0),), "at least 1"),
        ((Production("n", "{0}"),), "does not fit"),
        ((Production("n", "{x}"),), "does not fit"),
        ((Production("n", "{"),), "does not fit"),
    ],
)
def test_bad_grammars_are_refused(productions, said):
    with pytest.raises(BadInput, match=said):
        Grammar("n", productions)


weights = st.floats(0.05, 5.0)


@settings(deadline=None, max_examples=25)
@given(weights, weights, weights, weights)
def test_by_probability_is_in_order_and_complete(a, b, c, d):
    """Against brute force: every tree of cost up to 7 that is likelier than the last one given has been given."""
    grammar = Grammar("n", (ONE, TWO, PLUS, NEG))
    pcfg = Pcfg(grammar, {ONE: a, TWO: b, PLUS: c, NEG: d})
    given_trees = list(itertools.islice(by_probability(pcfg, distinct=False), 40))
    chances = [pcfg.log_probability(tree) for tree in given_trees]
    assert all(x >= y - 1e-9 for x, y in itertools.pairwise(chances))
    assert len(set(given_trees)) == len(given_trees)
    known = set(given_trees)
    for tree in by_cost(grammar, max_cost=5, distinct=False):
        assert tree in known or pcfg.log_probability(tree) <= chances[-1] + 1e-9


def test_probabilities_of_a_finite_grammar_add_up_to_one():
    grammar = Grammar("s", (Production("s", "{0}", ("d",)), Production("s", "{0}{1}", ("d", "d")),
                            Production("d", "a"), Production("d", "b")))  # fmt: skip
    pcfg = Pcfg(grammar, {grammar.productions[0]: 3.0, grammar.productions[2]: 0.5})
    trees = list(by_probability(pcfg))
    assert len(trees) == 6
    assert math.isclose(sum(math.exp(pcfg.log_probability(t)) for t in trees), 1.0)


def test_sampling_follows_the_chances():
    pcfg = Pcfg(SUMS, {ONE: 6.0, TWO: 2.0, PLUS: 2.0})
    trees = pcfg.sample(4000, rng=np.random.default_rng(0))
    share = sum(tree == Tree(ONE) for tree in trees) / 4000
    assert abs(share - 0.6) < 5 * math.sqrt(0.6 * 0.4 / 4000)
    refitted = pcfg.fitted(trees, pseudo_count=0.0)
    assert abs(math.exp(refitted.log_probability(PLUS)) - 0.2) < 0.03
    assert trees == pcfg.sample(4000, rng=np.random.default_rng(0))


def test_sampled_trees_have_their_parts_in_order():
    pair = Production("p", "{0}{1}{2}", ("a", "b", "c"))
    grammar = Grammar("p", (pair, Production("a", "x"), Production("b", "y"), Production("c", "z")))
    assert Pcfg(grammar).sample(1, rng=np.random.default_rng(0))[0].source() == "xyz"


def test_a_grammar_that_rarely_ends_says_so():
    with pytest.raises(BadInput, match="lower the weights"):
        Pcfg(SUMS, {ONE: 0.001, TWO: 0.001, PLUS: 10.0}).sample(1, rng=np.random.default_rng(0))


@pytest.mark.parametrize(
    ("given_weights", "said"),
    [({ONE: -1.0}, "not negative"), ({NEG: 1.0}, "no production"), ({ONE: 0.0, TWO: 0.0, PLUS: 0.0}, "weight 0"),
     ({ONE: math.inf}, "finite")],
)  # fmt: skip
def test_bad_weights_are_refused(given_weights, said):
    with pytest.raises(BadInput, match=said):
        Pcfg(SUMS, given_weights)


def test_only_productions_that_never_end_have_a_chance():
    with pytest.raises(BadInput, match="no tree has a positive chance"):
        next(by_probability(Pcfg(SUMS, {ONE: 0.0, TWO: 0.0})))
