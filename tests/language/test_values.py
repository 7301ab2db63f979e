"""Plain data crosses unchanged, everything else crosses as a token that equals nothing."""

from __future__ import annotations

import collections
import dataclasses
import datetime
import decimal
import enum
import fractions
import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from unriddle.language.values import MAX_ITEMS, Fields, Items, Opaque, ValueTooLarge, decode, encode, key

_hashable = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=5)
    | st.binary(max_size=5),
    lambda inside: st.tuples(inside, inside) | st.frozensets(inside, max_size=3),
    max_leaves=6,
)
_text = st.text(st.characters(codec=None, exclude_categories=()), max_size=8)
_plain = st.recursive(
    _hashable | _text | st.floats() | st.complex_numbers() | st.integers(-(2**200), 2**200),
    lambda inside: (
        st.lists(inside, max_size=4)
        | st.tuples(inside)
        | st.dictionaries(_hashable, inside, max_size=3)
        | st.sets(_hashable, max_size=3)
    ),
    max_leaves=15,
)
_library = (
    st.decimals(allow_nan=False)
    | st.fractions()
    | st.dates()
    | st.times()
    | st.datetimes()
    | st.datetimes(timezones=st.timezones().map(lambda _: datetime.timezone(datetime.timedelta(hours=-5, seconds=7))))
    | st.timedeltas()
    | st.builds(range, st.integers(), st.integers(), st.integers(1, 5))
    | st.builds(lambda items: collections.deque(items), st.lists(st.integers(), max_size=4))
    | st.binary().map(bytearray)
)


def _shape(value: object) -> object:
    """A form that tells types, signed zeros and NaN apart."""
    if isinstance(value, dict):
        return (type(value), [(_shape(k), _shape(v)) for k, v in value.items()])
    if isinstance(value, (set, frozenset)):
        return (type(value), sorted(repr(_shape(v)) for v in value))
    if isinstance(value, (list, tuple)):
        return (type(value), [_shape(v) for v in value])
    return (type(value), hex(value) if type(value) is int else repr(value))


@given(_plain)
@example([float("nan"), float("inf"), -0.0, complex(-0.0, math.nan)])
@example("\ud800\udfff")
@example({1: "a", (2, frozenset({3})): {"b": [None, True]}})
@example(-(10**5000))
def test_plain_data_comes_back_the_same_to_the_type_and_the_sign_of_zero(value) -> None:
    assert _shape(decode(encode(value))) == _shape(value)


@given(_library)
def test_library_types_come_back_the_same(value) -> None:
    back = decode(encode([value, (value,)]))
    assert back == [value, (value,)]
    assert type(back[0]) is type(value)


@given(st.sampled_from("?bBhHiIqQefdgFD"), st.lists(st.integers(0, 5), max_size=3))
def test_arrays_and_scalars_come_back_the_same(code, shape) -> None:
    array = np.arange(math.prod(shape)).reshape(shape).astype(code)
    back = decode(encode([array]))[0]
    assert back.dtype == array.dtype
    assert back.shape == array.shape
    assert back.tobytes() == array.tobytes()
    scalar = decode(encode(np.ones((), code)[()]))
    assert scalar.dtype == np.dtype(code)


@pytest.mark.parametrize(
    "array",
    [np.array(["a", "bcd"]), np.array([b"x"]), np.array(["2020-01-01"], "M8[D]"), np.array([1, 2], "m8[s]"),
     np.arange(6).reshape(2, 3).T, np.arange(6)[::2], np.array([[1], "x"], dtype=object), np.array(3.5), np.zeros((2,
     0))],
)  # fmt: skip
def test_arrays_of_other_kinds_and_layouts(array) -> None:
    back = decode(encode(array))
    assert back.shape == array.shape
    assert back.tolist() == array.tolist()


Point = collections.namedtuple("Point", "x y")


@dataclasses.dataclass
class Pair:
    left: object
    right: object


