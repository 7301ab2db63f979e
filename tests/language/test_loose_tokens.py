"""The lexer of text that need not be Python, and the distance of programs."""

import io
import itertools
import sysconfig
import tokenize
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unriddle.language.loose_tokens import essential_tokens, loose_tokens, symbols, token_distance


@pytest.mark.parametrize("name", ["textwrap.py", "bisect.py", "colorsys.py", "heapq.py"])
def test_tokens_of_python_are_those_of_the_standard_lexer(name):
    source = (Path(sysconfig.get_paths()["stdlib"]) / name).read_text(encoding="utf-8")
    skipped = {tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
    wanted = [t.string for t in tokenize.generate_tokens(io.StringIO(source).readline) if t.type not in skipped]
    assert [t.text for t in loose_tokens(source) if t.kind not in ("newline", "indent")] == wanted


@given(st.text(alphabet="ab1 \t\n'\"\\()[]{}:=#.,+“é", max_size=60))
def test_tokens_cover_any_text_and_know_their_places(text):
    tokens = loose_tokens(text)
    assert all(text[t.start : t.end] == t.text for t in tokens)
    assert all(a.end <= b.start for a, b in itertools.pairwise(tokens))
    covered = "".join(t.text for t in tokens)
    assert [c for c in covered if not c.isspace()] == [c for c in text if not c.isspace()]
    assert all(text[: t.start].count("\n") + 1 == t.line for t in tokens)


def test_an_open_text_ends_with_its_line():
    tokens = loose_tokens("x = 'abc\ny = 2")
    assert [(t.kind, t.text) for t in tokens if t.kind == "open_string"] == [("open_string", "'abc")]
    assert tokens[-1].text == "2"


def test_layout_and_comments_do_not_count_but_indentation_does():
    assert essential_tokens("if x :  # why\n\n    y\n") == essential_tokens("if x:\n    y")
    assert essential_tokens("if x:\n    y") != essential_tokens("if x:\n  y")


def test_symbols_tell_whether_a_line_is_deeper():
    row = [s for s, _ in symbols(loose_tokens("def f(a):\n    return a\nx = 3"))]
    assert row == ["NL=", "def", "N", "(", "N", ")", ":", "NL>", "return", "N", "NL<", "N", "=", "0"]


def _slow_distance(a, b):
    if not a or not b:
        return len(a) + len(b)
    return min(
        _slow_distance(a[1:], b) + 1, _slow_distance(a, b[1:]) + 1, _slow_distance(a[1:], b[1:]) + (a[0] != b[0])
    )


@given(st.lists(st.sampled_from("ab"), max_size=5), st.lists(st.sampled_from("abc"), max_size=5))
def test_distance_is_that_of_its_definition(a, b):
    assert token_distance(a, b) == _slow_distance(a, b)
