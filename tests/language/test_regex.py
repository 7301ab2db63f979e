from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unriddle.errors import BadInput
from unriddle.language.regex import (
    ALPHABET,
    Chars,
    Either,
    Regex,
    Repeat,
    Row,
    Strings,
    full_match,
    parse_regex,
    regex_text,
)

CHARS = st.sets(st.sampled_from("abcAB019-^]\\."), min_size=1, max_size=5).map(lambda s: Chars(frozenset(s)))


def _repeat(body: st.SearchStrategy[Regex]) -> st.SearchStrategy[Regex]:
    counts = st.tuples(st.integers(0, 3), st.none() | st.integers(0, 3))
    return st.tuples(body, counts).map(lambda x: Repeat(x[0], x[1][0], None if x[1][1] is None else x[1][0] + x[1][1]))


REGEXES = st.recursive(
    CHARS | _repeat(CHARS),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3).map(lambda x: Row(tuple(x)))
        | st.lists(inner, min_size=2, max_size=3).map(lambda x: Either(tuple(x)))
        | _repeat(inner)
    ),
    max_leaves=5,
)
TEXTS = st.lists(st.text(alphabet="abcAB019-^]\\.", max_size=8), min_size=1, max_size=12)


@given(regex=REGEXES, texts=TEXTS)
@settings(max_examples=400, deadline=None)
def test_matching_agrees_with_pythons_engine(regex: Regex, texts: list[str]) -> None:
    text = regex_text(regex)
    want = [re.fullmatch(text, s) is not None for s in texts]
    assert full_match(regex, Strings.of(texts)).tolist() == want
    assert full_match(parse_regex(text), Strings.of(texts)).tolist() == want


@pytest.mark.parametrize(
    "text",
    [
        "a{2}",
        "[a-z]{2,}x?",
        r"\d{3}-\w+",
        "(ab|c)*",
        "(?:a|b)c",
        "[^a-z]",
        ".{1,3}",
        "a|",
        "",
        r"\.\[",
        "[a-]",
        "[]-a]x",
    ],
)
def test_texts_are_read_as_python_reads_them(text: str) -> None:
    texts = ["", "a", "aa", "ab", "abc", "abcx", "123-x", "c", "ac", "Z", "a-", "-", ".[", "abab", "-x", "9_"]
    if text == "[]-a]x":  # Python takes the first ] as a character; here a class is never empty
        with pytest.raises(BadInput):
            parse_regex(text)
        return
    want = [re.fullmatch(text, s) is not None for s in texts]
    assert full_match(parse_regex(text), Strings.of(texts)).tolist() == want


@pytest.mark.parametrize(
    "text", ["a{", "a{,2}", "a{3,2}", "a{999}", "(a", "a)", "[z-a]", "[", "\\q", "a b", "*a", "é", "^a", "(" * 30]
)
def test_what_is_not_of_the_family_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="regex"):
        parse_regex(text)


def test_nested_repeats_cost_no_more_time_than_others() -> None:
    regex = parse_regex("((a*)*)*b")
    began = time.process_time()
    assert not full_match(regex, Strings.of(["a" * 60])).any()
    assert full_match(parse_regex("((((a?){64}){64}){64}){64}"), Strings.of(["", "a" * 60, "b"])).tolist() == [
        True,
        True,
        False,
    ]
    assert time.process_time() - began < 20  # a backtracking engine needs longer than anybody waits


def test_edges() -> None:
    assert full_match(parse_regex("a"), Strings.of([])).shape == (0,)
    assert full_match(parse_regex("."), Strings.of(["é", " ", "~", "!", "\x7f", "😀"])).tolist() == [
        False,
        False,
        True,
        True,
        False,
        False,
    ]
    assert full_match(parse_regex("a{62}"), Strings.of(["a" * 62, "a" * 61])).tolist() == [True, False]
    with pytest.raises(BadInput, match="62 characters"):
        Strings.of(["a" * 63])
    assert len(ALPHABET) == 94
