"""content_key is the same in every process, and differs when the content does."""

import os
import subprocess
import sys

import pytest

from unriddle.outcome import Limits
from unriddle.problem import CallTest, Returns
from unriddle.store import content_key

CODE = """
from unriddle.store import content_key
print(content_key({"a", "b", "c"}, [{"x": {1.5, "y"}}], frozenset("abcdef")))
"""


def test_it_does_not_depend_on_the_hash_seed() -> None:
    keys = {
        subprocess.run(
            [sys.executable, "-c", CODE],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(keys) == 1


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (1, 1.0),
        (True, 1),
        ("1", 1),
        ([1], (1,)),
        ({1}, [1]),
        ({"a": 1}, {"a": 2}),
        (Limits(), Limits(cpu_seconds=2)),
        (CallTest("f", (1,)), CallTest("f", (2,))),
        (CallTest("f", ({"a"},)), CallTest("f", ({"b"},))),
        (Returns(None), None),
        ("\udc80", "\udc81"),
        (10**9999, 10**9999 + 1),
        ([[10**9999], 1], [[10**9999], 2]),
        (-5, 5),
        (CallTest("f", ({"{}"},)), CallTest("f", ({"{"},))),
    ],
    ids=lambda value: "",
)
def test_different_content_has_different_keys(a: object, b: object) -> None:
    assert content_key(a) != content_key(b)


def test_equal_content_has_equal_keys() -> None:
    assert content_key(CallTest("f", ({3, 1},), {"k": 1})) == content_key(CallTest("f", ({1, 3},), {"k": 1}))


@pytest.mark.parametrize(
    ("a", "b"),
    [([1.0], [1]), ([True], [1]), ([[1], [2]], [(1,), [2]]), (["a"], [b"a"]), ([0.0], [-0.0]), ([None], [0])],
)
def test_types_count_inside_sequences(a: object, b: object) -> None:
    assert content_key(a) != content_key(b)


def test_equal_strings_are_equal_whether_shared_or_not() -> None:
    once = "".join(["a", "b c"])
    assert content_key([once, once]) == content_key(["ab c", "".join(["ab", " c"])])


def test_a_very_deep_list_has_a_key() -> None:
    deep: list[object] = []
    for _ in range(500):
        deep = [deep]
    assert len(content_key(deep)) == 32


def test_lists_of_tests_differ_where_one_field_does() -> None:
    def key(third: CallTest) -> str:
        return content_key([CallTest("f", (1,), expect=Returns({2, 3})), CallTest("f", (2,)), third])

    keys = {
        key(CallTest("f", (3,))),
        key(CallTest("f", ([3],))),
        key(CallTest("g", (3,))),
        key(CallTest("f", (3,), expect=Returns(None))),
        key(CallTest("f", (3,), isolated=True)),
        key(CallTest("f", (3,), {"k": {}})),
    }
    assert len(keys) == 6
    assert key(CallTest("f", (3,))) == key(CallTest("f", (3,)))
