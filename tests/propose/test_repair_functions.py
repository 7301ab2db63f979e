"""Edits of a function as a whole: a missing return, defaults that calls share, and where edits may stand."""

import pytest

from unriddle.propose.repair import edits


def sources(source, **options):
    return {edit.source for edit in edits(source, **options)}


def test_a_value_that_is_made_and_not_returned_is_returned():
    source = "def f(xs):\n    out = []\n    for x in xs:\n        out.append(x)\n"
    assert source + "    return out" + "\n" in sources(source)
    assert source.rstrip("\n") + "\n    return out" in sources(source.rstrip("\n"))
    assert "def f(n):\n    return n + 1\n" in sources("def f(n):\n    n + 1\n")
    for ends in ("def f(a):\n    return 1\n", "def f(a):\n    yield a\n", "def f(a): g(a)\n"):
        assert all(edit.rule != "missing return" for edit in edits(ends))


def test_a_default_that_calls_share_is_made_in_each():
    head = 'class A:\n    def f(self, x, *, box=[1]):  # why\n        """Doc."""\n'
    source = f"{head}        box.append(x)\n        return box\n"
    wanted = source.replace("box=[1]", "box=None").replace(
        "        box.app", "        if box is None:\n            box = [1]\n        box.app"
    )
    found = {edit.source: edit for edit in edits(source)}
    assert (found[wanted].line, found[wanted].rule) == (2, "shared default")
    assert "def f(x, n=4):\n    return n\n" in sources("def f(x, n=5):\n    return n\n")


def test_attributes_and_raised_exceptions_make_guards():
    source = (
        "class Box:\n    def put(self, x):\n        if x is None:\n            raise ValueError('x')\n"
        "        self.items = [x]\n\n    def take(self):\n        return self.items.pop()\n"
    )
    take = "        return self.items.pop()\n"
    found = sources(source)
    assert source.replace(take, f"        if not self.items:\n            return None\n{take}") in found
    assert source.replace(take, f"        if not self.items:\n            raise ValueError('x')\n{take}") in found


@pytest.mark.parametrize(("name", "first", "last"), [("A", 2, 5), ("h", 4, 5), ("f", 9, 10)])
def test_edits_inside_one_function_or_class(name, first, last):
    source = (
        "class A:\n    def g(self, x):\n        return x + 1\n    def h(self, x):\n        return x - 1\n\n\n"
        "@str\ndef f(x=3):\n    return x\n"
    )
    lines = {edit.line for edit in edits(source, function=name)}
    assert lines
    assert all(first <= line <= last for line in lines)
    assert not edits(source, function="nothing")
