"""extract(): programs read back from every shape a completion may have."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unriddle.problem import Parameter, Problem, Signature
from unriddle.prompt import extract, stop_strings
from unriddle.prompt.fences import fenced_blocks

STUB = 'def add(a, b):\n    """Add.\n\n    >>> add(1, 2)\n    3\n    """\n'
ADD = Problem("add", "Add.", Signature("add", (Parameter("a"), Parameter("b"))), stub=STUB)
PROGRAM = "def add(a, b):\n    return a + b\n"


def test_fenced_block_with_prose_around_it():
    assert extract(f"Sure!\n\n```python\n{PROGRAM}```\nHope it helps.", ADD) == PROGRAM


@pytest.mark.parametrize("word", ["", "python", "py", "Python3"])
def test_any_language_word_opens_a_block(word):
    assert extract(f"```{word}\n{PROGRAM}```", ADD) == PROGRAM


def test_windows_newlines_are_read():
    assert extract(f"```python\n{PROGRAM}```".replace("\n", "\r\n"), ADD) == PROGRAM


def test_unclosed_fence_is_cut_at_the_last_complete_statement():
    text = "```python\ndef add(a, b):\n    total = a + b\n    return total\n\nprint(add(1,"
    assert extract(text, ADD).rstrip() == "def add(a, b):\n    total = a + b\n    return total"


def test_of_several_blocks_the_one_that_defines_the_entry_is_taken():
    text = f"```python\nimport math\n```\nthen\n```python\n{PROGRAM}```\nuse:\n```python\nprint(add(1, 2))\n```"
    assert extract(text, ADD) == PROGRAM


def test_without_a_defining_block_the_last_one_is_taken():
    assert extract("```\nx = 1\n```\n```python\nadd = lambda a, b: a + b\n```", ADD) == "add = lambda a, b: a + b\n"


def test_a_fence_inside_the_programs_docstring_does_not_end_the_block():
    program = 'def add(a, b):\n    """Use:\n\n```\nadd(1, 2)\n```\n    """\n    return a + b\n'
    assert extract(f"```python\n{program}```\nbye", ADD) == program


def test_bare_program_between_prose_is_cut_where_it_stops_being_python():
    text = f"Here is the code:\n\nimport math\n\n{PROGRAM}\nThis adds the two numbers, that's it."
    assert extract(text, ADD).rstrip() == f"import math\n\n{PROGRAM}".rstrip()


@pytest.mark.parametrize(
    "continuation",
    [
        "    return a + b\n",
        "\n    return a + b",
        "return a + b",
        " return a + b",
        "   return a + b",
        "\treturn a + b",
        "    return a + b\n\ndef test():\n    assert add(1, 2) == 3\n",
        "    return a + b\n\nprint(add(1, 2))",
        "    return a + b\n```\nThis adds.",
        "    return a + b\n\n# Example\n# add(1, 2)",
        "    return a + b\n\nif __name__ == '__main__':\n    pass",
    ],
)
def test_continuations_become_the_stub_with_its_body(continuation):
    source = extract(continuation, ADD, style="completion")
    assert source.startswith(STUB)
    (function,) = ast.parse(source).body
    assert ast.unparse(function.body[-1]) == "return a + b"


def test_first_line_that_lost_its_indentation_keeps_the_rest_in_place():
    text = "for x in a:\n        if x:\n            return x\n    return b"
    body = extract(text, ADD, style="completion").removeprefix(STUB)
    assert body == "    for x in a:\n        if x:\n            return x\n    return b\n"


def test_a_body_written_at_column_zero_is_indented():
    text = "for x in a:\n    if x:\n        return x\nreturn b"
    body = extract(text, ADD, style="completion").removeprefix(STUB)
    assert body == "    for x in a:\n        if x:\n            return x\n    return b\n"


def test_multi_line_strings_and_brackets_may_reach_column_zero():
    text = '    text = """\nfree\n"""\n    return [\n1,\n2,\n]\n\nprint(1)'
    body = extract(text, ADD, style="completion").removeprefix(STUB)
    assert body == '    text = """\nfree\n"""\n    return [\n1,\n2,\n]\n'


def test_truncated_continuation_is_cut_at_the_last_complete_line():
    source = extract("    total = a + b\n    return (total +", ADD, style="completion")
    assert source == STUB + "    total = a + b\n"


def test_fence_that_only_closes_leaves_the_stub():
    source = extract("```\n\nThis function adds two numbers.", ADD, style="completion")
    assert "This function" not in source


def test_imports_and_helpers_of_the_stub_are_put_before_a_chat_answer():
    stub = "from typing import List\n\nLIMIT = 3\n\n\ndef helper(x):\n    return x\n\n\n" + STUB
    problem = Problem("add", "", Signature("add"), stub=stub)
    source = extract(f"```python\n{PROGRAM}```", problem)
    assert source.endswith(PROGRAM)
    assert [type(node).__name__ for node in ast.parse(source).body] == [
        "ImportFrom",
        "Assign",
        "FunctionDef",
        "FunctionDef",
    ]


def test_what_the_answer_brings_itself_is_not_repeated():
    problem = Problem("add", "", Signature("add"), stub="from typing import List\n\n\n" + STUB)
    program = "from typing import List\n\n\n" + PROGRAM
    assert extract(f"```python\n{program}```", problem) == program


def test_context_is_put_before_once():
    problem = Problem("add", "", Signature("add"), stub=STUB, context="class Node:\n    pass\n")
    once = extract(f"```\n{PROGRAM}```", problem)
    assert once == "class Node:\n    pass\n\n\n" + PROGRAM
    assert extract(f"```\n{once}```", problem).count("class Node") == 1


def test_few_shot_markers_end_the_program():
    text = f"{PROGRAM}[DONE]\n\nTask: next"
    assert extract(text, ADD, style="few_shot").rstrip() == PROGRAM.rstrip()
    assert extract(f"[BEGIN]\n{text}", ADD, style="few_shot").rstrip() == PROGRAM.rstrip()


def test_blocks_know_whether_they_were_closed():
    blocks = fenced_blocks("```py\na = 1\n```\n~~~\n```\nb = 2")
    assert [(b.language, b.code, b.closed) for b in blocks] == [("py", "a = 1\n", True), ("", "b = 2\n", False)]


def test_endless_garbage_is_read_in_reasonable_work():
    """A model that never stops must not stop the search: these took minutes when every prefix was parsed."""
    for text in ("this is prose, really\n" * 20_000, "def add(a, b):\n    return 1\n" + "more prose here\n" * 5000):
        assert isinstance(extract(text, ADD, style="completion"), str)
    assert extract("def add(a, b):\n    return 1\n" + "more prose\n" * 5000, ADD) == "def add(a, b):\n    return 1\n"


def test_deep_nesting_is_only_unreadable():
    for text in ("(" * 100_000, "    return " + "-" * 100_000 + "1", "    return '\ud800'", "    return 1\0"):
        assert isinstance(extract(text, ADD, style="completion"), str)


def test_stop_strings_by_style():
    assert "\ndef " in stop_strings(style="completion")
    assert stop_strings(style="chat") == ("\n```\n\n",)
    assert stop_strings(style="few_shot", end="</s>") == ("</s>",)


line = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0`"), max_size=12)
statement = st.one_of(
    st.just("x = 1"),
    st.integers(-99, 99).map(lambda i: f"y = {i}"),
    line.map(lambda text: f"z = {text!r}"),
    line.map(lambda text: "# " + "".join(c for c in text if c.isprintable())),
)


@given(st.lists(statement, max_size=5))
def test_extract_gives_back_a_fenced_program(statements):
    body = "".join(f"    {text}\n" for text in statements)
    program = f"def add(a, b):\n{body}    return a + b\n"
    assert extract(f"```python\n{program}```", ADD) == program
    assert extract(f"Look:\n```\n{program}```\n\nend", ADD, style="chat") == program


pieces = st.sampled_from(
    [
        "```",
        "```python\n",
        "\n",
        "    ",
        "def add(",
        "return",
        '"""',
        "[DONE]",
        "(",
        "]",
        "\t",
        "\0",
        "é",
        "class add:",
        "#",
    ]
)


@given(st.one_of(st.text(max_size=200), st.lists(pieces, max_size=30).map("".join)))
def test_garbage_never_raises(text):
    for style in ("completion", "chat", "few_shot"):
        assert isinstance(extract(text, ADD, style=style), str)
