"""Chain of Code: a scripted model writes the program and executes what Python cannot."""

import pytest

from unriddle.errors import BadInput
from unriddle.execute import open_executor
from unriddle.lm.scripted import ScriptedLM
from unriddle.methods._coc_emulate import Leaves, LMulator
from unriddle.methods._coc_prompt import read_changes, read_program, read_value, traced
from unriddle.methods.chain_of_code import ChainOfCode, WorkedExample, run_with_holes

PROGRAM = """n = 0
for thing in ["plum", "car", "fig"]:
    if is_fruit(thing):
        n += 1
answer = n"""
WRITTEN = f"{PROGRAM}\n[/CODE]\nA: 3"
EXAMPLE = WorkedExample(
    "I have a nut and a pear. How many fruits?",
    'n = 0\nfor thing in ["nut", "pear"]:\n    if is_fruit(thing):\n        n += 1\nanswer = n',
    "1",
    {"is_fruit('nut')": False, "is_fruit('pear')": True},
)
QUESTION = "I have a plum, a car and a fig. How many fruits?"
LINES = {
    "[CODE]\n": [WRITTEN],
    "'n': 0, 'thing': 'plum'}\nline: _value = is_fruit(thing)\nchanged:": [" {'_value': True}"],
    "'n': 1, 'thing': 'car'}\nline: _value = is_fruit(thing)\nchanged:": [" {'_value': False}"],
    "'n': 1, 'thing': 'fig'}\nline: _value = is_fruit(thing)\nchanged:": [" {'_value': True}"],
}


@pytest.fixture(scope="module")
def executor():
    with open_executor(workers=1) as opened:
        yield opened


def test_python_and_the_model_take_turns(executor):
    lm = ScriptedLM(LINES)
    (found,) = ChainOfCode(lm, executor, [EXAMPLE])([QUESTION])
    assert (found.answer, found.by, found.n_lm_calls) == ("2", "program", 4)
    assert [step.by for step in found.run.steps].count("lm") == 3
    asked = lm.prompts[-1]
    assert QUESTION in asked
    assert "line: for thing in [\"nut\", \"pear\"]:\nchanged: {'thing': 'nut'}" in asked
    assert "line: _value = is_fruit(thing)\nchanged: {'_value': False}" in asked
    assert "line: n += 1\nchanged: {'n': 1}" in asked.rpartition("Q: ")[2]


def test_the_demo_shows_three_steps_and_no_question(executor):
    lm = ScriptedLM(LINES)
    ChainOfCode(lm, executor, n_history=3, show_question=False)([QUESTION])
    assert QUESTION not in lm.prompts[-1]
    assert lm.prompts[-1].count("line: ") == 4


def test_at_level_call_a_helper_is_asked_for_by_its_call(executor):
    lm = ScriptedLM(
        {"[CODE]\n": [WRITTEN], "is_fruit('plum') ->": ["yes"], "'car') ->": ["No."], "'fig') ->": ["True"]}
    )
    (found,) = ChainOfCode(lm, executor, [EXAMPLE], level="call")([QUESTION])
    assert (found.answer, found.n_lm_calls) == ("2", 4)
    assert "is_fruit('nut') -> False" in lm.prompts[-1]


@pytest.mark.parametrize(
    ("variant", "script", "answer", "by"),
    [
        ("python", {}, "", "none"),
        ("lm", {"[/CODE]\nA:": [" 7"]}, "7", "model"),
        ("state", {"dict.\nline:": [" n = 0\nchanged: {'n': 0}\nA: 5"]}, "5", "model"),
        ("state", {"dict.\nline:": [" n = 0\nchanged: {'n': 0}"]}, "", "none"),
        ("python or lm", {"[/CODE]\nA:": [" 7"]}, "7", "model"),
        ("python or state", {"dict.\nline:": [" n = 0\nA: 5"]}, "5", "model"),
        ("interweave", {"changed:": ["no dict"]}, "3", "model"),
    ],
)
def test_every_variant_falls_back_as_it_should(variant, script, answer, by, executor):
    solver = ChainOfCode(ScriptedLM({"[CODE]\n": [WRITTEN], **script}), executor, variant=variant)
    (found,) = solver([QUESTION])
    assert (found.answer, found.by) == (answer, by)


@pytest.mark.parametrize("variant", ["python", "python or lm", "python or state", "interweave"])
def test_a_program_without_holes_needs_no_model(variant, executor):
    lm = ScriptedLM({"[CODE]\n": ["answer = sum([1, 2])\n[/CODE]\nA: 4"]})
    (found,) = ChainOfCode(lm, executor, variant=variant)(["1 + 2"])
    assert (found.answer, found.by, found.n_lm_calls) == ("3", "program", 1)


def test_several_programs_vote(executor):
    drafts = [f"answer = {n}\n[/CODE]\nA: 9" for n in (1, 2, 2)] + ["answer = f()\n[/CODE]\n"]
    lm = ScriptedLM({"[CODE]\n": drafts, "changed:": ["?"]})
    (found,) = ChainOfCode(lm, executor, n_programs=4, temperature=0.7)(["?"])
    assert (found.answer, found.n_lm_calls) == ("2", 5)


def test_worked_examples_are_traced_from_their_facts(executor):
    (one,) = traced([EXAMPLE], executor=executor)
    assert [step.changed.get("_value") for step in one.steps if "_value" in step.changed] == ["False", "True"]


