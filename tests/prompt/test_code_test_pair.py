"""Code and test as one text: it comes apart again to the letter, and a prompt is cut inside the code only."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unriddle.errors import BadInput
from unriddle.prompt.code_test_pair import SEPARATOR, format_pair, parse_pair, prompt_for_test

TEXTS = st.text().filter(lambda text: SEPARATOR not in text)


@given(TEXTS, TEXTS)
def test_round_trip(code, test):
    assert parse_pair(format_pair(code, test)) == (code, test)


@pytest.mark.parametrize("text", ["", "no separator", SEPARATOR * 2])
def test_texts_that_are_no_pair(text):
    with pytest.raises(BadInput, match="exactly once"):
        parse_pair(text)


def test_a_file_that_holds_the_separator_is_refused():
    with pytest.raises(BadInput, match="code must not hold"):
        format_pair(f"x = '{SEPARATOR}'", "")


@given(st.lists(st.text("abc", max_size=9), max_size=30), st.text("xyz", max_size=30), st.integers(48, 200))
def test_only_lines_of_the_code_are_cut_and_as_few_as_possible(lines, begun, room):
    code = "\n".join(lines)
    made = prompt_for_test(code, begun, max_tokens=room)
    kept, test = parse_pair(made.text)
    assert test == begun
    assert len(made.text) <= room
    assert kept == "".join(code.splitlines(keepends=True)[made.n_cut :])
    if made.n_cut:
        assert len(format_pair("".join(code.splitlines(keepends=True)[made.n_cut - 1 :]), begun)) > room


def test_a_test_file_that_does_not_fit_is_an_error():
    with pytest.raises(BadInput, match="the test file alone has"):
        prompt_for_test("code", "x" * 100, max_tokens=50)


def test_without_code_the_prompt_begins_with_the_separator():
    assert prompt_for_test(None, "assert").text == f"{SEPARATOR}assert"
