"""The ways round reading a value give what reading it gives."""

from __future__ import annotations

import hashlib
import struct

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import unriddle.language.decode as decode_module
from unriddle.errors import BadProblem
from unriddle.execute.compare import equal
from unriddle.execute.intern import Interner
from unriddle.execute.judge import Frame, judge_value
from unriddle.execute.plan import make_plan
from unriddle.language.canonical import _normal
from unriddle.language.encode import encode as encode_with
from unriddle.language.large import KEEP_BYTES, large_of, token
from unriddle.language.values import Large, decode, encode, key
from unriddle.outcome import Status
from unriddle.problem import CallTest, Equality, Returns

_atoms = (
    st.none() | st.booleans() | st.integers(-3, 3) | st.integers() | st.floats() | st.text(max_size=3)
    | st.sampled_from([0.0, -0.0, 1.0, float("nan"), 2**31, -(2**31), 2**31 - 1, 1e300, "\ud800", b"x"])
)  # fmt: skip
_values = st.recursive(
    _atoms,
    lambda inside: (
        st.lists(inside, max_size=4)
        | st.lists(inside, max_size=4).map(tuple)
        | st.dictionaries(st.integers(-2, 2) | st.text(max_size=1), inside, max_size=3)
        | st.sets(st.integers(-2, 2) | st.booleans() | st.floats(), max_size=3)
    ),
    max_leaves=8,
)
_policies = st.sampled_from(
    [
        Equality(),
        Equality(same_type=True),
        Equality("close", atol=1e-6, rtol=1e-7),
        Equality("unordered"),
        Equality("set"),
        Equality("truth"),
        Equality(arrays=True),
    ]
)


def _read(data: bytes) -> object:
    """The value by the general parser alone, or the error."""
    try:
        return repr(decode_module._parse(data))
    except (*decode_module._REFUSED, ValueError):
        return ValueError


def _either(data: bytes) -> object:
    try:
        return repr(decode(data))
    except ValueError:
        return ValueError


@given(_values.map(encode) | st.binary(max_size=12).flatmap(lambda tail: st.sampled_from(
    [tag + tail for tag in (b"i", b"g", b"u", b"[", b"(", b"N", b"T", b"")]
)))  # fmt: skip
@example(b"[" + struct.pack("<i", 1) + b"i\0\0\0\0")
@example(b"[" + struct.pack("<i", 2) + b"i\0\0\0\0")
@example(b"(" + struct.pack("<i", -1))
@example(b"[" + struct.pack("<i", 1) + b"l\0\0\0\0")
@example(b"u" + struct.pack("<i", 1) + b"\xff")
@example(b"u" + struct.pack("<i", 2) + b"a")
def test_the_quick_reader_says_what_the_parser_says(data) -> None:
    assert _either(data) == _read(data)


@given(_values)
def test_a_quick_key_is_the_key_of_the_normal_form(value) -> None:
    data = encode(value)
    assert key(data) == encode_with(_normal(decode_module._parse(data), 0), 2**31)


@given(got=_values, expected=_values, equality=_policies)
@example(got=float("nan"), expected=float("nan"), equality=Equality())
@example(got=-0.0, expected=0.0, equality=Equality(same_type=True))
@example(got={1: 2, 2: 1}, expected={2: 1, 1: 2}, equality=Equality())
@example(got=True, expected=1, equality=Equality(same_type=True))
@example(got=[], expected=[], equality=Equality("truth"))
@example(got=None, expected={float("nan")}, equality=Equality())
@example(got={(1, float("nan")): 2}, expected={(1, float("nan")): 2}, equality=Equality())
@example(got={float("nan"): 1}, expected={float("nan"): 2}, equality=Equality())
def test_judging_by_bytes_agrees_with_comparing_values(got, expected, equality) -> None:
    (call,) = make_plan([CallTest("f", (), expect=Returns(expected, equality))]).shared
    for value in (got, expected):
        cell = judge_value(call, _frame(encode(value)))
        assert (cell.status is Status.PASS) == equal(decode(encode(value)), decode(encode(expected)), equality)
        assert cell.value == encode(value)


@given(st.lists(_values, min_size=1, max_size=8), st.randoms())
def test_equal_values_share_a_number_whatever_comes_first(values, random) -> None:
    cells = [(place, encode(value)) for place, value in enumerate(values)]
    interner = Interner()
    shuffled = list(cells)
    random.shuffle(shuffled)
    numbers = {place: interner.number(data, place) for place, data in shuffled}
    for place, data in cells:
        same = [other for other, bytes_ in cells if key(bytes_) == key(data)]
        assert {other for other in numbers if numbers[other] == numbers[place]} == set(same)
        assert interner.values[numbers[place]] == cells[min(same)][1]


LONG = [i + 0.5 if i % 2 else i for i in range(60_000)]


def _frame(value: bytes) -> Frame:
    return Frame("V", 0.0, value, "", "", "", 0, 0)


def _large(value: object, *, known: bool) -> Large:
    data = encode(value)
    same = key(data)
    assert same is not None
    large = large_of(same)
    assert large is not None
    encoded = hashlib.blake2b(data, digest_size=16).digest() if known else b""
    return Large(large.digest, large.n_bytes, encoded)


@pytest.mark.parametrize("known", [True, False])
def test_a_value_too_long_to_keep_is_judged_by_its_digests(known) -> None:
    (call,) = make_plan([CallTest("f", (), expect=Returns(_large(LONG, known=known)))]).shared
    other = [float(x) for x in LONG]
    wrong = [*LONG[:-1], 7]
    for value, right in ((LONG, True), (other, True), (wrong, False), (tuple(LONG), False), ([1], False)):
        cell = judge_value(call, _frame(encode(value)))
        assert (cell.status is Status.PASS) == right
        interner = Interner()
        assert interner.number(cell.value) == interner.number(encode(value)) == 0
        assert interner.values == ([token(_large(value, known=False))] if value != [1] else [encode([1])])


@pytest.mark.parametrize(
    "sent", [_large(LONG, known=True), _large(LONG, known=False), [_large(LONG, known=True)], object()]
)
def test_sending_the_digest_is_not_having_the_value(sent) -> None:
    (call,) = make_plan([CallTest("f", (), expect=Returns(_large(LONG, known=True)))]).shared
    assert judge_value(call, _frame(encode(sent))).status is Status.FAIL


@pytest.mark.parametrize("data", [b"", b"?", b"[\xff\xff\xff\x7f", b"[" + struct.pack("<i", 9) + b"i\0\0\0\0" * 8])
def test_bytes_that_are_no_value_fail_against_a_digest(data) -> None:
    (call,) = make_plan([CallTest("f", (), expect=Returns(_large(LONG, known=True)))]).shared
    cell = judge_value(call, _frame(data))
    assert (cell.status, cell.value) == (Status.FAIL, b"")


def test_a_digest_is_compared_exactly_or_not_at_all() -> None:
    large = _large(LONG, known=True)
    with pytest.raises(BadProblem, match="only a digest is known, which can be compared exactly"):
        make_plan([CallTest("f", (), expect=Returns(large, Equality("close", atol=1e-6)))])


def test_a_long_value_and_its_digest_share_a_number_and_the_digest_represents_it() -> None:
    data, large = encode(LONG), _large(LONG, known=True)
    assert len(data) > KEEP_BYTES
    for order in ((data, encode(large), token(large)), (encode(large), data), (token(large), data)):
        interner = Interner()
        assert {interner.number(one, 9 - place) for place, one in enumerate(order)} == {0}
        assert decode(interner.values[0]) == large
        assert len(interner.values[0]) < 100