def test_the_same_prompt_is_asked_once(executor):
    lm = ScriptedLM(["{'x': 1}"])
    fill = LMulator(lm)
    runs = run_with_holes(["x = guess()\nanswer = x"] * 3, fill, executor=executor)
    assert [run.answer for run in runs] == [1, 1, 1]
    assert (fill.n_asked, fill.n_calls) == (1, {0: 1, 1: 1, 2: 1})


def test_leaves_are_functions_of_ours(executor):
    fill = Leaves({"is_fruit": lambda thing: thing in ("plum", "fig"), "pair": lambda a, b=0: [a, b]})
    source = f"{PROGRAM}\nx = pair(n, b=2)\nif not is_fruit('car'):\n    answer = (n, x)\n"
    assert run_with_holes([source], fill, executor=executor)[0].answer == (2, [2, 2])
    for line in ("x = other(1)", "x = pair(f(1))", "x.y = pair(1)", "x = 1 / 0", "open the box"):
        assert run_with_holes([line], fill, executor=executor)[0].end == "not filled"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{'a': open('x')}",
        "[1]",
        "{1: 2}",
        "{'a': 1}}",
        "{'a': __import__('os')}",
        "{'a': b''}",
        "{**{'a': 1}}",
        "{'a': 1j}",
        "{'a': ...}",
        "{[1]: 2}",
        "{'a': {(1, b'')}}",
        "{'a': " + "[" * 5000,
    ],
)
def test_what_is_no_dict_of_plain_values_is_not_read(text):
    assert read_changes(text) is None


def test_values_and_programs_are_read():
    assert read_changes("{'s': set(), 't': (1, -2.5), 'd': {'k': [None]}}") == {
        "s": set(),
        "t": (1, -2.5),
        "d": {"k": [None]},
    }
    assert read_changes("{'t': (), 'neg': -3, 'nested': {(1, 'x'): {None}}}") == {
        "t": (),
        "neg": -3,
        "nested": {(1, "x"): {None}},
    }
    assert read_value(" 3\nmore") == (True, 3)
    assert read_value("maybe", name="is_red") == (False, None)
    assert read_value("", name="colour") == (False, "")
    assert read_program("no end") == ("no end", "")


def test_bad_settings_are_named(executor):
    lm = ScriptedLM([""])
    with pytest.raises(BadInput, match="variant"):
        ChainOfCode(lm, executor, variant="both")
    with pytest.raises(BadInput, match="n_programs"):
        ChainOfCode(lm, executor, n_programs=0)
    for more in {"level": "word"}, {"max_lines": 0}, {"n_history": -1}:
        with pytest.raises(BadInput, match=next(iter(more))):
            ChainOfCode(lm, executor, **more)
    with pytest.raises(BadInput, match="list of texts"):
        ChainOfCode(lm, executor)("How many?")
    with pytest.raises(BadInput, match="1 questions, but program 1"):
        run_with_holes(["answer = f()"] * 2, LMulator(lm, questions=["a"]), executor=executor)
    with pytest.raises(BadInput, match="2 questions, 1 programs"):
        ChainOfCode(lm, executor).execute(["a", "b"], ["answer = 1"])
    assert ChainOfCode(lm, executor)([]) == []


def test_long_runs_and_large_states_are_shown_in_part(executor):
    lm = ScriptedLM(["{'x': 1}"])
    source = "big = list(range(1000))\nfor i in range(500):\n    n = i\nx = guess(n)\nanswer = x\n"
    (run,) = run_with_holes([source], LMulator(lm), executor=executor)
    (prompt,) = lm.prompts
    assert run.answer == 1
    assert len(prompt) < 10_000
    assert "state: {'n': 499}\nline: x = guess(n)" in prompt
    assert prompt.count("line: n = i") > 50


def test_large_values_are_shown_by_their_ends(executor):
    source = "big, huge = list(range(3000)), list(range(3000))\nx = weigh(big, huge)\nanswer = x\n"
    for level, answer in ("line", "{'x': 1}"), ("call", "1"):
        lm = ScriptedLM([answer])
        (run,) = run_with_holes([source], LMulator(lm), executor=executor, level=level)
        assert run.answer == 1
        assert len(lm.prompts[0]) < 6_000
        assert "[0, 1, 2, 3," in lm.prompts[0]
        assert "2998, 2999]" in lm.prompts[0]


def test_a_call_with_the_wrong_arguments_ends_its_own_program_only(executor):
    fill = Leaves({"is_fruit": lambda thing: thing == "fig", "size": len})
    sources = [
        "answer = is_fruit()",
        "answer = is_fruit('fig', kind=1)",
        "answer = is_fruit('fig')",
        "answer = size('ab')",
    ]
    runs = run_with_holes(sources, fill, executor=executor, level="call")
    assert [(run.end, run.answer) for run in runs] == [
        ("not filled", None),
        ("not filled", None),
        ("done", True),
        ("done", 2),
    ]
    assert fill.n_calls == 2


@pytest.mark.parametrize(
    ("program", "end", "said"),
    [
        ("n = = 1\nx = 2\nanswer = x + n", "done", "7"),
        ("while True:\n    n = 1", "too many", "10"),
        ("answer = 1 +", "done", "10"),
        ("", "error", "10"),
        ("\x00", "unreadable", "10"),
    ],
)
def test_odd_programs_end_with_a_reason_and_the_answer_said(program, end, said, executor):
    lm = ScriptedLM({"[CODE]\n": [f"{program}\n[/CODE]\nA: 10"], "changed:": ["{'n': 5, 'answer': 10}"]})
    (found,) = ChainOfCode(lm, executor)(["?"])
    assert (found.run.end, found.answer) == (end, said)
    assert found.by == ("program" if end == "done" else "model")
