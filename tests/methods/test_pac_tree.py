import ast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unriddle.errors import BadInput, BadShape
from unriddle.methods.pac_prediction_sets import PartialProgram, Span, build_tree, contains, python_spans

ODD = '''@decorate(1)
@other
def f(a, *, b: int = 2, **kw) -> "é":
    """Doc  string."""
    x = [i for i in range(10) if i]  # a comment, with (brackets
    if a not in x and b:
        return f"{a!r} and {b}", {**kw}
    elif not a:
        raise ValueError("é" 'x') from None
    with open("é") as g, h:
        pass
    try:
        y: int = (a +
                  b)
    except (KeyError, OSError) as e:
        lambda q, /, r=1: q
    else:
        del x[1:2]
    return (a + a) * a


class C(Base, metaclass=M):
    async def g(self): return await self
'''


def flat(span):
    return [span, *(s for child in span.children for s in flat(child))]


def test_spans_are_those_of_the_parser():
    texts = [(s.kind, ODD[s.start : s.end]) for s in flat(python_spans(ODD))]
    tree = ast.parse(ODD)
    in_texts = {node for text in ast.walk(tree) if isinstance(text, ast.JoinedStr) for node in list(ast.walk(text))[1:]}
    found = 0
    for node in ast.walk(tree):
        if hasattr(node, "lineno") and not getattr(node, "decorator_list", None) and node not in in_texts:
            assert (type(node).__name__, ast.get_source_segment(ODD, node)) in texts
            found += 1
    assert found > 80
    function = next(text for kind, text in texts if kind == "FunctionDef")
    assert function.startswith("@decorate(1)\n@other\ndef f(")


def test_children_lie_inside_their_parent_in_order():
    for span in flat(python_spans(ODD)):
        at = span.start
        for child in span.children:
            assert at <= child.start <= child.end <= span.end
            at = child.end


def test_repeated_subexpressions_keep_their_own_places():
    tree = build_tree("x + x", tokens=("x", " +", " x"), token_logprobs=(-1.0, -2.0, -3.0))
    names = [v for v in range(len(tree)) if tree.label[v] == ("Name", "x")]
    assert tree.cost[names].tolist() == [1.0, 3.0]


def test_costs_by_hand():
    tree = build_tree(
        "f(a, b)",
        tokens=("f(", "a", ", ", "b)"),
        token_logprobs=(-0.5, -1.0, -0.25, -20.0),
    )
    cost = dict(zip(tree.label, tree.cost.tolist(), strict=True))
    assert cost["Name", "f"] == 0.5  # the token "f(" straddles the name and the call, and so does "b)"
    assert cost["Name", "a"] == 1.0
    assert cost["Name", "b"] == 10.0  # clamped
    assert cost["Call", "", "(", ",", ")"] == 10.0
    assert cost["Expr", "", ""] == 0.0


def test_white_space_and_comments_cost_nothing_and_are_not_compared():
    plain = build_tree("x = [1, 2]\n")
    spaced = build_tree("x  =  [1,2]  # why\n", tokens=("x  =  [1,2]", "  # why\n"), token_logprobs=(-1.0, -9.0))
    assert plain.label == spaced.label
    assert spaced.cost.max() == 1.0


def test_white_space_in_texts_is_compared():
    assert build_tree("'a b'").label != build_tree("'ab'").label


@pytest.mark.parametrize(
    ("code", "tokens", "total"),
    [
        ("def f():\n    return 1\n", ("\n    return", " 1"), 3.0),  # the prompt gave the header
        ("y = 1", ("```\n", "y = ", "1", "\n```"), 2.0 + 2.0 + 3.0),  # "y = " belongs to two nodes
        ("def f():\n    return 1 + 2", (" 1 + 2", "\ndef g(): pass"), 3.0),  # the end was cut off; three nodes
    ],
)
def test_tokens_are_found_in_the_code(code, tokens, total):
    tree = build_tree(code, tokens=tokens, token_logprobs=[-float(i + 1) for i in range(len(tokens))])
    assert tree.cost.sum() == total


