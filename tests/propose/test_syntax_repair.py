"""Repairing broken programs by search."""

import numpy as np
import pytest

from unriddle.errors import BadInput
from unriddle.language.syntax_error import normal_form, syntax_problem
from unriddle.methods.pyfixv import load_repairers
from unriddle.propose.syntax_edits import Change, Edit, apply
from unriddle.propose.syntax_fit import fit_syntax_model
from unriddle.propose.syntax_model import SyntaxModel
from unriddle.propose.syntax_region import region_of
from unriddle.propose.syntax_repair import propose_fixes
from unriddle.propose.syntax_words import near_keywords
from unriddle.propose.token_model import TokenModel


@pytest.fixture(scope="module")
def model():
    return load_repairers().first


@pytest.mark.parametrize(
    ("broken", "right"),
    [
        ("def f(x)\n    return x\n", "def f(x):\n    return x\n"),
        ("for i in range(10:\n    print(i)\n", "for i in range(10):\n    print(i)\n"),
        ("if x = 3:\n    y = 2\n", "if x == 3:\n    y = 2\n"),
        ("print 'a'\n", "print('a')\n"),
        ("whlie x:\n    y = 1\n", "while x:\n    y = 1\n"),
        ("if a and b {\n    c()\n}\n", "if a and b:\n    c()\n"),
        ("if a && b:\n    c()\n", "if a and b:\n    c()\n"),
        ("if x:\n    y()\nelse if z:\n    w()\n", "if x:\n    y()\nelif z:\n    w()\n"),
        ("x = 'abc\ny = 2\n", "x = 'abc'\ny = 2\n"),
        ("print(“a”)\n", 'print("a")\n'),
        ("def f(x):\nreturn x\n", "def f(x):\n    return x\n"),
        ("def f(x):\n    y = 1\n     return y\n", "def f(x):\n    y = 1\n    return y\n"),
        ("for i in x:\n    n++\n", "for i in x:\n    n += 1\n"),
        ("if x:\n    y = 1\n\tz = 2\n", "if x:\n    y = 1\n    z = 2\n"),
        ("def f(a, b):\n    return (a + b))\n", "def f(a, b):\n    return (a + b)\n"),
    ],
)
def test_common_mistakes_are_undone(broken, right, model):
    assert normal_form(propose_fixes(broken, model=model)[0].source) == normal_form(right)


def test_several_mistakes_are_undone_one_after_another(model):
    broken = "def f(x)\n    if x = 3:\n        print 'three'\n    retrun x\n"
    best = propose_fixes(broken, model=model)[0]
    assert normal_form(best.source) == normal_form("def f(x):\n    if x == 3:\n        print('three')\n    return x\n")
    assert [edit.line for edit in best.edits] == [1, 2, 3, 4]


def test_every_proposal_compiles_and_beliefs_add_up(model):
    fixes = propose_fixes("x = [1, 2, 3\n", model=model, n=100)
    assert all(syntax_problem(fix.source) is None for fix in fixes)
    assert sum(fix.chance for fix in fixes) == pytest.approx(1.0)
    assert [fix.chance for fix in fixes] == sorted((fix.chance for fix in fixes), reverse=True)
    assert len({normal_form(fix.source) for fix in fixes}) == len(fixes)


@pytest.mark.parametrize("source", ["x = 1\n", "", "(" * 300, "x\0", "\x01\x02 ?? ))", "“" * 50])
def test_odd_texts_give_a_list(source, model):
    assert isinstance(propose_fixes(source, model=model, max_tried=20), list)


def test_a_long_file_is_read_in_parts(model):
    lines = [f"def f{k}(x):\n    return x + {k}\n" for k in range(3000)]
    lines[1500] = "def f1500(x)\n    return x + 1500\n"
    source = "".join(lines)
    region = region_of(source, syntax_problem(source))
    assert region.source.count("\n") < 20
    assert region.put_back(region.source) == source
    best = propose_fixes(source, model=model, max_tried=30)[0]
    assert best.source == source.replace("f1500(x)", "f1500(x):")
    assert best.edits[0].line == 3001


@pytest.mark.parametrize("text", ["x = 1 + \\\n)", "x = '''a\nb''' )\n", "if x: \\\n  y = (\n", "x = 'a\\\n b\n"])
def test_lines_that_go_on_with_another_are_not_moved(text, model):
    assert all(syntax_problem(fix.source) is None for fix in propose_fixes(text, model=model))


def test_edits_are_applied_from_the_back():
    edit = Edit((Change(0, 1, "xyz"), Change(2, 2, "!")), "test", 1)
    assert apply("abc", edit) == "xyzb!c"


@pytest.mark.parametrize(
    ("word", "keywords"),
    [
        ("retrun", ["return"]),
        ("If", ["if"]),
        ("function", ["def"]),
        ("foor", ["for"]),
        ("xyz", []),
        ("elsif", ["elif"]),
    ],
)
def test_near_keywords(word, keywords):
    assert near_keywords(word) == keywords


def test_fitting_learns_what_it_is_shown():
    tokens = TokenModel.fit(["if x == 1:\n    y = 2\n", "z = f(x, y)\n"], order=3)
    pairs = [(f"if v{k} = {k}:\n    y = 2\n", f"if v{k} != {k}:\n    y = 2\n") for k in range(12)]
    fitted = fit_syntax_model(pairs, tokens)
    assert (fitted.n_pairs, fitted.n_reached) == (12, 12)
    best = propose_fixes("if name = 5:\n    y = 2\n", model=fitted.model)[0]
    assert "!=" in best.source
    again = SyntaxModel.from_dict(fitted.model.as_dict())
    assert propose_fixes("if name = 5:\n    y = 2\n", model=again)[0] == best


def test_fitting_on_nothing_reachable_is_refused():
    tokens = TokenModel.fit(["x = 1\n"], order=2)
    with pytest.raises(BadInput, match="none of 1 pairs"):
        fit_syntax_model([("if x\n  y\n", "something_else()\n")], tokens)


def test_the_stored_repairers_differ():
    both = load_repairers()
    assert both.first.tokens.backward is not both.second.tokens.backward
    assert not np.isclose(both.first.weights["gain"], both.second.weights["gain"])
