"""What a written test expects, as source."""

from unriddle.testgen.expected import assertion


def test_a_comparison_is_set_in_brackets_before_it_is_compared_again() -> None:
    assert assertion("1 in xs", False) == "assert (1 in xs) is False"
    assert assertion("a == [2]", None) == "assert (a == [2]) is None"
    assert assertion("f(a == 2)", 1) == "assert f(a == 2) == 1"


def test_hashes_and_names_of_the_sandbox_are_not_written() -> None:
    assert assertion("hash(x)", 5) is None
    assert assertion("repr(x.kind)", "<class 'candidate.Stack'>") is None
