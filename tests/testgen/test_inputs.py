from __future__ import annotations

import copy
import math
from collections import deque

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unriddle.errors import BadInput
from unriddle.language.python import signature
from unriddle.language.values import encode, key
from unriddle.problem import Parameter, Signature
from unriddle.testgen.draw import boundary, draw
from unriddle.testgen.inputs import argument_kinds, generate_inputs, harvest
from unriddle.testgen.kinds import ANY, Kind, fits, kind_of_annotation, kind_of_values, merge
from unriddle.testgen.mutate import mutate

ANNOTATIONS = [
    "int",
    "float",
    "str",
    "bool",
    "bytes",
    "None",
    "List[int]",
    "list[list[str]]",
    "Optional[int]",
    "int | str | None",
    "Tuple[int, str]",
    "tuple[int, ...]",
    "Dict[str, List[float]]",
    "typing.Set[str]",
    "frozenset[int]",
    "'List[int]'",
    "Literal['a', 3]",
    "Sequence[Tuple[int, int]]",
    "Deque[int]",
    "complex",
]


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("annotation", ANNOTATIONS)
def test_everything_made_for_an_annotation_is_of_its_kind(annotation: str) -> None:
    kind = kind_of_annotation(annotation)
    assert not kind.vague
    f = Signature("f", (Parameter("x", annotation),))
    made = generate_inputs(f, [], n=60, rng=rng())
    assert made
    assert all(len(args) == 1 and fits(args[0], kind) for args in made)
    assert all(fits(value, kind) for value in boundary(kind))


@pytest.mark.parametrize("text", ["", "Any", "Callable[[int], int]", "not an annotation", "T", "1 +", "x[", "MyClass"])
def test_what_is_not_understood_is_any(text: str) -> None:
    assert kind_of_annotation(text) == ANY


def test_known_inputs_tell_types_when_annotations_are_missing() -> None:
    kinds = argument_kinds(signature("def f(a, b, c=None): ..."), [([1, 2], "x"), ([], "y")])
    assert kinds == (Kind("list", (Kind("int"),)), Kind("str"))


def test_a_bare_annotation_is_filled_in_from_known_inputs() -> None:
    (kind,) = argument_kinds(signature("def f(a: list): ..."), [([(1, "a")],)])
    assert kind == Kind("list", (Kind("row", (Kind("int"), Kind("str"))),))


def test_an_annotation_that_known_inputs_contradict_is_widened() -> None:
    (kind,) = argument_kinds(signature("def f(a: int): ..."), [("text",)])
    assert fits("other", kind)
    assert fits(3, kind)


def test_a_default_tells_the_type() -> None:
    assert argument_kinds(signature("def f(k=2.5): ..."), []) == (Kind("float"),)


def test_star_parameters_take_as_many_as_were_known() -> None:
    assert len(argument_kinds(signature("def f(a, *rest): ..."), [(1, 2, 3), (1,)])) == 3
    assert len(argument_kinds(signature("def f(*, k=1): ..."), [])) == 0


def test_too_many_known_arguments_are_refused() -> None:
    with pytest.raises(BadInput, match="takes 1 arguments"):
        generate_inputs(signature("def f(a): ..."), [(1, 2)], n=3, rng=rng())
    with pytest.raises(BadInput, match="n must be"):
        generate_inputs(signature("def f(a): ..."), [], n=-1, rng=rng())


def test_merged_kinds_take_what_either_takes() -> None:
    kind = merge([kind_of_values([1, None]), kind_of_values(["a"]), ANY])
    assert all(fits(v, kind) for v in (1, None, "a"))
    assert not fits([1], kind)
    assert merge([kind_of_values([(1, 2)]), kind_of_values([(1, 2, 3)])]).name == "tuple"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(max_size=3), inner, max_size=3)
        | st.sets(st.integers(), max_size=4)
    ),
    max_leaves=8,
)


@given(value=VALUES, seed=st.integers(0, 1000))
@settings(max_examples=150, deadline=None)
def test_a_mutation_keeps_the_type_and_leaves_the_value_alone(value: object, seed: int) -> None:
    before = copy.deepcopy(value)
    changed = mutate(value, rng=rng(seed), pool={})
    assert type(changed) is type(value)
    assert value == before


@given(known=st.lists(st.tuples(VALUES, VALUES), max_size=4), seed=st.integers(0, 100))
@settings(max_examples=60, deadline=None)
def test_inputs_are_distinct_reproducible_new_and_of_the_kind(known: list[tuple[object, ...]], seed: int) -> None:
    f = Signature("f", (Parameter("x"), Parameter("y")))
    first = generate_inputs(f, known, n=15, rng=rng(seed))
    again = generate_inputs(f, known, n=15, rng=rng(seed))
    assert [encode(args) for args in first] == [encode(args) for args in again]
    names = [key(encode(args)) for args in [*{key(encode(a)): a for a in known}.values(), *first]]
    assert len(set(names)) == len(names)
    if known:
        kinds = argument_kinds(f, known)
        assert all(fits(args[0], kinds[0]) and fits(args[1], kinds[1]) for args in first)


def test_few_values_give_few_inputs() -> None:
    f = Signature("f", (Parameter("a", "bool"), Parameter("b", "bool")))
    assert len(generate_inputs(f, [(True, True)], n=50, rng=rng())) == 3
    assert generate_inputs(Signature("f"), [], n=5, rng=rng()) == [()]
    assert generate_inputs(f, [], n=0, rng=rng()) == []


def test_many_inputs_can_be_had_and_sizes_grow() -> None:
    made = generate_inputs(signature("def f(xs: List[int]): ..."), [], n=400, rng=rng())
    lengths = [len(args[0]) for args in made]
    assert len(made) == 400
    assert max(lengths) <= 12
    assert np.mean(lengths[:100]) < np.mean(lengths[-100:])


def test_constants_of_the_programs_are_mixed_in_and_nothing_runs() -> None:
    source = "raise SystemExit('never run')\ndef f(s):\n    return s == 'open sesame' or s == b'x' or 4711"
    assert harvest([source, "def broken(:"]) == {
        "str": ["never run", "open sesame"],
        "bytes": [b"x"],
        "int": [4711],
    }
    made = generate_inputs(signature("def f(s: str): ..."), [], n=80, rng=rng(), sources=[source])
    assert ("open sesame",) in made


def test_special_floats_and_extremes_only_when_asked_for() -> None:
    f = signature("def f(x: float, n: int): ...")
    plain = generate_inputs(f, [], n=200, rng=rng())
    assert all(math.isfinite(x) and abs(n) < 1000 for x, n in plain)
    special = generate_inputs(f, [], n=200, rng=rng(), special_floats=True, extremes=True)
    assert any(math.isnan(x) for x, _ in special)
    assert any(n == 2**63 for _, n in special)


def test_what_comes_back_is_nobody_elses() -> None:
    known = [([1, 2],)]
    made = generate_inputs(signature("def f(a): ..."), known, n=20, rng=rng())
    for (items,) in made:
        items.append(99)
    assert known == [([1, 2],)]


def test_unhashable_keys_do_not_happen() -> None:
    kind = Kind("set", (Kind("list", (Kind("int"),)),))
    assert all(isinstance(item, tuple) for item in draw(kind, size=6, rng=rng(1), pool={}))
    value = {(1, ()): 2}
    for seed in range(50):
        assert isinstance(mutate(value, rng=rng(seed), pool={}), dict)
    assert isinstance(mutate(deque([1]), rng=rng(), pool={}), deque)
