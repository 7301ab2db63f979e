"""All small inputs, the smallest first."""

from itertools import product

from unriddle.testgen.kinds import Kind, fits, kind_of_annotation
from unriddle.testgen.small_scope import small_inputs, small_values


def test_every_small_list_comes_and_shorter_ones_first() -> None:
    found = small_values(kind_of_annotation("list[bool]"), limit=15)
    assert sorted(map(str, found)) == sorted(str(list(x)) for n in range(4) for x in product([False, True], repeat=n))
    assert [len(x) for x in found] == sorted(len(x) for x in found)


def test_values_are_of_their_kind_and_distinct() -> None:
    for text in ("dict[str, list[int]]", "tuple[int, str] | None", "set[int]", "list[tuple[int, bool]]"):
        kind = kind_of_annotation(text)
        found = small_values(kind, limit=300)
        assert len(found) > 20
        assert all(fits(value, kind) for value in found)
        assert len({repr(value) for value in found}) == len(found)


def test_constants_count_as_small() -> None:
    pool = {"int": [700], "str": ["key"]}
    assert {699, 700, 701} <= set(small_values(Kind("int"), pool=pool, limit=20))
    assert "key" in small_values(Kind("str"), pool=pool, limit=60)


def test_no_arguments_are_one_input() -> None:
    assert list(small_inputs([])) == [()]