def test_records_cross_by_field() -> None:
    point = decode(encode(Point(1, [2])))
    assert (point.kind, point.type_name, point.names, point.items) == ("namedtuple", "Point", ("x", "y"), (1, [2]))
    pair = decode(encode(Pair(Pair(1, 2), "b")))
    assert pair == Fields(
        "dataclass", "Pair", ("left", "right"), (Fields("dataclass", "Pair", ("left", "right"), (1, 2)), "b")
    )
    assert repr(point) == "Point(x=1, y=[2])"


def test_counters_and_ordered_dicts_cross_as_dicts() -> None:
    for value in (
        collections.Counter("aab"),
        collections.OrderedDict(a=2, b=1),
        collections.defaultdict(int, a=2, b=1),
    ):
        assert decode(encode(value)) == {"a": 2, "b": 1}
        assert type(decode(encode(value))) is dict


@pytest.mark.parametrize("n", [0, 3, MAX_ITEMS - 1, MAX_ITEMS, MAX_ITEMS + 1])
def test_iterators_cross_up_to_a_bound(n) -> None:
    for make in (
        lambda: (i for i in range(n)),
        lambda: iter(range(n)),
        lambda: map(int, range(n)),
        lambda: zip(range(n)),
    ):
        back = decode(encode(make()))
        assert isinstance(back, Items)
        assert len(back.items) == min(n, MAX_ITEMS)
        assert back.cut == (n > MAX_ITEMS)
        assert (key(encode(make())) is None) == (n > MAX_ITEMS)


def test_endless_iterators_and_views() -> None:
    import itertools

    assert decode(encode(itertools.count())).cut
    assert decode(encode({1: 2}.keys())) == Items("dict_keys", (1,))
    assert decode(encode({1: 2}.items())) == Items("dict_items", ((1, 2),))


class Colour(enum.IntEnum):
    RED = 1


class MyInt(int): ...


class MyStr(str): ...


class MyList(list): ...


class MyDict(dict): ...


class MyFloat(float): ...


class MyTuple(tuple): ...


class Odd:
    __slots__ = ()


_NOT_PLAIN = [
    object(), Odd(), Odd, len, lambda: 0, math, ..., NotImplemented, Colour.RED, MyInt(1), MyStr("a"), MyList([1]),
    MyDict(a=1), MyFloat(1.0), MyTuple((1,)), ValueError("x"), memoryview(b"a"), type, np.array([], dtype=[("a",
    "i4")]),
]  # fmt: skip


@pytest.mark.parametrize("value", _NOT_PLAIN, ids=lambda v: type(v).__name__)
def test_what_is_not_plain_equals_nothing(value) -> None:
    back = decode(encode(value))
    assert isinstance(back, Opaque)
    assert back != decode(encode(value))
    assert not back == back  # noqa: SIM201
    for around in (value, [value], (1, value), {"k": value}, collections.deque([value]), Pair(1, value), iter([value])):
        assert key(encode(around)) is None


def test_cycles_end_and_shared_lists_do_not_count_as_cycles() -> None:
    cycle: list[object] = [1]
    cycle.append(cycle)
    back = decode(encode(cycle))
    assert back[0] == 1
    assert isinstance(back[1], Opaque)
    loop: dict[str, object] = {}
    loop["me"] = [loop]
    assert isinstance(decode(encode(loop))["me"][0], Opaque)
    shared = [1, 2]
    assert decode(encode([shared, shared, (shared,)])) == [[1, 2], [1, 2], ([1, 2],)]


@pytest.mark.parametrize("wrap", [lambda v: [v], lambda v: (v,), lambda v: {"k": v}, lambda v: collections.deque([v])])
def test_depth_is_bounded_by_size_alone(wrap) -> None:
    value: object = 1
    for _ in range(100_000):
        value = wrap(value)
    data = encode(value)
    back, depth = decode(data), 0
    while back != 1 if isinstance(back, int) else True:
        back = back["k"] if isinstance(back, dict) else back[0]
        depth += 1
    assert depth == 100_000
    assert key(data) == key(data)


