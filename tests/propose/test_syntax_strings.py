"""Edits inside texts and numbers, and what no edit does: throw away what stands for something."""

import re

import pytest

from unriddle.language.syntax_error import normal_form, syntax_problem
from unriddle.methods.pyfixv import load_repairers
from unriddle.propose.syntax_edits import Scene, apply
from unriddle.propose.syntax_repair import edits_of, propose_fixes


@pytest.fixture(scope="module")
def model():
    return load_repairers().first


@pytest.mark.parametrize(
    ("broken", "right"),
    [
        ("print(f'hello {name')\n", "print(f'hello {name}')\n"),
        ("print(f'hello name}')\n", "print(f'hello {name}')\n"),
        ('x = f"{a.b(1)} {c"\n', 'x = f"{a.b(1)} {c}"\n'),
        ("x = 007\nprint(x)\n", "x = 7\nprint(x)\n"),
        ("x = 3;;\n", "x = 3;\n"),
    ],
)
def test_texts_and_numbers_are_mended(broken, right, model):
    assert normal_form(propose_fixes(broken, model=model)[0].source) == normal_form(right)


@pytest.mark.parametrize(
    "broken",
    ["x = first second\n", "print('a' 5)\n", "f(2, nd))\n", "y = 1\n'''Doc.\nz = 1\n", "y = f'{a' b\n"],
)
def test_names_numbers_and_texts_are_never_thrown_away(broken, model):
    letters = re.findall(r"\w", re.sub(r"\b(and|as|def|else|for|if|import|in|is|not|or|pass)\b", "", broken))
    for fix in propose_fixes(broken, model=model, n=100):
        left = re.findall(r"\w", fix.source)
        assert all(left.count(letter) >= letters.count(letter) for letter in letters), fix.source


def test_nothing_is_put_inside_a_word(model):
    for broken in ("for i in 1..10:\n    pass\n", "x = 2nd\n", "print('it's me')\n"):
        texts = {fix.source for fix in propose_fixes(broken, model=model)}
        assert not texts & {"for i in 1.,.10:\n    pass\n", "x = 2,nd\n", "print('it''s me')\n"}


def test_an_apostrophe_can_get_a_backslash(model):
    broken = "print('it's me')\n"
    scene = Scene(broken, syntax_problem(broken), model.tokens)
    assert "print('it\\'s me')\n" in {apply(broken, edit) for edit in edits_of(scene)}


def test_except_of_python_2(model):
    broken = "try:\n    f()\nexcept ValueError, e:\n    raise\n"
    assert propose_fixes(broken, model=model)[0].source == broken.replace(", e", " as e")
