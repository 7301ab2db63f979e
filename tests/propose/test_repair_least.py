"""A repair is written into the user's text: everything that did not change stays as it was."""

import ast

import pytest

from unriddle.errors import BadProblem
from unriddle.propose.repair import edits
from unriddle.propose.repair_least import least_change

ROWS = """def table(rows, sep=", "):
    lines = [
        sep.join(["name", 'size']),   # the head
        *(sep.join(str(x) for x in row) for row in rows),   # then the rows
        "-" * 0x0A,   # ten of them
        total(rows, deep = True),
    ]
    if (len(rows)   # how many
            < 3 and
            sep):
        lines.append("few")
    rows[0] += 1   # in place
    return "\\n".join(lines)
"""


def changed(old, new):
    """What an edit does: the statement with the change is printed anew."""
    assert ROWS.count(old) == 1
    return ast.unparse(ast.parse(ROWS.replace(old, new)))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("0x0A", "11"),
        ('"-" * 0x0A', '"-" + 0x0A'),
        ("< 3", ">= 3"),
        ("and\n", "or\n"),
        ("for row in rows)", "for row in lines)"),
        ("rows[0] += 1", "rows[0] -= 1"),
        ("rows[0] += 1", "rows[1] += 1"),
        ("total(rows, deep", "total(sep, deep"),
        ('lines.append("few")', 'lines.insert("few")'),
        ('lines.append("few")', 'lines.append("few", 0)'),
        ("[\"name\", 'size']", '["name"]'),
        ("str(x)", "repr(x)"),
    ],
)
def test_only_what_differs_is_replaced(old, new):
    assert least_change(ROWS, changed(old, new)) == ROWS.replace(old, new)


def test_new_text_takes_the_quotes_of_the_program():
    assert least_change('f("a", g("b"))\n', "f('a', h('c'))\n") == 'f("a", h("c"))\n'
    assert least_change("f('a', g)\n", "f('a', g, 'b')\n") == "f('a', g, 'b')\n"
    assert least_change('f("a", 0)\n', """f("a", 'say "b"')\n""") == """f("a", 'say "b"')\n"""


def test_brackets_appear_where_the_meaning_needs_them():
    assert least_change("y = a * b  # area\n", "y = a * (b + 1)\n") == "y = a * (b + 1)  # area\n"
    assert least_change("y = f(a)  # one\n", "y = f(a + 1)\n") == "y = f(a + 1)  # one\n"


def test_other_changes_stay_as_the_edit_made_them():
    more = "def f(x):\n    y = 1\n    return x\n"
    assert least_change("def f(x):\n    return x\n", more) == more
    with pytest.raises(BadProblem):
        least_change("def f(:\n", more)


def test_umlauts_and_carriage_returns_do_not_move_places():
    source = "def f(größe):\r\n    return größe + 1  # ä\r\n"
    made = least_change(source, "def f(größe):\n    return größe - 1\n")
    assert made == source.replace("+", "-")


def test_every_edit_keeps_its_meaning():
    n_whole = 0
    for edit in edits(ROWS)[::10]:
        made = least_change(ROWS, edit.source)
        assert ast.dump(ast.parse(made)) == ast.dump(ast.parse(edit.source))
        n_whole += made.count("#") == ROWS.count("#")
    assert n_whole > 20
