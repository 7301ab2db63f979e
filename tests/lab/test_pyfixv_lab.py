"""The experiment of pyfixv: its baselines on cases worked out by hand, its parts on a handful of programs."""

import numpy as np
import pytest

from unriddle.data.syntax_breaks import break_programs
from unriddle.lab import _pyfixv_data as data
from unriddle.lab import pyfixv
from unriddle.lab._pyfixv_baselines import first_that_parses, hinted, without_line
from unriddle.lab._pyfixv_more import shipped_claims, small_model_claim
from unriddle.lab._pyfixv_wrong import wrong_claims
from unriddle.lab.base import Context
from unriddle.language.syntax_error import normal_form, syntax_problem
from unriddle.methods.pyfixv import load_repairers

FUNCTION = """def f{k}(items, limit={k}):
    total = 0
    for item in items:
        if item >= limit and item != {k}:
            total += item * 2
        elif item in (1, {k}):
            print("seen", item)
        else:
            total -= 1
    return [total, limit]
"""
PROGRAMS = [(f"file{k % 6}.py", FUNCTION.format(k=k)) for k in range(24)]


@pytest.mark.parametrize(
    ("broken", "right"),
    [
        ("if x\n    y\n", "if x:\n    y\n"),
        ("f(a b)\n", "f(a, b)\n"),
        ("x = (1\n", "x = (1)\n"),
        ("x = 1)\n", "x = 1\n"),
        ("x = (1]\n", "x = (1)\n"),
        ("if x = 1:\n    y\n", "if x == 1:\n    y\n"),
        ("print x\n", "print(x)\n"),
        ("if x:\ny\n", "if x:\n    y\n"),
        ("x = 1\n  y = 2\n", "x = 1\ny = 2\n"),
        ("x = 'a\n", "x = 'a'\n"),
        ("foo bar\n", None),
    ],
)
def test_the_parser_s_hint_is_taken_at_its_word(broken, right):
    text = hinted(broken, syntax_problem(broken))
    assert (text is None) == (right is None)
    assert right is None or normal_form(text) == normal_form(right)


def test_the_first_edit_that_parses_and_the_line_deleted():
    model = load_repairers().first
    broken = "if x\n    y\n"
    assert syntax_problem(first_that_parses(broken, syntax_problem(broken), model)) is None
    assert without_line("x = 1\nfoo bar\n", syntax_problem("x = 1\nfoo bar\n")) == "x = 1\n"
    assert without_line(broken, syntax_problem(broken)) is None


@pytest.fixture(scope="module")
def ran():
    repairers = data.fit_repairers(PROGRAMS, rng=np.random.default_rng(0), n=25)
    programs = break_programs(PROGRAMS, rng=np.random.default_rng(1), n=33)
    return repairers, programs, data.run_feedback(programs, repairers, rng=np.random.default_rng(2))


def test_graded_feedback_is_held_against_the_original(ran):
    _, programs, found = ran
    rows = data.graded(programs, found)
    for row, program, one in zip(rows, programs, found, strict=True):
        assert row.right == (one.fixed is not None and normal_form(one.fixed) == normal_form(program.original))
    assert sum(row.right for row in rows) > len(rows) / 2


def test_every_claim_has_a_number_or_a_reason(ran, monkeypatch, tmp_path):
    repairers, programs, found = ran
    monkeypatch.setattr(pyfixv, "read_sides", lambda most: data.Sides([], [], []))
    monkeypatch.setattr(pyfixv, "_prepared", lambda *a, **k: (repairers, (programs, found), (programs, found)))
    claims = pyfixv.experiment("small", seed=0, context=Context(data=None, cache=tmp_path))
    assert len({c.name for c in claims}) == len(claims) > 20
    by_name = {c.name: c for c in claims}
    assert by_name["generated broken programs"].held is False
    assert by_name["recovered against deleting the line the parser names"].held
    assert all(c.held is not None or "not run" in c.note for c in claims if "certified" not in c.name)


def test_wrong_explanations_lower_what_is_right(ran):
    repairers, programs, found = ran
    claims = wrong_claims((programs, found), (programs, found), repairers.second.tokens, rng=np.random.default_rng(0))
    first = claims[0]
    everything = np.mean([row.right for row in data.graded(programs, found)])
    assert first.baseline < everything
    assert first.measured > first.baseline


def test_held_out_mistakes_are_mistakes_and_few():
    assert set(data.HELD_OUT) < set(pyfixv.OPERATORS)
    assert len(data.HELD_OUT) >= 5


def test_without_data_or_model_nothing_is_claimed(ran, tmp_path):
    _, programs, found = ran
    context = Context(data=None, cache=tmp_path)
    (only,) = shipped_claims("small", seed=0, context=context)
    assert only.held is None
    assert small_model_claim(programs, found, preset="small", context=context).held is None
