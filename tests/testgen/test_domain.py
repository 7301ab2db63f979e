import pytest

from unriddle.testgen.domain import infer_domain

KNOWN = [([1, 2, 3], "ab", 1), ([4, 6], "cd e", 0), ([5], "x", 1), ([2, 3, 9, 11], "qq", 4), ([7, 8], "a", 2)]


@pytest.mark.parametrize(
    ("args", "allowed"),
    [
        (([1, 2], "abc", 2), True),
        (([], "abc", 0), False),  # never empty
        (([3, 2], "abc", 0), False),  # always in order
        (([2, 2], "abc", 0), False),  # always distinct
        (([1, 2], "ABC", 0), False),  # small letters and spaces only
        (([1, 2], "", 0), False),
        (([1, 2], "abc", 3), False),  # never larger than the length
        (([-1, 2], "abc", 0), False),
        (([1, 2], "abc", -1), False),
        (([10**10], "abc", 0), False),
    ],
)
def test_conditions_that_all_known_inputs_share_are_asked_of_new_ones(args, allowed):
    assert infer_domain(KNOWN).accepts(args) is allowed


def test_known_inputs_are_always_accepted():
    assert all(infer_domain(KNOWN).accepts(args) for args in KNOWN)


def test_conditions_are_said_in_words():
    words = infer_domain(KNOWN, names=["xs", "text", "i"]).words
    assert "xs is in ascending order" in words
    assert "i is not larger than the length of xs" in words
    assert "text has only lower-case letters, ' '" in words


def test_few_known_inputs_forbid_little():
    assert infer_domain([([1],)]).words == []
    assert infer_domain([]).accepts(([],))
    assert infer_domain([([1, 2],), ([3, 1],)]).accepts(([],))


def test_digits_that_are_only_ones_and_zeros_stay_so():
    domain = infer_domain([("010",), ("11",), ("1010",)])
    assert domain.accepts(("0001",))
    assert not domain.accepts(("012",))


def test_equal_lengths_are_kept():
    domain = infer_domain([([1], [2]), ([1, 2], [3, 4]), ([], []), ([5, 5, 5], [1, 1, 1])])
    assert domain.accepts(([1, 2], [2, 2]))
    assert not domain.accepts(([1, 2], [2]))


def test_nothing_is_asked_where_values_are_of_several_kinds():
    domain = infer_domain([(1,), ("a",), (None,), ([2],)])
    assert domain.accepts((-5,))
    assert domain.accepts(({},))
