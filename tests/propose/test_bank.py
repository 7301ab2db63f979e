"""Columns, codes and the bank: against one value at a time, and against counting by hand."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unriddle.propose.bank import Bank
from unriddle.propose.columns import Block, combinations
from unriddle.propose.expression import Expression, Operator, literal, small, variable
from unriddle.propose.smt_operators import meaning
from unriddle.propose.values import FAIL, FAILED, DirectCodec, RowSet, TableCodec, codec_for

big = st.integers(-(2**70), 2**70)


@settings(deadline=None)
@given(st.lists(big | st.integers(-3, 3), max_size=8))
def test_integers_of_any_size_have_codes(values):
    codec = DirectCodec()
    codes = codec.encode(values)
    assert codec.decode(codes) == values
    assert [a == b for a, b in itertools.product(codes.tolist(), repeat=2)] == [
        a == b for a, b in itertools.product(values, repeat=2)
    ]


@settings(deadline=None)
@given(st.lists(st.lists(st.text("ab", max_size=2), max_size=2) | st.just(FAILED), max_size=6))
def test_lists_have_codes_and_failures_have_none(values):
    codec = codec_for("list[str]")
    codes = codec.encode(values)
    assert [code == FAIL for code in codes] == [value is FAILED for value in values]
    assert codec.decode(codes[codes != FAIL]) == [value for value in values if value is not FAILED]


@settings(deadline=None)
@given(st.lists(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=40), max_size=5))
def test_row_set_keeps_the_first_of_equal_rows(batches):
    rows, seen = RowSet(2, rng=np.random.default_rng(1)), set()
    for batch in batches:
        codes = np.array(batch, dtype=np.int64).reshape(-1, 2).T
        expected = []
        for place, row in enumerate(batch):
            if row not in seen:
                seen.add(row)
                expected.append(place)
        assert rows.add(codes).tolist() == expected
    assert len(rows) == len(seen)


def test_row_set_grows_and_forgets_nothing():
    rows = RowSet(1, rng=np.random.default_rng(0))
    for start in range(0, 60_000, 7_000):
        values = np.arange(start, start + 10_000, dtype=np.int64)[None]
        assert len(rows.add(values)) == (10_000 if start == 0 else 7_000)
    assert len(rows.add(np.arange(63_000, dtype=np.int64)[None])) == 0


def block(codec, columns):
    codes = np.array([codec.encode(list(row)) for row in zip(*columns, strict=True)], dtype=np.int64)
    return Block(codes, 0, np.zeros(len(columns), dtype=bool), codec)


texts = st.lists(st.tuples(st.text("ab-", max_size=4), st.text("ab-", max_size=4)), min_size=1, max_size=5)
numbers = st.lists(st.tuples(st.integers(-2, 5), st.integers(-2, 5)), min_size=1, max_size=5)
huge = st.lists(st.tuples(big, st.integers(-3, 3)), min_size=1, max_size=4)


def check(name, n_args, columns, kinds, gives, chunk=7):
    """Every value of every combination against the evaluator; combinations left out must be had without it."""
    from unriddle.grammar.smt import evaluate
    from unriddle.grammar.term import Term
    from unriddle.grammar.term import literal as term

    how = meaning(name, n_args, ("",) * n_args)
    operator = Operator("", tuple("abc"[:n_args]), "r", how.function, array=how.array, bound=how.bound, total=how.total,
                        relevant=how.relevant, partial=how.partial, table=how.table)  # fmt: skip
    codecs = {"s": TableCodec(), "i": DirectCodec(), "b": DirectCodec(boolean=True)}
    blocks = [block(codecs[kind], cols) for kind, cols in zip(kinds, columns, strict=True)]
    got = {}
    for batch in combinations(operator, blocks, codecs[gives], chunk=chunk):
        for place in range(batch.codes.shape[1]):
            codes = batch.codes[:, place]
            values = ["none" if code == FAIL else codecs[gives].decode(codes[[i]])[0] for i, code in enumerate(codes)]
            got[tuple(batch.args[:, place].tolist())] = values
    for places in itertools.product(*(range(len(cols)) for cols in columns)):
        args = [cols[place] for cols, place in zip(columns, places, strict=True)]
        wanted = []
        for row in range(2):
            try:
                wanted.append(evaluate(Term(name, tuple(term(arg[row]) for arg in args)), {}))
            except ValueError:
                wanted.append("none")
        if places in got:
            assert got[places] == wanted, (name, args)
        else:
            assert how.relevant is not None
            assert not any(how.relevant(args[0][row], args[1][row]) for row in range(2))


@settings(deadline=None, max_examples=40)
@given(texts, texts, texts)
def test_text_operators_agree_with_the_evaluator(a, b, c):
    check("str.replace", 3, (a, b, c), "sss", "s")
    check("str.replace_all", 3, (a, b, c), "sss", "s")
    check("str.++", 2, (a, b), "ss", "s")
    check("str.++", 3, (a, b, c), "sss", "s")
    check("str.len", 1, (a,), "s", "i")
    check("str.to_int", 1, (a,), "s", "i")
    for name in ("str.prefixof", "str.suffixof", "str.contains", "=", "str.<"):
        check(name, 2, (a, b), "ss", "b")


@settings(deadline=None, max_examples=40)
@given(texts, texts, numbers, numbers)
def test_places_in_texts_agree_with_the_evaluator(a, b, i, n):
    check("str.substr", 3, (a, i, n), "sii", "s")
    check("str.indexof", 3, (a, b, i), "ssi", "i")
    check("str.at", 2, (a, i), "si", "s")
    check("str.from_int", 1, (i,), "i", "s")


@settings(deadline=None, max_examples=40)
@given(numbers | huge, numbers | huge)
def test_number_operators_agree_with_the_evaluator(a, b):
    for name in ("+", "-", "*", "div", "mod"):
        check(name, 2, (a, b), "ii", "i")
    for name in ("<", "<=", ">", ">=", "=", "distinct"):
        check(name, 2, (a, b), "ii", "b")
    check("-", 1, (a,), "i", "i")
    check("abs", 1, (a,), "i", "i")


@settings(deadline=None, max_examples=60)
@given(st.sampled_from([1, 7, 8, 32, 63, 64]), st.data())
def test_bit_vector_operators_agree_with_the_evaluator(width, data):
    from unriddle.grammar.smt import evaluate
    from unriddle.grammar.term import BitVector, Term
    from unriddle.grammar.term import literal as term
    from unriddle.propose.term_grammar import codec_of

    sort = f"(_ BitVec {width})"
    codec = codec_of(sort)
    vectors = [BitVector(data.draw(st.integers(0, 2**width - 1) | st.integers(0, min(70, 2**width - 1))), width)
               for _ in range(4)]  # fmt: skip
    codes = codec.encode(vectors)
    assert codec.decode(codes) == vectors
    for name in ("bvadd", "bvsub", "bvmul", "bvand", "bvor", "bvxor", "bvshl", "bvlshr", "bvashr", "bvudiv", "bvurem",
                 "bvult", "bvule", "bvugt", "bvuge"):  # fmt: skip
        how = meaning(name, 2, (sort, sort))
        made = how.array(codes[:, None], codes[None, :]).ravel()
        wanted = [evaluate(Term(name, (term(a), term(b))), {}) for a, b in itertools.product(vectors, repeat=2)]
        got = made.astype(bool).tolist() if isinstance(wanted[0], bool) else codec.decode(made)
        assert got == wanted, name


def test_bank_counts_by_hand():
    """x, 1; then x+x, x+1, 1+1 (1+x is x+1 again); nothing else is new."""
    plus = Operator("({0} + {1})", ("i", "i"), "i", lambda a, b: a + b, total=True)
    x = Expression("x", "i", (5, 7), 1)
    bank = Bank([plus], [x, literal(1, n_rows=2, cost=1, type_name="i")], {"i": DirectCodec()}, n_rows=2)
    for cost in (1, 2, 3):
        for _ in bank.level(cost, max_tried=1000):
            pass
    assert bank.n_tried == 2 + 4
    assert [bank.expression("i", n).source for n in range(bank.count("i"))] == [
        "x",
        "1",
        "(x + x)",
        "(x + 1)",
        "(1 + 1)",
    ]
    assert bank.costs("i").tolist() == [1, 1, 3, 3, 3]
    assert bank.column("i", 3) == [6, 8]


def test_bank_stops_when_told():
    plus = Operator("({0} + {1})", ("i", "i"), "i", lambda a, b: a + b, total=True)
    bank = Bank([plus], [variable("x", [1, 2], "i")], {"i": DirectCodec()}, n_rows=2)
    for cost in range(1, 4):
        list(bank.level(cost, max_tried=1, stop=lambda: True))
    assert bank.n_tried <= 2


def test_a_codec_without_room_for_failures_loses_no_value():
    from unriddle.grammar.term import BitVector
    from unriddle.propose.term_grammar import codec_of

    how = meaning("bvneg", 1, ("(_ BitVec 64)",))
    least = BitVector(1 << 63, 64)
    one = BitVector(1, 64)
    codecs = {"v": codec_of("(_ BitVec 64)")}
    shift = Operator("(bvshl {0} {1})", ("v", "v"), "v", meaning("bvshl", 2, ("(_ BitVec 64)",) * 2).function,
                     array=meaning("bvshl", 2, ("(_ BitVec 64)",) * 2).array, total=how.total)  # fmt: skip
    leaves = [Expression("a", "v", (one,), 1), Expression("b", "v", (BitVector(63, 64),), 1)]
    bank = Bank([shift], leaves, codecs, n_rows=1)
    for cost in (1, 2, 3):
        list(bank.level(cost, max_tried=100))
    assert [least] in [bank.column("v", number) for number in range(bank.count("v"))]
    assert bank.n == bank.count("v")


@pytest.mark.parametrize("value", [None, 1j, float("nan"), "a" * 20_000, 1 << 5000])
def test_values_of_no_type_and_large_ones_are_refused(value):
    with pytest.raises((TypeError, ValueError)):
        small(value)


@pytest.mark.parametrize("n_rows", [0, 1])
def test_bank_with_few_rows(n_rows):
    bank = Bank([], [literal(3, n_rows=n_rows, cost=1, type_name="i")], {"i": DirectCodec()}, n_rows=n_rows)
    assert [found.stop for found in bank.level(1, max_tried=10)] == [1]