def test_given_places_are_checked():
    build_tree("x + x", tokens=(" x",), token_logprobs=(-1.0,), start=0)
    with pytest.raises(BadInput, match="start="):
        build_tree("x + y", tokens=("y",), token_logprobs=(-1.0,), start=0)
    with pytest.raises(BadInput, match="one must hold the other"):
        build_tree("x + y", tokens=("z",), token_logprobs=(-1.0,))


def test_bad_input_has_one_message():
    with pytest.raises(BadInput, match="does not parse"):
        build_tree("def f(:")
    with pytest.raises(BadShape, match="2 tokens"):
        build_tree("x+y", tokens=("x", "+y"), token_logprobs=(-1.0,))
    for bad in (float("nan"), 0.5):
        with pytest.raises(BadInput, match="at most 0"):
            build_tree("x", tokens=("x",), token_logprobs=(bad,))


def test_an_empty_program_is_a_root():
    tree = build_tree("")
    assert len(tree) == 1
    assert PartialProgram(tree, np.ones(1, bool)).text == ""
    assert PartialProgram(tree, np.zeros(1, bool)).text == "??"


def partial(code, *holes):
    tree = build_tree(code)
    kept = np.ones(len(tree), bool)
    for hole in holes:
        v = next(v for v in range(len(tree)) if tree.text[tree.start[v] : tree.end[v]] == hole)
        todo = [v]
        while todo:
            v = todo.pop()
            kept[v] = False
            todo += tree.children[v]
    return PartialProgram(tree, kept)


@pytest.mark.parametrize(
    ("code", "holes", "target", "held"),
    [
        ("f(a, b)", ["b"], "f(a, g(1))", True),
        ("f(a, b)", ["b"], "f(c, g(1))", False),
        ("f(a, b)", ["b"], "f(a)", False),
        ("f(a, b)", ["b"], "f(a, b, c)", False),
        ("x = a + b", ["a + b"], "x = [1]", True),
        ("x = a + b", [], "x = a - b", False),
        ("a + b", ["a", "b"], "c * 2 + d", True),
        ("x = 1\ny = 2", ["y = 2"], "x = 1\nfor i in x: pass", True),
        ("x = 1\ny = 2", ["y = 2"], "x = 1\ny = 2\nz = 3", False),
    ],
)
def test_completions(code, holes, target, held):
    assert contains(partial(code, *holes), build_tree(target)) is held


def test_a_full_hole_holds_everything():
    tree = build_tree("anything(1)")
    assert contains(PartialProgram(tree, np.zeros(len(tree), bool)), build_tree("x = 2"))


def test_text_has_a_hole_where_nodes_are_missing():
    assert partial("x = f(a + b) * 2", "a + b", "2").text == "x = f(??) * ??"
    assert partial("if a:\n    b\nelse:\n    c\n", "b").text == "if a:\n    ??\nelse:\n    c\n"


def words(code):
    """A parse of another language: a list of words."""
    at, children = 0, []
    for word in code.split(" "):
        children.append(Span("word", at, at + len(word)))
        at += len(word) + 1
    return Span("list", 0, len(code), children)


def test_another_language_brings_its_own_parse():
    tree = build_tree("add x y", tokens=("add", " x", " y"), token_logprobs=(-1.0, -2.0, -3.0), parse=words)
    assert tree.cost.tolist() == [0.0, 1.0, 2.0, 3.0]
    kept = np.array([True, True, False, True])
    assert PartialProgram(tree, kept).text == "add ?? y"
    assert contains(PartialProgram(tree, kept), build_tree("add z y", parse=words))


@given(st.lists(st.sampled_from(["a", "f(a)", "(a + 1)", "[a, b]", "'x y'"]), min_size=1, max_size=4))
def test_every_character_is_charged_once_when_tokens_are_characters(parts):
    code = " + ".join(parts)
    tree = build_tree(code, tokens=tuple(code), token_logprobs=(-0.01,) * len(code))
    assert tree.cost.sum() == pytest.approx(0.01 * len("".join(code.split())))
    assert contains(PartialProgram(tree, np.ones(len(tree), bool)), build_tree(code))