def test_the_limit_is_kept_on_every_path() -> None:
    for value in ("x" * 1000, [1] * 1000, [object()] * 100, collections.deque(range(1000)), np.zeros(1000)):
        with pytest.raises(ValueTooLarge, match="500"):
            encode(value, limit=500)
    assert encode(1, limit=5) == encode(1)


def test_encoding_runs_nothing_of_the_value() -> None:
    class Trap(list):
        def __iter__(self):
            raise AssertionError("asked")

        __len__ = __getitem__ = __eq__ = __hash__ = __reduce__ = __repr__ = __iter__

    assert isinstance(decode(encode([Trap()]))[0], Opaque)


_number = st.booleans() | st.integers(-4, 4) | st.sampled_from([0.0, -0.0, 1.0, 2.5, 1e300, float("inf")])
_number |= st.sampled_from([1 + 0j, 2j, decimal.Decimal("2.5"), decimal.Decimal(1), fractions.Fraction(5, 2)])
_number |= st.sampled_from(
    [fractions.Fraction(1, 3), 1 / 3, decimal.Decimal("1e500"), 10**500, 2**53, 2**53 + 1, 2.0**53]
)
_atom = _number | st.sampled_from(["", "a", b"", b"a", None])
_small = st.recursive(
    _atom,
    lambda inside: (
        st.lists(inside, max_size=2)
        | st.tuples(inside)
        | st.dictionaries(_atom, inside, max_size=2)
        | st.frozensets(_atom, max_size=3)
        | st.sets(_atom, max_size=3)
    ),
    max_leaves=4,
)


@given(_small, _small)
@example([1], [True])
@example({1: 2}, {1.0: 2.0})
@example({True}, frozenset({1.0}))
@example([1], (1,))
@example("a", b"a")
@example(0.0, -0.0)
@example(decimal.Decimal("1e500"), 10**500)
@example(decimal.Decimal("1." + "0" * 40 + "1e500"), decimal.Decimal("1e500"))
@example(2**53 + 1, float(2**53))
@example(fractions.Fraction(1, 3), 1 / 3)
@example(("\0set", ()), set())
@example(("\0nan",), float("nan"))
@example(("\0dict", ()), {})
def test_keys_are_equal_exactly_when_the_values_are(one, other) -> None:
    assert (key(encode(one)) == key(encode(other))) == (one == other)


def test_nan_has_the_key_of_nan_and_of_nothing_else() -> None:
    assert key(encode(math.nan)) == key(encode(-math.nan)) == key(encode(decimal.Decimal("NaN")))
    assert key(encode([math.nan])) != key(encode([None]))


def test_keys_of_library_types_follow_equality() -> None:
    hour = datetime.timezone(datetime.timedelta(hours=1))
    noon = datetime.datetime(2020, 1, 1, 12, tzinfo=datetime.UTC)
    assert key(encode(noon)) == key(encode(noon.astimezone(hour)))
    assert key(encode(noon)) != key(encode(noon.replace(tzinfo=None)))
    assert key(encode(range(0, 3, 2))) == key(encode(range(0, 4, 2)))
    assert key(encode(range(0))) == key(encode(range(5, 5)))
    assert key(encode(range(10**30))) != key(encode(range(10**31)))
    assert key(encode(Point(1, 2))) == key(encode((1, 2)))
    assert key(encode(Pair(1, 2))) != key(encode((1, 2)))
    assert key(encode(bytearray(b"a"))) == key(encode(b"a"))
    assert key(encode(np.float64(2.0))) == key(encode(2))
    assert key(encode(np.array([1, 2]))) == key(encode(np.array([1.0, 2.0])))
    assert key(encode(np.array([1, 2]))) != key(encode([1, 2]))
    assert key(encode(decimal.Decimal("sNaN"))) is not None
