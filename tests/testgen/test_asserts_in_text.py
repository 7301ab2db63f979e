import pytest
from hypothesis import given
from hypothesis import strategies as st

from unriddle.errors import BadInput
from unriddle.problem import CallTest, CodeTest
from unriddle.testgen.asserts_in_text import asserts_in, count_tests, read_tests, text_of_test


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("f(1) == 2\nassert f(2) == 3", ["assert f(1) == 2", "assert f(2) == 3"]),
        ("\n\n", []),
        ("\n    f([], 1) == False, 'Empty list'\nassert \n    f([1], 1) == True", None),
        ("____, 'f should'", []),
        ("f(1) == 2\n\n# more\nassert g(1) == 2", ["assert f(1) == 2"]),
        ("f(1) == 2\nprint(f(1))", ["assert f(1) == 2"]),
        ("f(1) == 2\nf(2) == 3", []),
        ("f(1) == (2", []),
        ("f == 3", []),
        ("(f(1) == 2)", ["assert f(1) == 2"]),
        ("f('assert x') == 'a'", []),
        ("f('''\n1 2\n''') == '3'", ["assert f('\\n1 2\\n') == '3'"]),
    ],
)
def test_what_counts_as_an_assert(text, expected):
    found = asserts_in(text, "f")
    assert found == (["assert f([], 1) == False", "assert f([1], 1) == True"] if expected is None else expected)


def test_only_the_first_five_of_a_draw_count():
    text = "\nassert ".join(f"f({i}) == {i}" for i in range(9))
    assert len(asserts_in(text, "f")) == 5
    assert len(asserts_in(text, "f", limit=None)) == 9
    with pytest.raises(BadInput, match="limit"):
        asserts_in(text, "f", limit=0)


def test_an_entry_that_is_part_of_another_name_is_not_called():
    assert asserts_in("buff(1) == 2", "f") == []


def test_calls_with_literals_become_call_tests_and_the_rest_code():
    tests = read_tests(["f(1) == 2\nassert f(1) == g(1)"], "f")
    assert [type(test) for test in tests] == [CallTest, CodeTest]


def test_multiplicity_is_kept_and_counted():
    tests = read_tests(["f(1) == 2", "f(1)==2\nassert f(1) == 3", ""], "f")
    distinct, counts = count_tests(tests)
    assert [text_of_test(test) for test in distinct] == ["assert f(1) == 2", "assert f(1) == 3"]
    assert counts.tolist() == [2, 1]


def test_no_tests():
    assert read_tests([], "f") == []
    assert count_tests([])[1].shape == (0,)


@given(st.text(alphabet="assert f(1)=2\n#'\"[", max_size=80))
def test_any_text_is_read_without_an_error_and_what_is_found_is_found_again(text):
    found = asserts_in(text, "f", limit=None)
    for line in found:
        assert asserts_in(line, "f") == [line]
