import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unriddle.language.truncate import complete_statements


@pytest.mark.parametrize(
    ("cut", "kept"),
    [
        ("def f(x):\n    y = 1\n    return (x +", "def f(x):\n    y = 1\n"),
        ("def f(x):\n    return x\n\ndef g(", "def f(x):\n    return x\n\n"),
        ("def f(x):\n    if x:\n", ""),
        ("def f(x):\n    try:\n        y = 1\n    exc", ""),
        ("def f(x):\n    s = '''abc\ndef", ""),
        ("x = 1\ns = '''abc\ndef\n", "x = 1\n"),
        ("def f(x):\n    return x", "def f(x):\n    return x"),
        ("", ""),
        ("# only a comment", ""),
        ("\0", ""),
    ],
)
def test_complete_statements_cut_the_unfinished_tail(cut, kept):
    assert complete_statements(cut) == kept


@given(st.text(alphabet="def (x):\n\treturn+'\"#\\1if", max_size=80))
def test_complete_statements_parse_or_are_empty(text):
    kept = complete_statements(text)
    assert text.startswith(kept)
    ast.parse(kept)
