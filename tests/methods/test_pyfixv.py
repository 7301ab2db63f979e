"""PyFiXV: the search, the model's conversation on a scripted model, sentences, thresholds."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unriddle.errors import BadInput
from unriddle.lm.scripted import ScriptedLM
from unriddle.methods._pyfixv_back import agreement, redone
from unriddle.methods._pyfixv_prompts import read_edit
from unriddle.methods._pyfixv_shots import choose_shots, masked_line_diff, masked_token_diff
from unriddle.methods._pyfixv_words import Told, explanation, quotes_the_fix, read_explanation
from unriddle.methods.pyfixv import (
    Graded,
    PyFiXV,
    Shot,
    area,
    broken,
    calibrate,
    calibrate_card,
    curve,
    feedback,
    load_graded,
    load_repairers,
)
from unriddle.propose.syntax_edits import Edit
from unriddle.propose.syntax_repair import propose_fixes

BROKEN = "def f(x)\n    return x + 1\n"
RIGHT = "def f(x):\n    return x + 1\n"
OTHER = "def f(x):\n    return x + 2\n"


@pytest.fixture(scope="module")
def repairers():
    return load_repairers()


def fenced(*programs):
    return [f"Here it is:\n```python\n{program}```" for program in programs]


def test_the_search_repairs_explains_and_is_sure(repairers):
    found = feedback(BROKEN, repairers=repairers, rng=np.random.default_rng(0))
    assert found.fixed == RIGHT
    assert found.explanation == "In line 1 at its end, a colon `:` is missing."
    assert (found.n_agreeing, found.n) == (10, 10)
    assert found.score == pytest.approx(found.chance * found.second_chance)
    assert not found.quotes_fix


def test_what_cannot_be_repaired_has_no_score(repairers):
    found = feedback("?? ?? ))\n" * 8, repairers=repairers, rng=np.random.default_rng(0), max_tried=20)
    assert found.fixed is None
    assert found.score == -math.inf


def test_the_same_seed_gives_the_same_feedback(repairers):
    text = "x = [a b, c d]\n"
    first = feedback(text, repairers=repairers, rng=np.random.default_rng(3))
    assert first == feedback(text, repairers=repairers, rng=np.random.default_rng(3))


def test_a_program_that_compiles_is_refused(repairers):
    with pytest.raises(BadInput, match="compiles"):
        feedback(RIGHT, repairers=repairers, rng=np.random.default_rng(0))
    with pytest.raises(BadInput, match="compiles"):
        PyFiXV(ScriptedLM(["x"]))(RIGHT)
    with pytest.raises(BadInput, match="n must be"):
        feedback(BROKEN, repairers=repairers, rng=np.random.default_rng(0), n=0)


def test_of_the_model_s_repairs_the_nearest_that_compiles_is_taken():
    draws = fenced("def g(y):\n    return y\n", "def f(x)\n    return x\n", RIGHT, OTHER) + fenced(*[OTHER] * 6)
    lm = ScriptedLM(draws)
    assert PyFiXV(lm).fix(BROKEN) == RIGHT
    assert "Fix the syntax errors in this Python 3 code\n" in lm.prompts[0][0].content
    assert BROKEN.strip() in lm.prompts[0][0].content


def test_of_equals_the_first_is_taken_and_none_may_compile():
    assert (
        PyFiXV(ScriptedLM(fenced("def f(y):\n    return x + 1\n", "def f(z):\n    return x + 1\n")), n_fixes=2).fix(
            BROKEN
        )
        == "def f(y):\n    return x + 1\n"
    )
    found = PyFiXV(ScriptedLM(["no idea"], repeat=True))(BROKEN)
    assert found.fixed is None
    assert not PyFiXV(ScriptedLM(["x"]), threshold=0).accepts(found)


def test_the_parser_s_words_are_quoted_on_request():
    lm = ScriptedLM(fenced(RIGHT))
    PyFiXV(lm, n_fixes=1, quote_error=True).fix(BROKEN)
    assert 'it says "expected \':\'" at "def f(x)"' in lm.prompts[0][0].content


def test_the_three_stages_follow_each_other():
    script = {
        "Fix the syntax errors": fenced(*[RIGHT] * 10),
        "# [FEEDBACK]": [" a colon is missing [END] and more"],
        "code is: a colon is missing": fenced(*[RIGHT] * 7, *[OTHER] * 2, BROKEN),
    }
    lm = ScriptedLM(script)
    method = PyFiXV(lm, threshold=7)
    found = method(BROKEN)
    assert (found.fixed, found.explanation) == (RIGHT, "a colon is missing")
    assert (found.n_agreeing, found.n) == (7, 10)
    assert method.accepts(found)
    assert not PyFiXV(lm, threshold=8).accepts(found)


def test_equality_ignores_layout_but_not_names():
    texts = ["def f( x ):\n    # add\n    return (x + 1)\n", "def f(y):\n    return y + 1\n"]
    found = PyFiXV(ScriptedLM(fenced(*texts)), n_checks=2, threshold=1).validate(BROKEN, RIGHT, "a colon")
    assert found.n_agreeing == 1


def test_checks_stop_when_the_threshold_is_reached_or_out_of_reach():
    sure = PyFiXV(ScriptedLM(fenced(*[RIGHT] * 10)), threshold=4, parallel=2)
    assert sure.validate(BROKEN, RIGHT, "a colon").n == 4
    hopeless = PyFiXV(ScriptedLM(fenced(*[OTHER] * 10)), threshold=9, parallel=2)
    assert hopeless.validate(BROKEN, RIGHT, "a colon").n == 2


@pytest.mark.parametrize(
    "wrong", [{"n_fixes": 0}, {"n_checks": 0, "threshold": 0}, {"threshold": 11}, {"threshold": -1}]
)
def test_impossible_settings_are_refused(wrong):
    with pytest.raises(BadInput, match="threshold from 0 to n_checks"):
        PyFiXV(ScriptedLM(["x"]), **wrong)


def test_a_repair_that_changes_nothing_is_not_explained():
    with pytest.raises(BadInput, match="broken program itself"):
        PyFiXV(ScriptedLM(["x"])).explain(BROKEN, BROKEN)


SHOTS = [
    Shot("x = (1\n", "x = (1)\n", "bracket"),
    Shot("def g(a)\n    pass\n", "def g(a):\n    pass\n", "colon"),
    Shot("if a\n    b\n", "if a :\n    b\n", "colon of an if"),
    Shot("print 'a'\n", "print('a')\n", "print"),
]


def test_shots_most_alike_stand_last():
    chosen = choose_shots(SHOTS, BROKEN, RIGHT, rng=np.random.default_rng(0))
    assert [shot.explanation for shot in chosen][-2:] == ["colon of an if", "colon"]
    assert len(chosen) == 3
    assert choose_shots([], BROKEN, RIGHT, rng=np.random.default_rng(0)) == []


def test_the_prompt_for_an_explanation_holds_shots_and_the_difference():
    lm = ScriptedLM([" why"])
    PyFiXV(lm, shots=SHOTS).explain(BROKEN, RIGHT)
    prompt = lm.prompts[0]
    assert prompt.count("# [REPAIR]") == 4
    assert prompt.endswith("- def f(x)\n+ def f(x):\n\n# [FEEDBACK] The syntax error in this Python 3 code is:")
    assert "code is: colon [END]" in prompt


def test_masks_hide_names_and_values():
    assert masked_token_diff("x = f(1\n", "x = f(1)\n") == ["Add )"]
    assert masked_token_diff("x = a b\n", "x = a\n") == ["Remove M"]
    assert masked_line_diff("if abc\n", "if abc:\n") == ["-", "if", "M", "+", "if", "M", ":"]


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("if x\n    y\n", Told(1, "insert", "", ":", "end")),
        ("x = (1))\n", Told(1, "delete", ")", "", "end")),
        ("if x = 2:\n    y\n", Told(1, "replace", "=", "==")),
        ("print x\n", Told(1, "call", "print")),
        ("def f():\n    if x:\n    y()\n", Told(3, "indent", "", "8")),
        ("if x:\n\ty = 1\n        z = 1\n", Told(2, "tabs", "", "8")),
        ("def f():\n    try:\n        g()\n    except E:\n    h()\n", None),
        ("if a {\n    b()\n}\n", Told(1, "braces")),
    ],
)
def test_sentences_are_read_back(source, told, repairers):
    edits = propose_fixes(source, model=repairers.first)[0].edits
    text = explanation(edits)
    read = read_explanation(text)
    assert len(read) == len(edits)
    if told is not None:
        assert read == [told]


@given(st.sampled_from(["insert", "delete", "replace"]), st.integers(1, 99), st.sampled_from(":,()[]'\"=`"))
def test_every_sentence_is_read_back(action, line, sign):
    old, new = {"insert": ("", sign), "delete": (sign, ""), "replace": (sign, "==")}[action]
    read = read_explanation(explanation((Edit((), f"{action} {sign}", line, old, new),)))
    assert read == [Told(line, action, old, new)]


def test_repairs_from_an_explanation_follow_it(repairers):
    tokens, rng = repairers.second.tokens, np.random.default_rng(0)
    good = explanation(propose_fixes(BROKEN, model=repairers.first)[0].edits)
    assert agreement(BROKEN, RIGHT, good, tokens=tokens, rng=rng) == 10
    for bad in (
        "In line 2 at its end, a colon `:` is missing.",
        "In line 1, a comma `,` is missing.",
        "Look again.",
        "",
    ):
        assert agreement(BROKEN, RIGHT, bad, tokens=tokens, rng=rng) == 0
    assert redone(BROKEN, "In line 99, a comma `,` is missing.", tokens=tokens, rng=rng, n=3, temperature=1.0) == []


def test_a_quoted_line_is_noticed():
    assert quotes_the_fix("Write `def f(x):` there", BROKEN, RIGHT)
    assert not quotes_the_fix("a colon is missing", BROKEN, RIGHT)


def test_answers_without_a_block_are_programs():
    assert read_edit("x = 1") == "x = 1\n"
    assert read_edit("```python\nx = 1\n```\nand\n```python\ny\n```") == "x = 1\n"


def test_a_problem_is_needed():
    assert broken(BROKEN).line == 1


ROWS = st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=1, max_size=40)


@given(ROWS)
def test_coverage_rises_and_precision_is_a_share(rows):
    points = curve([Graded(float(score), right) for score, right in rows])
    assert [p.coverage for p in points] == sorted(p.coverage for p in points)
    assert points[-1].coverage == 1
    assert points[-1].precision == pytest.approx(np.mean([right for _, right in rows]))


@given(ROWS)
def test_the_area_of_a_score_that_says_nothing_is_the_share_of_right_ones(rows):
    same = [Graded(1.0, right) for _, right in rows]
    share = np.mean([right for _, right in rows])
    assert area(same) == pytest.approx(share)
    best = [Graded(float(right), right) for _, right in rows]
    assert area(best) >= share - 1e-12


def test_programs_without_feedback_lower_the_coverage_only():
    points = curve([Graded(1.0, True), Graded(-math.inf, False)])
    assert [(p.coverage, p.precision) for p in points] == [(0.5, 1.0)]
    assert math.isnan(area([Graded(-math.inf, False)]))


def test_a_certified_threshold_keeps_its_promise():
    rng = np.random.default_rng(0)
    broken_promises = 0
    for _ in range(100):
        scores = rng.random(100)
        policy = calibrate([Graded(float(s), bool(rng.random() < s)) for s in scores], precision=0.7)
        true = (1 + policy.threshold) / 2 if policy.threshold < 1 else 1.0
        broken_promises += true < 0.7
    assert broken_promises <= 100 * 0.1 + 3 * math.sqrt(100 * 0.1 * 0.9)


def test_too_few_graded_certify_nothing():
    policy = calibrate([Graded(1.0, True)] * 10, precision=0.95)
    assert policy.threshold == math.inf
    with pytest.raises(BadInput, match="between 0 and 1"):
        calibrate([], precision=1.0)


def test_the_paper_s_rule_covers_most_and_takes_the_first():
    low = [Graded(5.0, True), Graded(1.0, False)]
    high = [Graded(5.0, True), Graded(5.0, True)]
    assert calibrate_card([low, high, high], precision=0.9) == (1, 5.0)
    assert calibrate_card([low], precision=0.9) == (0, 5.0)
    assert calibrate_card([[Graded(1.0, False)]], precision=0.5) is None


def test_the_graded_feedback_that_ships_certifies_the_usual_knob():
    graded = load_graded()
    assert len(graded) >= 1000
    loose, strict = calibrate(graded, precision=0.9), calibrate(graded, precision=0.98)
    assert loose.bound >= 0.9
    assert strict.bound >= 0.98
    assert loose.threshold < strict.threshold < math.inf
    assert loose.coverage > strict.coverage
